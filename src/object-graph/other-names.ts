/**
 * What else people call the values of an object-based checkpoint, besides their keys: every path that leads to the object
 * from the root, not only the one that the key spells, and the full name that the program gave a variable. Since Keras 3
 * the keys of trained weights may be `optimizer/_trainable_variables/N`, which nobody calls them.
 */
import { TextMap } from '../bytes/text-map.ts';
import { escapeLocalName, formatKey, joinPath, parseKey } from './checkpoint-key.ts';
import type { ObjectGraph, ObjectNode, ObjectReference } from './object-graph.ts';

/** Paths of one object: further ones are left out, the shortest are kept; and so are steps on the way, where a graph is cyclic. */
const MOST_PATHS = 64;
const MOST_STEPS = 4096;
const VALUE = 'VARIABLE_VALUE';

/** A reference to an object, from the side of the object. */
interface ParentLink {
  readonly parent: number;
  /** The escaped name. */
  readonly name: string;
}

/** A way up from an object. */
interface Way {
  readonly at: number;
  readonly path: string;
  readonly below: Way | undefined;
}

interface Value {
  readonly node: number;
  readonly fullName: string;
}

const passes = (way: Way | undefined, id: number): boolean => {
  for (let at = way; at !== undefined; at = at.below) if (at.at === id) return true;
  return false;
};

/** Counts the links to the parents of each object: where those of the first begin, of the second, ... and where all end. */
function firstLinks(nodes: readonly ObjectNode[]): Uint32Array {
  const first = new Uint32Array(nodes.length + 1);
  for (const { children } of nodes) {
    for (const { nodeId } of children) if (nodeId < nodes.length) first[nodeId + 1] = (first[nodeId + 1] as number) + 1;
  }
  for (let id = 0; id < nodes.length; id++) first[id + 1] = (first[id + 1] as number) + (first[id] as number);
  return first;
}

export class OtherNames {
  readonly #nodes: readonly ObjectNode[];
  /** Of each object the number of its first link to a parent; links lie in the order of the objects that they lead from. */
  readonly #firstLinks: Uint32Array;
  /** Of each link the parent, and the number of the child among its children: a graph may hold millions. */
  readonly #parents: Uint32Array;
  readonly #places: Uint32Array;
  readonly #values = new TextMap<Value>();

  constructor({ nodes }: ObjectGraph) {
    this.#nodes = nodes;
    this.#firstLinks = firstLinks(nodes);
    const links = this.#firstLinks[nodes.length] as number;
    this.#parents = new Uint32Array(links);
    this.#places = new Uint32Array(links);
    const next = this.#firstLinks.slice();
    for (const [parent, { children, attributes }] of nodes.entries()) {
      for (let place = 0; place < children.length; place++) {
        const { nodeId } = children[place] as ObjectReference;
        if (nodeId >= nodes.length) continue;
        const link = next[nodeId] as number;
        this.#parents[link] = parent;
        this.#places[link] = place;
        next[nodeId] = link + 1;
      }
      for (const { checkpointKey, fullName } of attributes) this.#values.set(checkpointKey, { node: parent, fullName });
    }
  }

  /** The full name of the variable under a key; empty where the graph gives none. */
  fullNameOf(key: string): string {
    return this.#values.get(key)?.fullName ?? '';
  }

  /** Whether any object has several paths: it, or one above it, is the child of several, or by several names. */
  get isShared(): boolean {
    return this.#firstLinks.some((first, id) => first > 1 + (this.#firstLinks[id - 1] ?? first));
  }

  /** The links from an object to its parents, by their numbers: from the first up to the one behind the last. */
  #linksOf(id: number): readonly [number, number] {
    const first = this.#firstLinks[id];
    return first === undefined ? [0, 0] : [first, this.#firstLinks[id + 1] ?? first];
  }

  #link(number: number): ParentLink {
    const parent = this.#parents[number] as number;
    const child = this.#nodes[parent]?.children[this.#places[number] as number] as ObjectReference;
    return { parent, name: escapeLocalName(child.localName) };
  }

  /** The path to an object to which only one leads; undefined where there may be several, or none. */
  #onlyPathTo(id: number): string | undefined {
    let path = '';
    for (let at = id, step = 0; at !== 0; step++) {
      const [first, end] = this.#linksOf(at);
      if (end - first !== 1 || step === MOST_STEPS) return undefined;
      const link = this.#link(first);
      path = path === '' ? link.name : joinPath(link.name, path);
      at = link.parent;
    }
    return path;
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
      const [first, end] = this.#linksOf(way.at);
      for (let number = first; number < end && ways.length < MOST_STEPS; number++) {
        const { parent, name } = this.#link(number);
        if (passes(way, parent)) continue;
        ways.push({ at: parent, path: way.path === '' ? name : joinPath(name, way.path), below: way });
      }
    }
    return found;
  }

  /** Paths of the object whose value lies under a key, besides the one that the key spells; of a slot none. */
  otherPathsOf(key: string): string[] {
    const value = this.#values.get(key);
    const parts = parseKey(key);
    if (value === undefined || parts?.slot !== undefined) return [];
    const only = this.#onlyPathTo(value.node);
    if (only !== undefined) return only === '' || only === parts?.path ? [] : [only];
    return this.#pathsTo(value.node).filter((path) => path !== parts?.path);
  }

  /** Goes through all names but the keys: each path as it is and as a key, and full names; of keys that `isOpen` lets pass. */
  each(visit: (name: string, key: string) => void, isOpen: (key: string) => boolean = () => true): void {
    for (const [key, { fullName }] of this.#values) {
      if (!isOpen(key)) continue;
      const parts = parseKey(key);
      if (fullName !== '') visit(fullName, key);
      if (parts === undefined) continue;
      if (parts.slot === undefined && parts.attribute === VALUE && parts.path !== '') visit(parts.path, key);
      for (const path of this.otherPathsOf(key)) {
        if (parts.attribute === VALUE) visit(path, key);
        visit(formatKey({ path, slot: undefined, attribute: parts.attribute }), key);
      }
    }
  }
}
