/** The object graph as it lies among the tensors of a checkpoint, a string scalar, and its columns. */
import { CorruptError } from '../errors.ts';
import { DerivedMap } from '../tensor/derived-map.ts';
import { readStrings } from '../tensor/strings.ts';
import type { Tensor, TensorMap } from '../tensor/tensor.ts';
import type { GraphColumns } from './graph-columns.ts';
import { OBJECT_GRAPH_KEY } from './object-graph-key.ts';
import { readGraphColumns } from './read-columns.ts';

/** The bytes of the object graph in a tensor; throws a `CkptError` when it is none or cannot be read. */
export function graphBytes(tensor: Tensor): Uint8Array {
  if (tensor.problem !== undefined) throw tensor.problem;
  if (tensor.dtype.kind !== 'string' || tensor.shape.length > 0) {
    throw new CorruptError(`the object graph is no string scalar; drop ${OBJECT_GRAPH_KEY} to go on by names alone`, {
      where: OBJECT_GRAPH_KEY,
    });
  }
  return readStrings(tensor.source, 1)[0] as Uint8Array;
}

/** Columns of maps that do not change, while somebody has them: a listing asks for the roles and then for the names in one. */
const READ = new WeakMap<TensorMap, WeakRef<GraphColumns>>();

/** The object graph of a checkpoint as columns; nothing for one that goes by names. Throws {@link CorruptError}. */
export function graphColumnsOf(tensors: TensorMap): GraphColumns | undefined {
  const read = READ.get(tensors)?.deref();
  if (read !== undefined) return read;
  const tensor = tensors.get(OBJECT_GRAPH_KEY);
  if (tensor === undefined) return undefined;
  const columns = readGraphColumns(graphBytes(tensor));
  if (tensors instanceof DerivedMap) READ.set(tensors, new WeakRef(columns));
  return columns;
}
