/**
 * The object graph of a TF2 checkpoint kept true: it repeats every key, so it follows whatever was done to the names. The
 * graph lies among the tensors, but no rule renames it and no choice of names takes it away.
 */
import { NameError } from '../errors.ts';
import { withForgotten } from '../object-graph/forgotten-keys.ts';
import type { GraphColumns } from '../object-graph/graph-columns.ts';
import { listedKeys } from '../object-graph/listed-keys.ts';
import { decodeObjectGraph } from '../object-graph/object-graph.ts';
import { OBJECT_GRAPH_KEY } from '../object-graph/object-graph-key.ts';
import { columnsOf } from '../object-graph/read-columns.ts';
import { type RewrittenColumns, rewriteColumns } from '../object-graph/rewrite-object-graph.ts';
import { graphColumnsOf } from '../object-graph/stored-columns.ts';
import { unitedGraph } from '../object-graph/united-graph.ts';
import { DerivedMap } from '../tensor/derived-map.ts';
import { sameContent } from '../tensor/same-content.ts';
import { type Tensor, type TensorMap, tensorOfStrings } from '../tensor/tensor.ts';
import { KeysAfter, MOST_EXAMPLES, type NewNameOf } from './keys-after.ts';
import { someOf } from './some-of.ts';
import { drop } from './subset.ts';

const NOTHING_LEFT = `${OBJECT_GRAPH_KEY} was left out, for none of the values it lists is left under the key of an object`;

export interface Reconciled {
  readonly tensors: TensorMap;
  /** Sentences for the person who asked; none when all went as expected. */
  readonly notes: readonly string[];
}

export interface ReconcileOptions {
  /** The graph was to go: somebody named it among the tensors to drop. */
  readonly dropGraph?: boolean;
  /** Graphs that other inputs have, for their tensors in the new map. */
  readonly others?: readonly GraphColumns[];
}

/** A map with the graph under its own key: in the place of `movedName`, else at the end; or without it. */
class GraphedMap extends DerivedMap {
  constructor(
    readonly tensors: TensorMap,
    readonly movedName: string | undefined,
    readonly graph: Tensor | undefined,
  ) {
    super();
  }

  override *entries(): MapIterator<[string, Tensor]> {
    let told = this.graph === undefined;
    for (const pair of this.tensors) {
      const isGraph = pair[0] === this.movedName || pair[0] === OBJECT_GRAPH_KEY;
      if (!isGraph) yield pair;
      else if (!told) {
        told = true;
        yield [OBJECT_GRAPH_KEY, this.graph as Tensor];
      }
    }
    if (!told) yield [OBJECT_GRAPH_KEY, this.graph as Tensor];
  }

  override get(name: string): Tensor | undefined {
    if (name === OBJECT_GRAPH_KEY) return this.graph;
    return name === this.movedName ? undefined : this.tensors.get(name);
  }
}

function withGraph(after: TensorMap, movedName: string | undefined, graph: Tensor | undefined): TensorMap {
  if (movedName === undefined && graph === undefined) return after;
  return new GraphedMap(after, movedName, graph);
}

/** The graph of a checkpoint as it is after surgery. */
export interface GraphAfter {
  /** Undefined where none of its values is left under the key of an object. */
  readonly graph: RewrittenColumns | undefined;
  /** Whether it is known to list all tensors that have keys of objects. */
  readonly listsAll: boolean;
  readonly notes: readonly string[];
}

/**
 * The graph of `before` for what is left of its tensors in `after`, by their new names. Throws {@link CorruptError} for one
 * that cannot be followed.
 */
export function graphAfter(graph: GraphColumns, before: TensorMap, after: TensorMap, newNameOf: NewNameOf): GraphAfter {
  const keys = new KeysAfter(graph, before, after, newNameOf);
  const isWanted = newNameOf(OBJECT_GRAPH_KEY) !== undefined;
  if (!keys.keepsAny && (keys.hadAny || !isWanted)) return { graph: undefined, listsAll: false, notes: [NOTHING_LEFT] };
  const rewritten = rewriteColumns(graph, keys);
  const listsAll = keys.allListed && !rewritten.leavesOut;
  return { graph: rewritten, listsAll, notes: [...mended(keys), ...rewritten.notes] };
}

/**
 * Puts the graph that belongs to the tensors of `after` among them, in place of the one that `before` has. `newNameOf` is
 * what was done to the names: nothing for a tensor that was dropped. What `others` list of `after` is listed too. A map that
 * needs no change is given back as it is. Throws {@link CorruptError} for a graph that cannot be followed.
 */
export function reconcileObjectGraph(
  before: TensorMap,
  after: TensorMap,
  newNameOf: NewNameOf,
  { dropGraph = false, others = [] }: ReconcileOptions = {},
): Reconciled {
  const old = before.get(OBJECT_GRAPH_KEY);
  if (old === undefined) return { tensors: after, notes: [] };
  const newName = newNameOf(OBJECT_GRAPH_KEY);
  const movedName = newName !== undefined && after.has(newName) ? newName : undefined;
  if (dropGraph) return { tensors: withGraph(after, movedName, undefined), notes: [] };
  const graph = graphColumnsOf(before) as GraphColumns;
  const own = graphAfter(graph, before, after, (name, at) =>
    name === OBJECT_GRAPH_KEY ? movedName : newNameOf(name, at),
  );
  if (own.graph === undefined && others.length === 0) {
    return { tensors: withGraph(after, movedName, undefined), notes: own.notes };
  }
  const bytes = wholeGraph(own, others, after);
  if (bytes === graph.bytes) {
    const tensors = movedName === OBJECT_GRAPH_KEY ? after : withGraph(after, movedName, old);
    return { tensors, notes: own.notes };
  }
  const tensor = tensorOfStrings(old.dtype, [], [bytes]);
  return { tensors: withGraph(after, movedName, tensor), notes: own.notes };
}

/** The bytes of a graph with what others list, and with all tensors that have keys of objects. */
function wholeGraph({ graph, listsAll }: GraphAfter, others: readonly GraphColumns[], after: TensorMap): Uint8Array {
  if (graph !== undefined && others.length === 0 && listsAll) return graph.bytes;
  const united = unitedColumns(graph === undefined ? others : [graph.graph, ...others]);
  return withForgotten(united, listedKeys(united, after.keys()).forgotten).bytes;
}

function unitedColumns(graphs: readonly GraphColumns[]): GraphColumns {
  const [first] = graphs;
  if (graphs.length === 1) return first as GraphColumns;
  return columnsOf(graphs.map(({ bytes }) => decodeObjectGraph(bytes)).reduce(unitedGraph));
}

function mended({ missing: { examples, count } }: KeysAfter): string[] {
  if (count === 0) return [];
  const some = someOf(examples, MOST_EXAMPLES, count);
  return [`the object graph lists values that are not in the checkpoint, and does so no more: ${some}`];
}

/** Which graph a merge of several object-based checkpoints keeps: none is refused, the first, the last, or none at all. */
export type ObjectGraphPolicy = 'refuse' | 'first' | 'last' | 'drop';

export interface MergeableInputs {
  /** The inputs, at most one of which still has a graph. */
  readonly inputs: readonly TensorMap[];
  readonly notes: readonly string[];
}

/**
 * Makes inputs that can be merged: takes the graphs away that the policy does not keep. Graphs equal to the byte count as
 * one. Throws {@link NameError} for two different ones under `refuse`.
 */
export function mergeObjectGraphs(inputs: readonly TensorMap[], policy: ObjectGraphPolicy = 'refuse'): MergeableInputs {
  const owners = inputs.filter((input) => input.has(OBJECT_GRAPH_KEY));
  const [first] = owners;
  if (first === undefined) return { inputs, notes: [] };
  const firstGraph = first.get(OBJECT_GRAPH_KEY) as Tensor;
  const differ = owners.some((input) => !sameContent(firstGraph, input.get(OBJECT_GRAPH_KEY) as Tensor));
  if (differ && policy === 'refuse') {
    throw new NameError(
      'more than one input has an object graph, and a checkpoint has one; say whose is to be kept with --object-graph first or last, or keep none with --object-graph drop',
      { colliding: [OBJECT_GRAPH_KEY] },
    );
  }
  const keeper = policy === 'drop' ? undefined : policy === 'last' ? owners.at(-1) : first;
  const others = owners.filter((input) => input !== keeper);
  if (others.length === 0) return { inputs, notes: [] };
  const kept = inputs.map((input) => (others.includes(input) ? withoutGraph(input) : input));
  return { inputs: kept, notes: differ || policy === 'drop' ? [lostGraphs(policy)] : [] };
}

/** The map without its object graph. */
export const withoutGraph = (input: TensorMap): TensorMap => drop(input, (name) => name === OBJECT_GRAPH_KEY);

function lostGraphs(policy: ObjectGraphPolicy): string {
  if (policy === 'drop') return 'the object graphs were left out; TensorFlow finds the tensors by their names only';
  return `the object graph is that of the ${policy} input that has one; it lists the tensors of the others as objects where their keys say`;
}
