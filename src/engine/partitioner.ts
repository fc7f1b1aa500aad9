/** How a variable is cut into parts (`tf.compat.v1.fixed_size_partitioner`; `_iter_slices` in variable_scope.py). */
import { UsageError } from '../errors.ts';
import type { DTypeName } from '../tensor/dtype.ts';
import { formatShape, type Shape } from '../tensor/shape.ts';

/** Gives the number of parts along every axis, 1 along all but one. */
export type Partitioner = (shape: Shape, dtype: DTypeName) => readonly number[];

/** Cuts every variable into `shards` parts along `axis`, or as many as it has elements there. */
export function fixedSizePartitioner(shards: number, axis = 0): Partitioner {
  if (!Number.isInteger(shards) || shards < 1)
    throw new UsageError(`a variable has a whole number of parts, 1 or more, not ${shards}`);
  if (!Number.isInteger(axis) || axis < 0) throw new UsageError(`an axis is a whole number from 0 on, not ${axis}`);
  return (shape) => {
    if (axis >= shape.length) throw new UsageError(`shape ${formatShape(shape)} has no axis ${axis} to be cut along`);
    return shape.map((size, at) => (at === axis ? Math.min(size, shards) : 1));
  };
}

/** A part of a whole: where it begins, and its shape. */
export interface PartBox {
  readonly start: Shape;
  readonly shape: Shape;
}

/** The parts of a shape by a partitioner; those in front are one longer where they do not come out even. */
export function partBoxes(partitioner: Partitioner, shape: Shape, dtype: DTypeName): PartBox[] {
  const counts = partitioner(shape, dtype);
  const isList =
    Array.isArray(counts) && counts.length === shape.length && counts.every((n) => Number.isInteger(n) && n >= 1);
  if (!isList)
    throw new UsageError(
      `a partitioner gives a number of parts for each axis of ${formatShape(shape)}, not ${JSON.stringify(counts)}`,
    );
  const cut = counts.flatMap((count, axis) => (count > 1 ? [axis] : []));
  if (cut.length > 1) throw new UsageError(`a variable is cut along one axis, not along ${cut.join(' and ')}`);
  const axis = cut[0] ?? 0;
  const [count = 1, size = 1] = [counts[axis], shape[axis]];
  if (count > size) throw new UsageError(`axis ${axis} of ${formatShape(shape)} cannot be cut into ${count} parts`);
  const [short, longer] = [Math.floor(size / count), size % count];
  let at = 0;
  return Array.from({ length: count }, (_, i) => {
    const length = short + (i < longer ? 1 : 0);
    const start = shape.map((_, a) => (a === axis ? at : 0));
    at += length;
    return { start, shape: shape.map((whole, a) => (a === axis ? length : whole)) };
  });
}
