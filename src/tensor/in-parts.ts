/** A whole tensor as the parts of a partitioned one: each a slice, of which nothing is read until it is asked for. */
import { sliceTensor } from './slice-tensor.ts';
import type { Tensor, TensorPart } from './tensor.ts';
import { boxOf, type TensorSlice } from './tensor-slice.ts';

/** The tensor in these parts; throws `CorruptError` for a slice that leaves its shape, `name` says of what. */
export function inParts(name: string, tensor: Tensor, slices: readonly TensorSlice[]): Tensor {
  const parts = slices.map((slice): TensorPart => {
    const { start, shape } = boxOf(slice, tensor.shape, `tensor ${name}`);
    const ranges = start.map((from, axis) => ({ start: from, stop: from + (shape[axis] as number) }));
    return { slice, tensor: sliceTensor(tensor, ranges) };
  });
  const { dtype, shape } = tensor;
  const byteLength = parts.reduce((sum, part) => sum + part.tensor.byteLength, 0);
  return {
    dtype,
    shape,
    byteLength,
    get source() {
      return tensor.source;
    },
    parts,
  };
}
