/** The values of an object graph by their keys, found by the bytes of a key: no string is made of a hundred thousand. */
import { capacityFor, hashEnd, hashOf, hashWord, SEED } from '../bytes/hash-bytes.ts';
import { decodeText, encodeText } from '../bytes/text.ts';
import { TextMap } from '../bytes/text-map.ts';
import type { GraphColumns } from './graph-columns.ts';

const HYPHEN = 0x2d;

/** So few keys are held as strings. */
const FEW = 2 ** 10;
/** Longer names are gone through as a whole. */
const MOST_STATES = 256;

export class KeyTable {
  /** Whether several values have one key; then the last of them is found. */
  hasRepeated = false;
  /** Of few keys, as strings: to go through their bytes pays where that code is run often. */
  readonly #few: TextMap<number> | undefined;
  /** How long these are. */
  #lengths: ReadonlySet<number> | undefined;
  /** One more than the attribute that lies at each place; 0 where none does. */
  readonly #places: Int32Array;
  readonly #mask: number;
  /** The hash of the name that was looked for last after so many times four bytes, and where that name stood. */
  readonly #states = new Int32Array(MOST_STATES);
  #known = 0;
  #position = -1;

  constructor(
    readonly graph: GraphColumns,
    few = FEW,
  ) {
    const { total } = graph.attributes;
    this.#few = total < few ? new TextMap() : undefined;
    this.#places = new Int32Array(this.#few === undefined ? capacityFor(total) : 0);
    this.#mask = this.#places.length - 1;
    this.#states[0] = SEED;
    if (this.#few === undefined) this.#addAll(total);
    else {
      for (let attribute = 0; attribute < total; attribute++) this.#few.set(graph.keyAt(attribute), attribute);
      this.hasRepeated = this.#few.size < total;
    }
  }

  #addAll(total: number): void {
    const { graph } = this;
    for (let attribute = 0; attribute < total; attribute++) {
      graph.locate(graph.keys.at(attribute));
      const { bytes, start, end } = graph;
      const place = this.#placeOf(hashOf(bytes, start, end), bytes, start, end);
      if (this.#places[place] !== 0) this.hasRepeated = true;
      this.#places[place] = attribute + 1;
    }
  }

  /** Whether there are so few that they are held as strings. */
  get isSmall(): boolean {
    return this.#few !== undefined;
  }

  /** The place of a key, or the free one where it would lie. */
  #placeOf(hash: number, bytes: Uint8Array, start: number, end: number): number {
    let place = hash & this.#mask;
    for (; ; place = (place + 1) & this.#mask) {
      const held = this.#places[place] as number;
      if (held === 0 || this.#isKey(held - 1, bytes, start, end)) return place;
    }
  }

  #isKey(attribute: number, bytes: Uint8Array, start: number, end: number): boolean {
    const { graph } = this;
    graph.locate(graph.keys.at(attribute));
    const { bytes: own, start: at } = graph;
    const length = end - start;
    if (graph.end - at !== length) return false;
    // Keys of one model begin alike.
    for (let i = length - 1; i >= 0; i--) if (own[at + i] !== bytes[start + i]) return false;
    return true;
  }

  /** The attribute with a key, by the key's bytes; -1 where there is none. */
  find(bytes: Uint8Array, start: number, end: number): number {
    if (this.#few !== undefined) return this.#few.get(decodeText(bytes, start, end)) ?? -1;
    return (this.#places[this.#placeOf(hashOf(bytes, start, end), bytes, start, end)] as number) - 1;
  }

  /** The same for the names of a scan, of which `shared` bytes are those of the name at the position before. */
  findNext(bytes: Uint8Array, length: number, shared: number, position: number): number {
    if (this.#few !== undefined) return this.find(bytes, 0, length);
    const states = this.#states;
    const follows = position > 0 && position === this.#position + 1;
    let known = follows ? Math.min(shared >> 2, this.#known) : 0;
    const words = Math.min(length >> 2, MOST_STATES - 1);
    let hash = states[known] as number;
    for (; known < words; known++) {
      hash = hashWord(hash, bytes, 4 * known);
      states[known + 1] = hash;
    }
    this.#known = known;
    this.#position = position;
    let at = 4 * known;
    for (; at + 4 <= length; at += 4) hash = hashWord(hash, bytes, at);
    return (this.#places[this.#placeOf(hashEnd(hash, bytes, at, length), bytes, 0, length)] as number) - 1;
  }

  /** Of the attributes that have the key of one the last: the one that is found by it. */
  lastWithKeyOf(attribute: number): number {
    if (!this.hasRepeated) return attribute;
    this.graph.locate(this.graph.keys.at(attribute));
    const { bytes, start, end } = this.graph;
    return this.find(bytes, start, end);
  }

  /** The attributes whose keys are what stands before some hyphen of a name, the shortest first. */
  eachBeginning(name: string, visit: (attribute: number) => void): void {
    if (this.#few === undefined) this.#eachBeginning(encodeText(name), visit);
    else {
      this.#lengths ??= new Set([...this.#few.keys()].map(({ length }) => length));
      for (let at = name.indexOf('-'); at >= 0; at = name.indexOf('-', at + 1)) {
        const attribute = this.#lengths.has(at) ? this.#few.get(name.slice(0, at)) : undefined;
        if (attribute !== undefined) visit(attribute);
      }
    }
  }

  #eachBeginning(bytes: Uint8Array, visit: (attribute: number) => void): void {
    let hash = SEED;
    let hashed = 0;
    for (let at = bytes.indexOf(HYPHEN); at >= 0; at = bytes.indexOf(HYPHEN, at + 1)) {
      for (; hashed + 4 <= at; hashed += 4) hash = hashWord(hash, bytes, hashed);
      const attribute = (this.#places[this.#placeOf(hashEnd(hash, bytes, hashed, at), bytes, 0, at)] as number) - 1;
      if (attribute >= 0) visit(attribute);
    }
  }

  /** The attribute with a key; -1 where there is none. */
  findText(key: string): number {
    if (this.#few !== undefined) return this.#few.get(key) ?? -1;
    const bytes = encodeText(key);
    return this.find(bytes, 0, bytes.length);
  }
}

const TABLES = new WeakMap<GraphColumns, KeyTable>();

/** The keys of a graph; roles and names ask for the same. */
export function keyTableOf(graph: GraphColumns): KeyTable {
  const table = TABLES.get(graph) ?? new KeyTable(graph);
  TABLES.set(graph, table);
  return table;
}
