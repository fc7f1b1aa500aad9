/** The object graph of a checkpoint as objects; `stored-columns.ts` has it for who only reads it. */
import type { Tensor, TensorMap } from '../tensor/tensor.ts';
import { decodeObjectGraph, type ObjectGraph } from './object-graph.ts';
import { OBJECT_GRAPH_KEY } from './object-graph-key.ts';
import { graphBytes } from './stored-columns.ts';

/** The object graph in a tensor; throws a `CkptError` when it is none or cannot be read. */
export function graphIn(tensor: Tensor): ObjectGraph {
  return decodeObjectGraph(graphBytes(tensor));
}

/** The object graph of a checkpoint; nothing for one that goes by names. Throws {@link CorruptError}. */
export function objectGraphOf(tensors: TensorMap): ObjectGraph | undefined {
  const tensor = tensors.get(OBJECT_GRAPH_KEY);
  return tensor === undefined ? undefined : graphIn(tensor);
}
