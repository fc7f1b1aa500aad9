/** The object graph of TF2 that a file of another format keeps in its record. */
import { TextMap } from '../bytes/text-map.ts';
import { dtypeOf } from '../tensor/dtype.ts';
import { type TensorMap, tensorOfStrings } from '../tensor/tensor.ts';

/** The tensor in which TF2 keeps its objects (tensorflow/python/trackable/base.py); it goes into the record. */
export const OBJECT_GRAPH_KEY = '_CHECKPOINTABLE_OBJECT_GRAPH';

/** The object graph of a record among its tensors, where there is one. */
export function withObjectGraph(
  tensors: TensorMap,
  { objectGraph }: { readonly objectGraph: Uint8Array | undefined },
): TensorMap {
  if (objectGraph === undefined || tensors.has(OBJECT_GRAPH_KEY)) return tensors;
  const graph = tensorOfStrings(dtypeOf('string'), [], [objectGraph]);
  return new TextMap([...tensors, [OBJECT_GRAPH_KEY, graph]]);
}
