/**
 * Where the objects of a graph lie: the keys of their values spell paths, and each path is followed through the graph by
 * the names of the children. What comes out is a tree, however cyclic the graph: further names of an object, which no key
 * uses, are no part of it.
 */
import { SmallColumn } from '../bytes/column.ts';
import { PairNumbers } from '../bytes/pair-numbers.ts';
import { encodeText } from '../bytes/text.ts';
import { CorruptError } from '../errors.ts';
import { type ChildTable, childTableOf } from './child-table.ts';
import type { GraphColumns } from './graph-columns.ts';
import { pathEnd } from './key-span.ts';
import { OBJECT_GRAPH_KEY } from './object-graph-key.ts';
import { PathTree } from './path-tree.ts';

/** Nobody nests objects deeper; a graph with a cycle could be followed for ever. */
const DEEPEST = 1000;
/** Of a program each object has one place, or a few; but a cycle leads to the same ones again and again. */
const FEW_PLACES = 2 ** 16;
const MOST_PLACES = 2 ** 22;
const PLACES_OF_ONE = 4;
const SLASH = 0x2f;

/** The places of objects, by their numbers: the root is 0, and parents come before children. */
export class ObjectPaths {
  readonly tree = new PathTree();
  /** The object at each place. */
  readonly ids = new SmallColumn();
  /** The child by which the object above leads there; -1 for the root. */
  readonly references = new SmallColumn();
  readonly paths = new SmallColumn();
  /** Of each value one more than the place where it lies; 0 for one that lies elsewhere than its key says. */
  readonly #placesOfValues: Int32Array;
  /** By place above and name. */
  readonly #places = new PairNumbers();
  readonly #most: number;
  /** The values in the order of their places, and where those of each place begin. */
  #values = new Int32Array(0);
  #firstValues = new Int32Array(0);

  constructor(readonly graph: GraphColumns) {
    const { children, attributes } = graph;
    this.#most = Math.min(FEW_PLACES + PLACES_OF_ONE * (children.total + attributes.total), MOST_PLACES);
    this.#placesOfValues = new Int32Array(graph.attributes.total);
    this.#push(0, -1, 0);
  }

  get count(): number {
    return this.ids.length;
  }

  #push(id: number, reference: number, path: number): void {
    this.ids.push(id);
    this.references.push(reference);
    this.paths.push(path);
  }

  parentOf(place: number): number {
    return place === 0 ? -1 : this.#places.firsts.at(place);
  }

  /** The number of the name by which the place above leads here. */
  nameOf(place: number): number {
    return this.#places.seconds.at(place);
  }

  textOf(place: number): string {
    return this.tree.textOf(this.paths.at(place));
  }

  /** The place below another by a name; made where it is new. */
  below(parent: number, name: number, id: number, reference: number): number {
    const place = this.#places.numberOf(parent, name);
    if (place < this.count) return place;
    if (this.count === this.#most) {
      throw new CorruptError(`the keys of the object graph spell more than ${this.#most} paths`, {
        where: OBJECT_GRAPH_KEY,
      });
    }
    this.#push(id, reference, this.tree.join(this.paths.at(parent), name));
    return place;
  }

  setPlaceOf(value: number, place: number): void {
    this.#placesOfValues[value] = place + 1;
  }

  /** Called when every value has its place. */
  sortValues(): void {
    const placed = this.#placesOfValues;
    const starts = new Int32Array(this.count + 2);
    for (let value = 0; value < placed.length; value++) {
      const at = (placed[value] as number) + 1;
      if (at > 1) starts[at] = (starts[at] as number) + 1;
    }
    for (let i = 2; i < starts.length; i++) starts[i] = (starts[i] as number) + (starts[i - 1] as number);
    this.#values = new Int32Array(starts[starts.length - 1] as number);
    for (let value = 0; value < placed.length; value++) {
      const place = (placed[value] as number) - 1;
      if (place < 0) continue;
      const at = starts[place + 1] as number;
      this.#values[at] = value;
      starts[place + 1] = at + 1;
    }
    this.#firstValues = starts;
  }

  /** How many values lie at a place. */
  valueCount(place: number): number {
    return (this.#firstValues[place + 1] as number) - (this.#firstValues[place] as number);
  }

  /** The values that lie at a place, by their numbers. */
  valuesAt(place: number): Int32Array {
    return this.#values.subarray(this.#firstValues[place], this.#firstValues[place + 1]);
  }
}

/** Follows paths through a graph; what a path shares with the one before is not looked for again. */
class PathFollower {
  /** The path that was followed last: where each name of it ends, from its start, the references, and the places made of it. */
  readonly #ends: number[] = [];
  readonly #references: number[] = [];
  readonly #places: number[] = [];
  #bytes: Uint8Array = new Uint8Array(0);
  #start = 0;
  #end = 0;

  constructor(
    readonly graph: GraphColumns,
    readonly table: ChildTable,
  ) {}

  /** How many objects the path passes; -1 for one that leads nowhere. */
  follow(bytes: Uint8Array, start: number, end: number): number {
    const known = this.#keepShared(bytes, start, end);
    if (start === end) return 0;
    let from = start + (known === 0 ? 0 : (this.#ends[known - 1] as number) + 1);
    if (from > end) return known;
    for (; from <= end; ) {
      const at = endOfName(bytes, from, end);
      if (this.#references.length === DEEPEST) return -1;
      const reference = this.table.findEscaped(this.idAt(this.#references.length), bytes, from, at);
      if (reference < 0) return -1;
      this.#references.push(reference);
      this.#ends.push(at - start);
      from = at + 1;
    }
    return this.#references.length;
  }

  /** Forgets what the path does not share with the last one; returns how many of its names are known. */
  #keepShared(bytes: Uint8Array, start: number, end: number): number {
    const most = Math.min(end - start, this.#end - this.#start);
    let shared = 0;
    while (shared < most && this.#bytes[this.#start + shared] === bytes[start + shared]) shared++;
    let known = start === end ? 0 : this.#ends.length;
    while (known > 0 && !this.#isWhole(this.#ends[known - 1] as number, shared, bytes, start, end)) known--;
    this.#ends.length = known;
    this.#references.length = known;
    this.#places.length = Math.min(this.#places.length, known);
    [this.#bytes, this.#start, this.#end] = [bytes, start, end];
    return known;
  }

  /** Whether a name that ended there ends there in the new path, too. */
  #isWhole(nameEnd: number, shared: number, bytes: Uint8Array, start: number, end: number): boolean {
    return nameEnd <= shared && (start + nameEnd === end || bytes[start + nameEnd] === SLASH);
  }

  /** The object after so many names. */
  idAt(depth: number): number {
    return depth === 0 ? 0 : this.graph.childIds.at(this.#references[depth - 1] as number);
  }

  /** The place where the path ends. */
  placeIn(paths: ObjectPaths): number {
    for (let depth = this.#places.length; depth < this.#references.length; depth++) {
      const from = this.#start + (depth === 0 ? 0 : (this.#ends[depth - 1] as number) + 1);
      const name = paths.tree.names.numberOf(this.#bytes, from, this.#start + (this.#ends[depth] as number));
      const parent = depth === 0 ? 0 : (this.#places[depth - 1] as number);
      this.#places.push(paths.below(parent, name, this.idAt(depth + 1), this.#references[depth] as number));
    }
    return this.#places.at(-1) ?? 0;
  }
}

function endOfName(bytes: Uint8Array, from: number, end: number): number {
  let at = from;
  while (at < end && bytes[at] !== SLASH) at++;
  return at;
}

/** The object that a path of escaped names leads to; undefined where there is none. */
export function objectAt(graph: GraphColumns, path: string): number | undefined {
  const bytes = encodeText(path);
  const follower = new PathFollower(graph, childTableOf(graph));
  const depth = follower.follow(bytes, 0, bytes.length);
  return depth < 0 ? undefined : follower.idAt(depth);
}

/** Finds the places of all objects that have values, and of those that lead to them. */
export function objectPathsOf(graph: GraphColumns): ObjectPaths {
  const paths = new ObjectPaths(graph);
  const follower = new PathFollower(graph, childTableOf(graph));
  const { bytes } = graph;
  for (let value = 0; value < graph.attributes.total; value++) {
    graph.locate(graph.keys.at(value));
    const { start } = graph;
    const end = pathEnd(bytes, start, graph.end);
    if (end < 0) continue;
    const depth = follower.follow(bytes, start, end);
    if (depth < 0 || follower.idAt(depth) !== graph.attributeOwners.at(value)) continue;
    paths.setPlaceOf(value, follower.placeIn(paths));
  }
  paths.sortValues();
  return paths;
}
