/**
 * Where objects go when their keys change. A key that changes before its last names moves the objects it names: all values
 * below an object must agree on its new path, or it stays where it is and those that moved leave it.
 */
import { encodeAsciiInto, encodeText } from '../bytes/text.ts';
import type { GraphNotes } from './graph-notes.ts';
import { pathEnd } from './key-span.ts';
import type { NewKeys } from './new-keys.ts';
import type { ObjectPaths } from './object-paths.ts';

/** What is said of a place: there is no one path; something below keeps its name, so that it is this object that went deeper or higher; a value is left here or below. */
const [DISAGREE, CARRIES, LIVE] = [1, 2, 4];
const SLASH = 0x2f;
/** Keys of ASCII up to this length are put into one buffer, one after the other. */
const MOST_SHORT_BYTES = 512;

const STAYS =
  'not everything in it was renamed alike, so the object keeps its place in the object graph under its old name';
const DIVIDED =
  'some of what is in it moved elsewhere, and the object keeps its place in the object graph without that';
const NO_PATH =
  'the new key spells no path of an object, so the object keeps its place in the object graph under its old name';

/** The new path of each place, as a number of the tree, and what is said of it. */
export class NodeMoves {
  /** What the values at a place, and the objects in it, say; -1 for nothing. In the end where it goes. */
  readonly #paths: Int32Array;
  readonly #said: Uint8Array;
  readonly #short = new Uint8Array(MOST_SHORT_BYTES);

  constructor(
    readonly places: ObjectPaths,
    readonly keys: NewKeys,
    readonly notes: GraphNotes,
  ) {
    this.#paths = new Int32Array(places.count).fill(-1);
    this.#said = new Uint8Array(places.count);
    // Children before parents, then those that have no say of their own after their parents.
    for (let place = places.count - 1; place >= 0; place--) this.#poll(place);
    for (let place = 0; place < places.count; place++) this.#settle(place);
  }

  pathOf(place: number): number {
    return this.#paths[place] as number;
  }

  /** Whether a value is left here or below. */
  isLive(place: number): boolean {
    return this.#says(place, LIVE);
  }

  /** Whether something that is left has another path. */
  isMoved(place: number): boolean {
    return this.isLive(place) && this.pathOf(place) !== this.places.paths.at(place);
  }

  /** Values that never were in the checkpoint go where their objects go. */
  takeAbsentAlong(): void {
    const { places, keys } = this;
    for (let place = 0; place < places.count; place++) {
      const path = this.pathOf(place);
      if (path === places.paths.at(place)) continue;
      for (const value of places.valuesAt(place)) keys.follow(value, () => places.tree.textOf(path));
    }
  }

  #says(place: number, what: number): boolean {
    return ((this.#said[place] as number) & what) !== 0;
  }

  #say(place: number, what: number): void {
    this.#said[place] = (this.#said[place] as number) | what;
  }

  #vote(place: number, path: number): void {
    const before = this.pathOf(place);
    if (before >= 0 && before !== path) this.#say(place, DISAGREE);
    this.#paths[place] = path;
  }

  #poll(place: number): void {
    const { places } = this;
    for (const value of places.valuesAt(place)) this.#pollValue(place, value);
    const path = this.#decided(place);
    if (this.#says(place, DISAGREE) && place !== 0) {
      this.notes.add(places.valueCount(place) > 0 ? STAYS : DIVIDED, places.textOf(place));
    }
    this.#paths[place] = path;
    const parent = places.parentOf(place);
    if (parent >= 0) this.#pollParent(parent, place, path);
  }

  /** What a value of the object itself says. */
  #pollValue(place: number, value: number): void {
    const { keys, places } = this;
    if (keys.isDropped(value)) return;
    this.#say(place, LIVE);
    if (keys.isAbsent(value)) return;
    const path = this.#spelled(place, value);
    if (path < 0) this.notes.add(NO_PATH, places.graph.keyAt(value));
    else this.#say(place, CARRIES);
    this.#vote(place, path < 0 ? places.paths.at(place) : path);
  }

  /** The path that a value's new key spells; -1 when it spells none of an object. */
  #spelled(place: number, value: number): number {
    const { places } = this;
    const { graph } = places;
    const key = this.keys.keyOf(value);
    if (key === undefined) {
      graph.locate(graph.keys.at(value));
      const { bytes, start } = graph;
      if (bytes[start] !== SLASH) return places.paths.at(place);
      return places.tree.numberOf(bytes, start, pathEnd(bytes, start, graph.end));
    }
    const isShort = encodeAsciiInto(key, this.#short);
    const bytes = isShort ? this.#short : encodeText(key);
    const end = pathEnd(bytes, 0, isShort ? key.length : bytes.length);
    return end < 0 ? -1 : places.tree.numberOf(bytes, 0, end);
  }

  /** The path that the object goes to; -1 when it goes with the object it is in. */
  #decided(place: number): number {
    const { tree, paths } = this.places;
    const path = this.pathOf(place);
    if (path < 0) return -1;
    const own = paths.at(place);
    if (path === own || this.#says(place, DISAGREE)) return own;
    return this.#says(place, CARRIES) || tree.depthOf(path) === tree.depthOf(own) ? path : own;
  }

  #pollParent(parent: number, place: number, path: number): void {
    const { places } = this;
    if (this.isLive(place)) this.#say(parent, LIVE);
    if (path <= 0) return;
    this.#vote(parent, places.tree.parentOf(path));
    if (places.tree.nameOf(path) === places.nameOf(place)) this.#say(parent, CARRIES);
  }

  #settle(place: number): void {
    const { places } = this;
    if (place === 0) this.#say(0, LIVE);
    if (this.pathOf(place) >= 0) return;
    this.#paths[place] = place === 0 ? 0 : places.tree.join(this.pathOf(places.parentOf(place)), places.nameOf(place));
  }
}
