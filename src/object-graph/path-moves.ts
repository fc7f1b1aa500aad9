/** Paths that objects move to, found by the names of a path from the root down: a path of a thousand names is gone through once. */
import { TextMap } from '../bytes/text-map.ts';
import { movedPath } from './checkpoint-key.ts';

interface Branch {
  /** Where the object at this path moves; nothing for one on the way to others. */
  to: string | undefined;
  /** Whether a path was marked that leads here or further. */
  isMarked: boolean;
  readonly below: Map<string, Branch>;
}

const branch = (): Branch => ({ to: undefined, isMarked: false, below: new TextMap() });

export class PathMoves {
  readonly #root = branch();

  constructor(readonly moves: ReadonlyMap<string, string>) {
    for (const [from, to] of moves) this.#at(from).to = to;
  }

  /** The branch of a path, which is made. */
  #at(path: string): Branch {
    let at = this.#root;
    if (path === '') return at;
    for (const name of path.split('/')) {
      const next = at.below.get(name) ?? branch();
      at.below.set(name, next);
      at = next;
    }
    return at;
  }

  /** Visits the branches that a path passes from the root on, and where each ends in it. */
  #eachOn(path: string, visit: (at: Branch, end: number) => void): void {
    let at: Branch | undefined = this.#root;
    visit(at, 0);
    for (let start = 0; start <= path.length && path !== ''; ) {
      const slash = path.indexOf('/', start);
      const end = slash < 0 ? path.length : slash;
      at = at.below.get(path.slice(start, end));
      if (at === undefined) return;
      visit(at, end);
      start = end + 1;
    }
  }

  /** Marks the objects that a path passes. */
  mark(path: string): void {
    this.#eachOn(path, (at) => {
      at.isMarked = true;
    });
  }

  isMarked(path: string): boolean {
    return this.#at(path).isMarked;
  }

  /** Leaves an object where it is. */
  remove(path: string): void {
    this.#at(path).to = undefined;
  }

  /** The path where the deepest of the moved objects takes it. */
  follow(path: string): string {
    let deepest: { readonly to: string; readonly end: number } | undefined;
    this.#eachOn(path, ({ to }, end) => {
      if (to !== undefined) deepest = { to, end };
    });
    return deepest === undefined ? path : (movedPath(path, path.slice(0, deepest.end), deepest.to) as string);
  }
}
