/**
 * The object graph after its keys changed: renamed keys, objects where the new keys say, no trace of dropped values.
 *
 * Objects keep their numbers, and one that lost its values stays as an empty object; only what leads to it is taken away.
 * TensorFlow would match a program's variable with an empty object and report it as restored; with nothing leading there it
 * says that the variable was not found, and `expect_partial` still passes. Numbers mean nothing to TensorFlow apart from
 * the root's, which is 0.
 */
import { CorruptError } from '../errors.ts';
import type { GraphColumns } from './graph-columns.ts';
import { GraphNotes } from './graph-notes.ts';
import { LeftObjects } from './left-objects.ts';
import { moveNodes } from './move-nodes.ts';
import { type KeyChanges, NewKeys } from './new-keys.ts';
import { NodeMoves } from './node-moves.ts';
import { decodeObjectGraph, type ObjectGraph } from './object-graph.ts';
import { OBJECT_GRAPH_KEY } from './object-graph-key.ts';
import { objectPathsOf } from './object-paths.ts';
import { columnsOf, readGraphColumns } from './read-columns.ts';
import { writeMovedGraph } from './write-moved-graph.ts';

/** A graph after surgery: the same object when nothing changed. */
export interface RewrittenGraph {
  readonly graph: ObjectGraph;
  /** Sentences for the person who asked: what could not follow, and what TensorFlow will make of it. */
  readonly notes: readonly string[];
}

/** Throws {@link CorruptError} when a reference leads to an object that is not there, or when there is no root. */
function checkColumns(graph: GraphColumns): void {
  const { count, children, childIds, slots, slotOwners, slotsOf, slotVariables } = graph;
  const check = (from: number, what: string, id: number): void => {
    if (id < count) return;
    throw new CorruptError(
      `${what} of object ${from} in the object graph is object ${id}, but there are only ${count}`,
      { where: OBJECT_GRAPH_KEY },
    );
  };
  if (count === 0) throw new CorruptError('the object graph has no root', { where: OBJECT_GRAPH_KEY });
  for (let id = 0; id < count; id++) {
    for (let i = children.start(id); i < children.end(id); i++) check(id, 'a child', childIds.at(i));
  }
  for (let i = 0; i < slots.total; i++) {
    check(slotOwners.at(i), 'the variable of a slot', slotsOf.at(i));
    check(slotOwners.at(i), 'a slot', slotVariables.at(i));
  }
}

/** An object graph after surgery. */
export class RewrittenColumns {
  #graph: GraphColumns | undefined;

  constructor(
    readonly bytes: Uint8Array,
    graph: GraphColumns | undefined,
    readonly notes: readonly string[],
    /** Whether the graph leaves out a value that is there. */
    readonly leavesOut: boolean,
  ) {
    this.#graph = graph;
  }

  /** Read when they are first asked for: who only writes the graph needs none. */
  get graph(): GraphColumns {
    this.#graph ??= readGraphColumns(this.bytes);
    return this.#graph;
  }
}

/**
 * The graph for keys that were renamed, or dropped; those under which the checkpoint has no value, such as those of variables
 * that were never initialised, go where their objects go, and are never dropped. Throws {@link CorruptError} for a graph
 * that refers to objects it does not have.
 */
export function rewriteColumns(graph: GraphColumns, changes: KeyChanges): RewrittenColumns {
  checkColumns(graph);
  const notes = new GraphNotes();
  const keys = new NewKeys(graph, changes, notes);
  if (!keys.changes) return new RewrittenColumns(graph.bytes, graph, [], false);
  const places = objectPathsOf(graph);
  const moves = new NodeMoves(places, keys, notes);
  const moved = moveNodes(graph, places, moves, notes);
  moves.takeAbsentAlong();
  const left = new LeftObjects(moved, keys);
  left.noteLosses(notes);
  return new RewrittenColumns(writeMovedGraph(moved, left), undefined, notes.sentences(), keys.leavesOut);
}

/**
 * The graph, as objects, for keys that `newKeyOf` renamed, or dropped by giving nothing. `isAbsent` tells the keys under which
 * the checkpoint has no value. As {@link rewriteColumns}.
 */
export function rewriteObjectGraph(
  graph: ObjectGraph,
  newKeyOf: (key: string) => string | undefined,
  isAbsent: (key: string) => boolean = () => false,
): RewrittenGraph {
  const columns = columnsOf(graph);
  const { bytes, notes } = rewriteColumns(columns, {
    isSame: () => false,
    newKeyOf: (attribute) => newKeyOf(columns.keyAt(attribute)),
    isAbsent: (attribute) => isAbsent(columns.keyAt(attribute)),
  });
  return { graph: bytes === columns.bytes ? graph : decodeObjectGraph(bytes), notes };
}
