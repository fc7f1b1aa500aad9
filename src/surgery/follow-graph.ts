/**
 * The object graph of a map that was made in any way: renamed, filtered, merged, copied into a Map of the user's own. Each
 * tensor knows what it was called where it was read, and so the graph can be made true without being told what was done.
 */
import { TextMap, TextSet } from '../bytes/text-map.ts';
import type { GraphColumns } from '../object-graph/graph-columns.ts';
import { OBJECT_GRAPH_KEY } from '../object-graph/object-graph-key.ts';
import { graphColumnsOf } from '../object-graph/stored-columns.ts';
import { originOf } from '../tensor/origin.ts';
import type { TensorMap } from '../tensor/tensor.ts';
import { graphAfter, type Reconciled, reconcileObjectGraph } from './object-graph.ts';

/**
 * What becomes of the object graph where a map is written. `follow`: it is that of the checkpoint whose tensors these are,
 * and says what they are called now; it is there also where a choice of names left it out, as long as the tensors have keys
 * of objects. `keep`: the map is written as it is. `drop`: without a graph.
 */
export type GraphPolicy = 'follow' | 'keep' | 'drop';

/** What the tensors of one checkpoint are called in a map. */
class NewNames {
  readonly #names = new TextMap<string>();

  /** One tensor may have come to several names; its own counts most. */
  add(old: string, name: string): void {
    if (!this.#names.has(old) || old === name) this.#names.set(old, name);
  }

  of(old: string): string | undefined {
    return this.#names.get(old);
  }
}

/** What the tensors of a map were called, by the checkpoints with a graph that they come from. */
function namesByCheckpoint(after: TensorMap): { names: Map<TensorMap, NewNames>; foreign: Set<string> } {
  const names = new Map<TensorMap, NewNames>();
  const foreign = new TextSet();
  const hasGraph = new Map<TensorMap, boolean>();
  for (const [name, tensor] of after) {
    const origin = originOf(tensor);
    if (origin === undefined) foreign.add(name);
    else {
      const { tensors } = origin;
      const known = hasGraph.get(tensors) ?? tensors.has(OBJECT_GRAPH_KEY);
      hasGraph.set(tensors, known);
      if (!known) continue;
      const own = names.get(tensors) ?? new NewNames();
      names.set(tensors, own);
      own.add(origin.name, name);
    }
  }
  return { names, foreign };
}

/** Whether a map has a graph that no open checkpoint gave: whoever made it knows what it says. */
function hasOwnGraph(after: TensorMap): boolean {
  const graph = after.get(OBJECT_GRAPH_KEY);
  return graph !== undefined && originOf(graph)?.name !== OBJECT_GRAPH_KEY;
}

/** The checkpoint whose graph the map has, then the others that tensors come from. */
function ownersOf(after: TensorMap, candidates: Iterable<TensorMap>): TensorMap[] {
  const graph = after.get(OBJECT_GRAPH_KEY);
  const owner = graph === undefined ? undefined : originOf(graph)?.tensors;
  return [...new Set([...(owner === undefined ? [] : [owner]), ...candidates])];
}

/**
 * The map with the object graph that belongs to it: of tensors from several checkpoints, what the graphs of all say. Throws
 * a `CkptError` for a graph that cannot be followed.
 */
export function followGraph(after: TensorMap, policy: GraphPolicy = 'follow'): Reconciled {
  if (policy === 'keep') return { tensors: after, notes: [] };
  if (policy === 'drop') return reconcileObjectGraph(after, after, (name) => name, { dropGraph: true });
  if (hasOwnGraph(after)) return { tensors: after, notes: [] };
  const { names, foreign } = namesByCheckpoint(after);
  const [owner, ...others] = ownersOf(after, names.keys());
  if (owner === undefined) return { tensors: after, notes: [] };
  const graphs = others.map((other) => {
    const graph = graphColumnsOf(other) as GraphColumns;
    return graphAfter(graph, other, after, (name) => names.get(other)?.of(name));
  });
  const own = names.get(owner);
  // A tensor that was made anew and put in the place of another has its name.
  const newNameOf = (name: string): string | undefined => own?.of(name) ?? (foreign.has(name) ? name : undefined);
  const reconciled = reconcileObjectGraph(owner, after, newNameOf, {
    others: graphs.flatMap(({ graph }) => graph?.graph ?? []),
  });
  const leftOut = !reconciled.tensors.has(OBJECT_GRAPH_KEY) && newNameOf(OBJECT_GRAPH_KEY) === undefined;
  if (leftOut) return { tensors: after, notes: [] };
  return {
    ...reconciled,
    notes: [...reconciled.notes, ...graphs.flatMap(({ graph, notes }) => (graph === undefined ? [] : notes))],
  };
}
