/**
 * A slice as people write it, `0:5,:8` or `-1,...,::2`, by numpy's rules for basic slicing: an index drops its axis, a
 * range keeps it, and `...` stands for as many whole axes as are left.
 */
import { MismatchError } from '../errors.ts';
import { formatShape, type Shape } from './shape.ts';
import type { AxisSelector } from './slice-tensor.ts';

const ELLIPSIS = '...';
const INDEX = /^[+-]?\d{1,15}$/;

/** A slice as it was written: it fits a shape only once the number of axes is known. */
export type SliceText = readonly (AxisSelector | typeof ELLIPSIS)[];

function parseBound(text: string): number | undefined | null {
  if (text === '') return undefined;
  return INDEX.test(text) ? Number(text) : null;
}

function parseAxis(text: string): AxisSelector | typeof ELLIPSIS | null {
  if (text === ELLIPSIS) return ELLIPSIS;
  if (INDEX.test(text)) return Number(text);
  const bounds = text.split(':').map((bound) => parseBound(bound.trim()));
  if (bounds.length < 2 || bounds.length > 3) return null;
  const [start, stop, step] = bounds;
  return start === null || stop === null || step === null ? null : { start, stop, step };
}

/** Parses what stands between the brackets; undefined for text that is no slice. */
export function parseSlice(text: string): SliceText | undefined {
  const items = text.split(',').map((item) => item.trim());
  if (items.length > 1 && items.at(-1) === '') items.pop();
  const axes = items.map(parseAxis);
  if (axes.some((axis) => axis === null)) return undefined;
  if (axes.filter((axis) => axis === ELLIPSIS).length > 1) return undefined;
  return axes as SliceText;
}

/** One selector for each axis of a shape that the slice names; throws {@link MismatchError} when it names too many. */
export function fitSlice(slice: SliceText, shape: Shape): AxisSelector[] {
  const named = slice.filter((axis) => axis !== ELLIPSIS).length;
  if (named > shape.length) {
    throw new MismatchError(
      `a slice of ${named} axes does not fit shape ${formatShape(shape)}`,
      '',
      `at most ${shape.length} axes`,
      `${named}`,
    );
  }
  return slice.flatMap((axis) =>
    axis === ELLIPSIS ? Array.from({ length: shape.length - named }, () => ({})) : [axis as AxisSelector],
  );
}
