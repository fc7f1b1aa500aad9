/** The children of objects by name; of several of one name the first. */
import { capacityFor, hashOf } from '../bytes/hash-bytes.ts';
import { decodeText, encodeText } from '../bytes/text.ts';
import { escapeLocalName, unescapeLocalName } from './checkpoint-key.ts';
import type { GraphColumns } from './graph-columns.ts';

/** So few children are looked through one by one. */
const FEW = 8;
const DOT = 0x2e;
const PRIME = 0x9e3779b1;

export class ChildTable {
  /** One more than the reference that lies at each place, of the objects that have many children. */
  readonly #places: Int32Array;
  readonly #mask: number;

  constructor(readonly graph: GraphColumns) {
    const { children, count } = graph;
    let many = 0;
    for (let id = 0; id < count; id++) {
      const own = children.end(id) - children.start(id);
      if (own > FEW) many += own;
    }
    this.#places = new Int32Array(many === 0 ? 0 : capacityFor(many));
    this.#mask = this.#places.length - 1;
    if (many > 0) for (let id = 0; id < count; id++) this.#addChildrenOf(id);
  }

  #addChildrenOf(id: number): void {
    const { graph } = this;
    const [start, end] = [graph.children.start(id), graph.children.end(id)];
    if (end - start <= FEW) return;
    for (let i = start; i < end; i++) {
      graph.locate(graph.childNames.at(i));
      const place = this.#placeOf(id, graph.bytes, graph.start, graph.end);
      if (this.#places[place] === 0) this.#places[place] = i + 1;
    }
  }

  #placeOf(id: number, bytes: Uint8Array, start: number, end: number): number {
    const { children } = this.graph;
    const [first, last] = [children.start(id), children.end(id)];
    let place = (hashOf(bytes, start, end) ^ Math.imul(id, PRIME)) & this.#mask;
    for (; ; place = (place + 1) & this.#mask) {
      const reference = (this.#places[place] as number) - 1;
      if (reference < 0) return place;
      if (reference >= first && reference < last && this.#isCalled(reference, bytes, start, end)) return place;
    }
  }

  #isCalled(reference: number, bytes: Uint8Array, start: number, end: number): boolean {
    const { graph } = this;
    graph.locate(graph.childNames.at(reference));
    const { bytes: own, start: at } = graph;
    if (graph.end - at !== end - start) return false;
    for (let i = end - 1; i >= start; i--) if (own[at + i - start] !== bytes[i]) return false;
    return true;
  }

  /** The first reference of an object to a child that is called so; -1 where there is none. */
  find(id: number, bytes: Uint8Array, start: number, end: number): number {
    const { children } = this.graph;
    const [first, last] = [children.start(id), children.end(id)];
    if (last - first > FEW) return (this.#places[this.#placeOf(id, bytes, start, end)] as number) - 1;
    for (let i = first; i < last; i++) if (this.#isCalled(i, bytes, start, end)) return i;
    return -1;
  }

  /** The same for a name as it stands in a path. */
  findEscaped(id: number, bytes: Uint8Array, start: number, end: number): number {
    let at = start;
    while (at < end && bytes[at] !== DOT) at++;
    if (at === end) return this.find(id, bytes, start, end);
    const escaped = decodeText(bytes, start, end);
    const name = unescapeLocalName(escaped);
    if (escapeLocalName(name) !== escaped) return -1;
    const plain = encodeText(name);
    return this.find(id, plain, 0, plain.length);
  }
}

const TABLES = new WeakMap<GraphColumns, ChildTable>();

/** The children of a graph by name; who moves objects asks more than once. */
export function childTableOf(graph: GraphColumns): ChildTable {
  const table = TABLES.get(graph) ?? new ChildTable(graph);
  TABLES.set(graph, table);
  return table;
}
