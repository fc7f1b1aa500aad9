/** Paths of escaped names as numbers: 0 is the root, and equal paths have one number. */
import { NameNumbers } from '../bytes/name-numbers.ts';
import { PairNumbers } from '../bytes/pair-numbers.ts';

const SLASH = 0x2f;
/** In the place of a parent: the path is a slash and the name. As a text its parent is the root, like that of the plain name. */
const SLASHED = -1;

export class PathTree {
  readonly names = new NameNumbers();
  readonly #pairs = new PairNumbers();

  get count(): number {
    return this.#pairs.count;
  }

  /** The path with one more name; an empty one in the root leads nowhere else. */
  join(parent: number, name: number): number {
    return parent === 0 && this.names.isEmpty(name) ? 0 : this.#pairs.numberOf(parent, name);
  }

  /** The number of a path. */
  numberOf(bytes: Uint8Array, start: number, end: number): number {
    if (start === end) return 0;
    let parent = 0;
    let from = start;
    if (bytes[start] === SLASH) {
      parent = SLASHED;
      from++;
    }
    for (let at = from; at <= end; at++) {
      if (at < end && bytes[at] !== SLASH) continue;
      parent = this.#pairs.numberOf(parent, this.names.numberOf(bytes, from, at));
      from = at + 1;
    }
    return parent;
  }

  /** The path of what holds the object at a path; -1 for the root. */
  parentOf(path: number): number {
    return path === 0 ? -1 : Math.max(this.#pairs.firsts.at(path), 0);
  }

  /** The number of the last name of a path that is not the root. */
  nameOf(path: number): number {
    return this.#pairs.seconds.at(path);
  }

  /** How many names a path has, as a text between slashes. */
  depthOf(path: number): number {
    let depth = 0;
    for (let at = path; at !== 0; at = this.parentOf(at)) depth += this.#pairs.firsts.at(at) === SLASHED ? 2 : 1;
    return depth;
  }

  textOf(path: number): string {
    const names: string[] = [];
    let start = '';
    for (let at = path; at !== 0; at = this.parentOf(at)) {
      names.push(this.names.textOf(this.nameOf(at)));
      if (this.#pairs.firsts.at(at) === SLASHED) start = '/';
    }
    return start + names.reverse().join('/');
  }
}
