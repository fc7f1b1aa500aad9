/** The parts of a partitioned variable, and the whole that they are. */
import { assembleParts } from '../tensor/partitioned.ts';
import type { Shape } from '../tensor/shape.ts';
import type { Tensor, TensorPart } from '../tensor/tensor.ts';
import type { SaveSlice } from './saveable.ts';

/** A part at its place in the whole, every extent spelled out, as TensorFlow's saver spells it. */
export function placedPart(tensor: Tensor, slice: SaveSlice | undefined): TensorPart {
  return { slice: tensor.shape.map((length, axis) => ({ start: slice?.start[axis] ?? 0, length })), tensor };
}

/** The tensor of a shape that parts, of which there is at least one, make up; it reads as the whole. */
export function wholeOf(name: string, shape: Shape, parts: readonly TensorPart[]): Tensor {
  const [first] = parts;
  if (first === undefined) throw new RangeError(`${name} has no parts`);
  const { dtype } = first.tensor;
  const byteLength = parts.reduce((sum, { tensor }) => sum + tensor.byteLength, 0);
  return {
    dtype,
    shape,
    byteLength,
    parts,
    get source() {
      return assembleParts(name, { dtype, shape }, parts);
    },
  };
}
