/**
 * What else people call the values of an object-based checkpoint, besides their keys: every path that leads to the object
 * from the root, not only the one that the key spells, and the full name that the program gave a variable. Since Keras 3
 * the keys of trained weights may be `optimizer/_trainable_variables/N`, which nobody calls them.
 */
import { escapeLocalName, formatKey, joinPath, parseKey } from './checkpoint-key.ts';
import type { ObjectGraph } from './object-graph.ts';

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

export class OtherNames {
  readonly #parents: ParentLink[][];
  readonly #values = new Map<string, Value>();

  constructor({ nodes }: ObjectGraph) {
    this.#parents = nodes.map(() => []);
    for (const [parent, { children, attributes }] of nodes.entries()) {
      for (const { nodeId, localName } of children) {
        this.#parents[nodeId]?.push({ parent, name: escapeLocalName(localName) });
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
    return this.#parents.some((links) => links.length > 1);
  }

  /** The path to an object to which only one leads; undefined where there may be several, or none. */
  #onlyPathTo(id: number): string | undefined {
    let path = '';
    for (let at = id, step = 0; at !== 0; step++) {
      const links = this.#parents[at];
      const [link] = links ?? [];
      if (link === undefined || links?.length !== 1 || step === MOST_STEPS) return undefined;
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
      for (const { parent, name } of this.#parents[way.at] ?? []) {
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
