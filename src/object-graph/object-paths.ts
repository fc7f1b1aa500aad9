/**
 * Where the objects of a graph lie: the keys of their values spell paths, and each path is followed through the graph by
 * the names of the children. What comes out is a tree, however cyclic the graph: further names of an object, which no key
 * uses, are no part of it.
 */
import { TextMap } from '../bytes/text-map.ts';
import { CorruptError } from '../errors.ts';
import { escapeLocalName, joinPath, namesOf, parseKey } from './checkpoint-key.ts';
import type { GraphColumns } from './graph-columns.ts';
import { OBJECT_GRAPH_KEY } from './object-graph-key.ts';

export interface ObjectPath {
  readonly id: number;
  /** Where it stands among all. */
  readonly index: number;
  readonly parent: ObjectPath | undefined;
  /** The name in the path, escaped; empty for the root. */
  readonly name: string;
  readonly path: string;
  /** The values that lie here, by their numbers. */
  readonly attributes: readonly number[];
}

export interface ObjectPaths {
  readonly root: ObjectPath;
  /** All of them, parents before children. */
  readonly all: readonly ObjectPath[];
}

/** Nobody nests objects deeper; a graph with a cycle could be followed for ever. */
const DEEPEST = 1000;
const MOST_PLACES = 2 ** 22;

/** Most places hold one value, and nothing below it. */
const NONE: number[] = [];

interface Place extends ObjectPath {
  children: Map<string, Place> | undefined;
  attributes: number[];
}

class PlaceFinder {
  readonly #graph: GraphColumns;
  readonly #edges = new Map<number, ReadonlyMap<string, number>>();
  readonly root: Place = {
    id: 0,
    index: 0,
    parent: undefined,
    name: '',
    path: '',
    children: undefined,
    attributes: NONE,
  };
  readonly all: Place[] = [this.root];

  constructor(graph: GraphColumns) {
    this.#graph = graph;
  }

  /** The children of an object by escaped name; the first of a name counts. */
  #edgesOf(id: number): ReadonlyMap<string, number> {
    const known = this.#edges.get(id);
    if (known !== undefined) return known;
    const edges = new TextMap<number>();
    for (const [localName, nodeId] of this.#graph.childrenOf(id)) {
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
  placeAt(path: string, id: number): Place | undefined {
    const ids = this.follow(path);
    if (ids === undefined || (ids.at(-1) ?? 0) !== id) return undefined;
    let place = this.root;
    for (const [i, name] of namesOf(path).entries()) {
      place = place.children?.get(name) ?? this.#add(place, name, ids[i] as number);
    }
    return place;
  }

  #add(parent: Place, name: string, id: number): Place {
    if (this.all.length === MOST_PLACES) {
      throw new CorruptError(`the keys of the object graph spell more than ${MOST_PLACES} paths`, {
        where: OBJECT_GRAPH_KEY,
      });
    }
    const path = joinPath(parent.path, name);
    const index = this.all.length;
    const place: Place = { id, index, parent, name, path, children: undefined, attributes: NONE };
    parent.children ??= new TextMap();
    parent.children.set(name, place);
    this.all.push(place);
    return place;
  }
}

/** The object that a path of escaped names leads to; undefined where there is none. */
export function objectAt(graph: GraphColumns, path: string): number | undefined {
  const ids = new PlaceFinder(graph).follow(path);
  return ids === undefined ? undefined : (ids.at(-1) ?? 0);
}

/** Finds the places of all objects that have values, and of those that lead to them. */
export function objectPathsOf(graph: GraphColumns): ObjectPaths {
  const finder = new PlaceFinder(graph);
  for (let attribute = 0; attribute < graph.attributes.total; attribute++) {
    const key = parseKey(graph.keyAt(attribute));
    if (key === undefined || key.slot !== undefined) continue;
    const place = finder.placeAt(key.path, graph.attributeOwners.at(attribute));
    if (place === undefined) continue;
    if (place.attributes === NONE) place.attributes = [attribute];
    else place.attributes.push(attribute);
  }
  return { root: finder.root, all: finder.all };
}
