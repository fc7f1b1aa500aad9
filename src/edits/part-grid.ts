/** The grid that the parts of a partitioned variable make, and what becomes of it when the variable's shape changes. */
import type { Shape } from '../tensor/shape.ts';
import type { TensorPart } from '../tensor/tensor.ts';
import type { Extent, TensorSlice } from '../tensor/tensor-slice.ts';

/** Where the parts are cut along each axis: the starts, the first of which is 0. */
export type Cuts = readonly (readonly number[])[];

/** The cuts of parts that make a grid, as TensorFlow's partitioners do; undefined for any others. */
export function cutsOf(parts: readonly TensorPart[], shape: Shape): Cuts | undefined {
  const starts = shape.map(() => new Set<number>([0]));
  for (const { slice } of parts) {
    for (const [axis, { start, length }] of slice.entries()) if (length !== undefined) starts[axis]?.add(start);
  }
  const cuts = starts.map((axis) => [...axis].sort((a, b) => a - b));
  const cells = cuts.reduce((product, axis) => product * axis.length, 1);
  return cells === parts.length ? cuts : undefined;
}

/** The slices of a grid, in row-major order; an axis that is not cut is spelled as a whole one. */
export function slicesOf(cuts: Cuts, shape: Shape): TensorSlice[] {
  return cuts.reduce<Extent[][]>(
    (slices, starts, axis) =>
      slices.flatMap((slice) =>
        starts.map((start, i) => {
          const end = starts[i + 1] ?? (shape[axis] as number);
          return [...slice, starts.length === 1 ? { start: 0, length: undefined } : { start, length: end - start }];
        }),
      ),
    [[]],
  );
}

/** `size` cut into `count` stretches as `tf.fixed_size_partitioner` cuts it: the first ones are one longer. */
export function evenCuts(size: number, count: number): number[] {
  const pieces = Math.max(1, Math.min(count, size));
  const [least, longer] = [Math.floor(size / pieces), size % pieces];
  return Array.from({ length: pieces }, (_, i) => i * least + Math.min(i, longer));
}
