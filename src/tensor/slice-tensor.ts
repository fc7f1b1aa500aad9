/** A slice of a tensor is a tensor: nothing is read until its content is, and then only the bytes that the slice needs. */
import { type ByteSource, MemorySource, readBytes } from '../bytes/source.ts';
import { MismatchError, UnsupportedError } from '../errors.ts';
import { elementCount, formatShape, type Shape } from './shape.ts';
import { type AxisRange, StridedSource } from './strided-source.ts';
import { StringElements } from './string-elements.ts';
import { StringsEncoder } from './strings.ts';
import type { Tensor } from './tensor.ts';

/** One axis of a slice, by numpy's rules: an index drops the axis, a range keeps it; negative counts from the end. */
export type AxisSelector =
  | number
  | { readonly start?: number | undefined; readonly stop?: number | undefined; readonly step?: number | undefined };

function rangeOf(selector: AxisSelector, size: number, axis: number, shape: Shape): AxisRange {
  if (typeof selector === 'number') {
    const start = selector < 0 ? selector + size : selector;
    if (!Number.isInteger(start) || start < 0 || start >= size) {
      throw new MismatchError(
        `index ${selector} leaves axis ${axis} of shape ${formatShape(shape)}`,
        '',
        `${-size} to ${size - 1}`,
        String(selector),
      );
    }
    return { start, step: 1, count: 1 };
  }
  const step = selector.step ?? 1;
  checkBounds(selector.start, selector.stop, step);
  const [lowest, highest] = step > 0 ? [0, size] : [-1, size - 1];
  const clamp = (at: number): number => Math.min(Math.max(at < 0 ? at + size : at, lowest), highest);
  const start = selector.start === undefined ? (step > 0 ? lowest : highest) : clamp(selector.start);
  const stop = selector.stop === undefined ? (step > 0 ? highest : lowest) : clamp(selector.stop);
  return { start, step, count: Math.max(0, Math.ceil((stop - start) / step)) };
}

function checkBounds(start: number | undefined, stop: number | undefined, step: number): void {
  for (const bound of [start, stop]) {
    if (bound === undefined || Number.isInteger(bound)) continue;
    const message = `a slice starts and stops at whole numbers, not at ${bound}`;
    throw new MismatchError(message, '', 'a whole number', String(bound));
  }
  if (Number.isInteger(step) && step !== 0) return;
  const message = `a slice step must be a whole number other than 0, not ${step}`;
  throw new MismatchError(message, '', 'a step', String(step));
}

/**
 * The part of a tensor that the selectors pick, one for each leading axis; axes without one are kept whole.
 *
 * @example
 * const { tensors } = await openCheckpoint('model.ckpt');
 * const weights = tensors.get('net/weights');
 * if (weights !== undefined) console.log(await readArray(sliceTensor(weights, [{ start: 0, stop: 2 }, -1])));
 */
export function sliceTensor(tensor: Tensor, selectors: readonly AxisSelector[]): Tensor {
  if (selectors.length > tensor.shape.length) {
    throw new MismatchError(
      `a slice of ${selectors.length} axes does not fit shape ${formatShape(tensor.shape)}`,
      '',
      `at most ${tensor.shape.length} axes`,
      `${selectors.length}`,
    );
  }
  const ranges = tensor.shape.map((size, axis) => rangeOf(selectors[axis] ?? {}, size, axis, tensor.shape));
  const shape = ranges.map(({ count }) => count).filter((_, axis) => typeof selectors[axis] !== 'number');
  if (tensor.dtype.kind === 'variant') {
    throw new UnsupportedError('a variant tensor cannot be sliced: its elements are opaque', 'variant slice');
  }
  const lazy =
    tensor.dtype.kind === 'string'
      ? new ChosenStrings(tensor, ranges)
      : { open: (): ByteSource => new StridedSource(tensor.source, tensor.shape, ranges, tensor.dtype.width) };
  return {
    dtype: tensor.dtype,
    shape,
    get byteLength() {
      return this.source.byteLength;
    },
    get source() {
      return lazy.open();
    },
  };
}

/** The chosen elements of a string tensor, encoded anew; the lengths are walked, only the chosen bytes are read. */
class ChosenStrings {
  #content: ByteSource | undefined;
  constructor(
    readonly tensor: Tensor,
    readonly ranges: readonly AxisRange[],
  ) {}

  open(): ByteSource {
    this.#content ??= new MemorySource(this.#read());
    return this.#content;
  }

  #read(): Uint8Array {
    const { source, shape } = this.tensor;
    const elements = new StringElements(source, elementCount(shape));
    const chosen = new StringsEncoder();
    for (const index of flatIndices(shape, this.ranges)) {
      const start = elements.startOf(index);
      chosen.add(readBytes(source, start, elements.startOf(index + 1) - start));
    }
    return chosen.toBytes();
  }
}

/** The row-major positions that the ranges pick, in order. */
function* flatIndices(shape: Shape, ranges: readonly AxisRange[], axis = 0, base = 0): Generator<number> {
  if (axis === 0 && ranges.some(({ count }) => count === 0)) return; // an axis before may be of any length
  if (axis === shape.length) {
    yield base;
    return;
  }
  const { start, step, count } = ranges[axis] as AxisRange;
  for (let i = 0; i < count; i++) {
    yield* flatIndices(shape, ranges, axis + 1, base * (shape[axis] as number) + start + i * step);
  }
}
