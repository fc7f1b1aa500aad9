/**
 * What else people call the values of an object-based checkpoint, besides their keys: every path that leads to the object
 * from the root, not only the one that the key spells, and the full name that the program gave a variable. Since Keras 3
 * the keys of trained weights may be `optimizer/_trainable_variables/N`, which nobody calls them.
 */

import { hasAt } from '../bytes/text.ts';
import { escapeLocalName, formatKey, joinPath, parseKey } from './checkpoint-key.ts';
import type { GraphColumns } from './graph-columns.ts';
import { type KeyTable, keyTableOf } from './key-table.ts';
import type { ObjectGraph } from './object-graph.ts';
import { VARIABLE_VALUE } from './object-graph-key.ts';
import { ParentLinks } from './parent-links.ts';
import { columnsOf } from './read-columns.ts';

/** Paths of one object: further ones are left out, the shortest are kept; and so are steps on the way, where a graph is cyclic. */
const MOST_PATHS = 64;
const MOST_STEPS = 4096;
const ENCODER = new TextEncoder();
const SLOT_PART = ENCODER.encode('.OPTIMIZER_SLOT/');
const VALUE_PART = ENCODER.encode(`.ATTRIBUTES/${VARIABLE_VALUE}`);
const SLASH = 0x2f;
const DOT = 0x2e;

/** A way up from an object. */
interface Way {
  readonly at: number;
  readonly path: string;
  readonly below: Way | undefined;
}

/** What somebody wants of names, told of them as bytes; what it does not know is wanted. */
export interface NameFilter {
  /** Whether any other name of what lies under a key is wanted; asked before the names of the key. */
  isOpen(bytes: Uint8Array, start: number, end: number): boolean;
  /** Whether a name is. */
  isWanted(bytes: Uint8Array, start: number, end: number): boolean;
}

const passes = (way: Way | undefined, id: number): boolean => {
  for (let at = way; at !== undefined; at = at.below) if (at.at === id) return true;
  return false;
};

/** What a key is by its bytes: of the value of a variable, of a slot, or nothing that is told here. */
const [OF_VALUE, OF_SLOT, UNTOLD] = [0, 1, 2];

export class OtherNames {
  readonly #graph: GraphColumns;
  readonly #links: ParentLinks;
  readonly #keys: KeyTable;
  /** Where the path of the key ends that was looked at last. */
  #pathEnd = 0;

  constructor(graph: ObjectGraph | GraphColumns) {
    this.#graph = columnsOf(graph);
    this.#links = new ParentLinks(this.#graph);
    this.#keys = keyTableOf(this.#graph);
  }

  /** The full name of the variable under a key; empty where the graph gives none. */
  fullNameOf(key: string): string {
    const value = this.#keys.findText(key);
    return value < 0 ? '' : this.#graph.textAt(this.#graph.fullNames.at(value));
  }

  /** Whether any object has several paths: it, or one above it, is the child of several, or by several names. */
  get isShared(): boolean {
    return this.#links.areShared;
  }

  #nameOf(link: number): string {
    return escapeLocalName(this.#graph.childName(this.#links.childAt(link)));
  }

  /** The path to an object to which only one leads; undefined where there may be several, or none. */
  #onlyPathTo(id: number): string | undefined {
    let path = '';
    for (let at = id, step = 0; at !== 0; step++) {
      const link = this.#links.onlyLinkOf(at);
      if (link < 0 || step === MOST_STEPS) return undefined;
      const name = this.#nameOf(link);
      path = path === '' ? name : joinPath(name, path);
      at = this.#links.parentAt(link);
    }
    return path;
  }

  /** Whether these bytes are the only path to an object, as far as that is seen at once: no name in it is escaped. */
  #isOnlyPath(id: number, start: number, end: number): boolean {
    const graph = this.#graph;
    let left = end;
    for (let at = id; at !== 0; ) {
      const link = this.#links.onlyLinkOf(at);
      if (link < 0) return false;
      graph.locate(graph.childNames.at(this.#links.childAt(link)));
      const from = left - (graph.end - graph.start);
      if (from < start) return false;
      for (let i = from, name = graph.start; i < left; i++, name++) {
        const byte = graph.bytes[name] as number;
        if (byte !== graph.bytes[i] || byte === DOT || byte === SLASH) return false;
      }
      at = this.#links.parentAt(link);
      left = from;
      if (at !== 0 && (left <= start || graph.bytes[--left] !== SLASH)) return false;
    }
    return left === start;
  }

  /** All paths that lead to an object, the shortest first. */
  #pathsTo(id: number): string[] {
    const found: string[] = [];
    const ways: Way[] = [{ at: id, path: '', below: undefined }];
    for (let step = 0; step < ways.length && step < MOST_STEPS && found.length < MOST_PATHS; step++) {
      const way = ways[step] as Way;
      if (way.at === 0) {
        if (way.path !== '') found.push(way.path);
        continue;
      }
      const [first, end] = this.#links.linksOf(way.at);
      for (let link = first; link < end && ways.length < MOST_STEPS; link++) {
        const parent = this.#links.parentAt(link);
        if (passes(way, parent)) continue;
        const name = this.#nameOf(link);
        ways.push({ at: parent, path: way.path === '' ? name : joinPath(name, way.path), below: way });
      }
    }
    return found;
  }

  /** Paths of the object whose value lies under a key, besides the one that the key spells; of a slot none. */
  otherPathsOf(key: string): string[] {
    const value = this.#keys.findText(key);
    const parts = parseKey(key);
    if (value < 0 || parts?.slot !== undefined) return [];
    return this.#pathsBesides(this.#graph.attributeOwners.at(value), parts?.path);
  }

  #pathsBesides(id: number, path: string | undefined): string[] {
    const only = this.#onlyPathTo(id);
    if (only !== undefined) return only === '' || only === path ? [] : [only];
    return this.#pathsTo(id).filter((other) => other !== path);
  }

  /** Goes through all names but the keys: each path as it is and as a key, and full names. With a filter, those that it lets pass. */
  each(visit: (name: string, key: string) => void, filter?: NameFilter): void {
    const graph = this.#graph;
    for (let value = 0; value < graph.attributes.total; value++) {
      graph.locate(graph.keys.at(value));
      const { start, end } = graph;
      // Of several values of one key the last counts.
      if (this.#keys.hasRepeated && this.#keys.find(graph.bytes, start, end) !== value) continue;
      if (filter?.isOpen(graph.bytes, start, end) !== false) this.#eachOf(value, start, end, visit, filter);
    }
  }

  #eachOf(
    value: number,
    start: number,
    end: number,
    visit: (name: string, key: string) => void,
    filter: NameFilter | undefined,
  ): void {
    const graph = this.#graph;
    const isWanted = (from: number, to: number): boolean => filter?.isWanted(graph.bytes, from, to) !== false;
    const kind = this.#kindOf(start, end);
    const pathEnd = this.#pathEnd;
    graph.locate(graph.fullNames.at(value));
    if (graph.start < graph.end && isWanted(graph.start, graph.end)) {
      visit(graph.textAt(graph.fullNames.at(value)), graph.keyAt(value));
    }
    if (kind === OF_SLOT) return;
    const id = graph.attributeOwners.at(value);
    if (kind === OF_VALUE && !isWanted(start, pathEnd) && this.#isOnlyPath(id, start, pathEnd)) return;
    const key = graph.keyAt(value);
    const parts = parseKey(key);
    if (parts === undefined || parts.slot !== undefined) return;
    if (parts.attribute === VARIABLE_VALUE && parts.path !== '') visit(parts.path, key);
    for (const path of this.#pathsBesides(id, parts.path)) {
      if (parts.attribute === VARIABLE_VALUE) visit(path, key);
      visit(formatKey({ path, slot: undefined, attribute: parts.attribute }), key);
    }
  }

  /** What the key at these bytes is. */
  #kindOf(start: number, end: number): number {
    const { bytes } = this.#graph;
    for (let at = start + 1; at < end; at++) {
      if (bytes[at] !== DOT || bytes[at - 1] !== SLASH) continue;
      if (hasAt(bytes, at, SLOT_PART)) return OF_SLOT;
      if (!hasAt(bytes, at, VALUE_PART) || at + VALUE_PART.length !== end) continue;
      this.#pathEnd = at - 1;
      return bytes[start] === DOT || this.#pathEnd === start || bytes[at - 2] === SLASH ? UNTOLD : OF_VALUE;
    }
    return UNTOLD;
  }
}
