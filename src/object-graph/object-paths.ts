/**
 * Where the objects of a graph lie: the keys of their values spell paths, and each path is followed through the graph by
 * the names of the children. What comes out is a tree, however cyclic the graph: further names of an object, which no key
 * uses, are no part of it.
 */
import { TextMap } from '../bytes/text-map.ts';
import { CorruptError } from '../errors.ts';
import { escapeLocalName, joinPath, namesOf, parseKey } from './checkpoint-key.ts';
import { OBJECT_GRAPH_KEY, type ObjectGraph, type SavedAttribute } from './object-graph.ts';

export interface ObjectPath {
  readonly id: number;
  readonly parent: ObjectPath | undefined;
  /** The name in the path, escaped; empty for the root. */
  readonly name: string;
  readonly path: string;
  readonly children: Map<string, ObjectPath>;
  /** The values that lie here. */
  readonly attributes: SavedAttribute[];
}

export interface ObjectPaths {
  readonly root: ObjectPath;
  /** All of them, parents before children. */
  readonly all: readonly ObjectPath[];
  /** Values whose key spells no path that leads to their object; slots are not among them. */
  readonly elsewhere: readonly SavedAttribute[];
}

/** Nobody nests objects deeper; a graph with a cycle could be followed for ever. */
const DEEPEST = 1000;
const MOST_PLACES = 2 ** 22;

class PlaceFinder {
  readonly #graph: ObjectGraph;
  readonly #edges = new Map<number, ReadonlyMap<string, number>>();
  readonly root: ObjectPath = {
    id: 0,
    parent: undefined,
    name: '',
    path: '',
    children: new TextMap<ObjectPath>(),
    attributes: [],
  };
  readonly all: ObjectPath[] = [this.root];

  constructor(graph: ObjectGraph) {
    this.#graph = graph;
  }

  /** The children of an object by escaped name; the first of a name counts. */
  #edgesOf(id: number): ReadonlyMap<string, number> {
    const known = this.#edges.get(id);
    if (known !== undefined) return known;
    const edges = new TextMap<number>();
    for (const { localName, nodeId } of this.#graph.nodes[id]?.children ?? []) {
      const name = escapeLocalName(localName);
      if (!edges.has(name)) edges.set(name, nodeId);
    }
    this.#edges.set(id, edges);
    return edges;
  }

  /** The objects that a path passes, without the root; undefined where it leads nowhere. */
  follow(path: string): number[] | undefined {
    const names = namesOf(path);
    if (names.length > DEEPEST) return undefined;
    const ids: number[] = [];
    for (const name of names) {
      const id = this.#edgesOf(ids.at(-1) ?? 0).get(name);
      if (id === undefined) return undefined;
      ids.push(id);
    }
    return ids;
  }

  /** The place at a path that leads to object `id`. */
  placeAt(path: string, id: number): ObjectPath | undefined {
    const ids = this.follow(path);
    if (ids === undefined || (ids.at(-1) ?? 0) !== id) return undefined;
    let place = this.root;
    for (const [i, name] of namesOf(path).entries()) {
      place = place.children.get(name) ?? this.#add(place, name, ids[i] as number);
    }
    return place;
  }

  #add(parent: ObjectPath, name: string, id: number): ObjectPath {
    if (this.all.length === MOST_PLACES) {
      throw new CorruptError(`the keys of the object graph spell more than ${MOST_PLACES} paths`, {
        where: OBJECT_GRAPH_KEY,
      });
    }
    const place = {
      id,
      parent,
      name,
      path: joinPath(parent.path, name),
      children: new TextMap<ObjectPath>(),
      attributes: [],
    };
    parent.children.set(name, place);
    this.all.push(place);
    return place;
  }
}

/** The object that a path of escaped names leads to; undefined where there is none. */
export function objectAt(graph: ObjectGraph, path: string): number | undefined {
  const ids = new PlaceFinder(graph).follow(path);
  return ids === undefined ? undefined : (ids.at(-1) ?? 0);
}

/** Finds the places of all objects that have values, and of those that lead to them. */
export function objectPathsOf(graph: ObjectGraph): ObjectPaths {
  const finder = new PlaceFinder(graph);
  const elsewhere: SavedAttribute[] = [];
  for (const [id, { attributes }] of graph.nodes.entries()) {
    for (const attribute of attributes) {
      const key = parseKey(attribute.checkpointKey);
      if (key?.slot !== undefined) continue;
      const place = key === undefined ? undefined : finder.placeAt(key.path, id);
      if (place === undefined) elsewhere.push(attribute);
      else place.attributes.push(attribute);
    }
  }
  return { root: finder.root, all: finder.all, elsewhere };
}
