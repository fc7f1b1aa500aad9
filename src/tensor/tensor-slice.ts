/**
 * The box that one stored piece of a partitioned tensor fills: a start and a length along every axis. A length may be
 * absent, which means the whole axis; keys are made from exactly this spelling, so it is kept.
 * Source: tensorflow/core/framework/tensor_slice.proto and tensor_slice.cc.
 */
import { CorruptError } from '../errors.ts';
import { formatShape, type Shape } from './shape.ts';

export interface Extent {
  readonly start: number;
  /** Elements along the axis; undefined for all of them. */
  readonly length: number | undefined;
}
export type TensorSlice = readonly Extent[];

/** A slice with every length known. */
export interface Box {
  readonly start: Shape;
  readonly shape: Shape;
}

/** TensorFlow's text for a slice: `0,4:-`, a dash for a whole axis. */
export function formatTensorSlice(slice: TensorSlice): string {
  return slice.map(({ start, length }) => (length === undefined ? '-' : `${start},${length}`)).join(':');
}

/** Resolves a slice against the full shape; throws {@link CorruptError} where it leaves the shape. */
export function boxOf(slice: TensorSlice, full: Shape, where: string): Box {
  if (slice.length !== full.length) {
    throw new CorruptError(
      `${where}: slice ${formatTensorSlice(slice)} has another rank than shape ${formatShape(full)}`,
      {
        where,
      },
    );
  }
  const start = slice.map((extent) => (extent.length === undefined ? 0 : extent.start));
  const shape = slice.map((extent, axis) => extent.length ?? (full[axis] as number));
  for (const [axis, size] of shape.entries()) {
    const from = start[axis] as number;
    if (from < 0 || size < 0 || from + size > (full[axis] as number)) {
      throw new CorruptError(
        `${where}: slice ${formatTensorSlice(slice)} reaches beyond shape ${formatShape(full)} on axis ${axis}`,
        { where },
      );
    }
  }
  return { start, shape };
}

/** Whether two boxes of one rank share an element. */
export function boxesOverlap(a: Box, b: Box): boolean {
  return a.start.every((start, axis) => {
    const other = b.start[axis] as number;
    return start < other + (b.shape[axis] as number) && other < start + (a.shape[axis] as number);
  });
}
