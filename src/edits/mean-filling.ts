/** The mean along an axis as what new rows hold: computed once for each stretch of a row, in float64 with the errors of adding kept. */
import { type ByteSource, CHUNK_BYTES } from '../bytes/source.ts';
import type { DType } from '../tensor/dtype.ts';
import { elementCount, type Shape } from '../tensor/shape.ts';
import { FloatSource } from './filling.ts';
import { floatsOfNumbers } from './numbers.ts';

/** Elements of a row whose means are held at a time. */
const STRETCH = 64 * 1024;

class AxisMeans {
  readonly #inner: number;
  readonly #rows: number;
  readonly #decode: (bytes: Uint8Array, out: Float64Array) => void;
  readonly #means: Float64Array;
  readonly #errors: Float64Array;
  #held = -1;

  constructor(
    readonly input: ByteSource,
    readonly dtype: DType,
    shape: Shape,
    axis: number,
  ) {
    this.#rows = shape[axis] as number;
    this.#inner = elementCount(shape.slice(axis + 1));
    this.#decode = floatsOfNumbers(dtype);
    this.#means = new Float64Array(Math.min(this.#inner, STRETCH));
    this.#errors = new Float64Array(this.#means.length);
  }

  /** Fills `out`, which ends no later than the row does, with the means of elements `at` and on of the rows of `outer`. */
  fill(out: Float64Array, outer: number, at: number): void {
    for (let done = 0; done < out.length; ) {
      const stretch = Math.floor((at + done) / STRETCH);
      this.#hold(outer, stretch);
      const skip = at + done - stretch * STRETCH;
      const count = Math.min(out.length - done, this.#means.length - skip);
      out.set(this.#means.subarray(skip, skip + count), done);
      done += count;
    }
  }

  #hold(outer: number, stretch: number): void {
    const key = outer * Math.ceil(this.#inner / STRETCH) + stretch;
    if (key === this.#held) return;
    const from = stretch * STRETCH;
    const size = Math.min(STRETCH, this.#inner - from);
    this.#means.fill(0);
    this.#errors.fill(0);
    const together = size === this.#inner ? Math.max(1, Math.floor(CHUNK_BYTES / (size * this.dtype.width))) : 1;
    const bytes = new Uint8Array(together * size * this.dtype.width);
    const values = new Float64Array(together * size);
    for (let row = 0; row < this.#rows; row += together) {
      const count = Math.min(together, this.#rows - row) * size;
      const part = bytes.subarray(0, count * this.dtype.width);
      this.input.readInto(part, ((outer * this.#rows + row) * this.#inner + from) * this.dtype.width);
      this.#decode(part, values.subarray(0, count));
      this.#add(values, count, size);
    }
    for (let i = 0; i < size; i++) this.#means[i] = (this.#means[i]! + this.#errors[i]!) / this.#rows;
    this.#held = key;
  }

  /** Neumaier's summation, column by column. */
  #add(values: Float64Array, count: number, size: number): void {
    const [sums, errors] = [this.#means, this.#errors];
    for (let at = 0; at < count; at += size) {
      for (let i = 0; i < size; i++) {
        const [sum, value] = [sums[i]!, values[at + i]!];
        const total = sum + value;
        errors[i]! += Math.abs(sum) >= Math.abs(value) ? sum - total + value : value - total + sum;
        sums[i] = total;
      }
    }
  }
}

/** A source of `size` rows along the axis, each the mean of the input's rows. */
export function meanSource(input: ByteSource, dtype: DType, shape: Shape, axis: number, size: number): ByteSource {
  const means = new AxisMeans(input, dtype, shape, axis);
  const inner = elementCount(shape.slice(axis + 1));
  const target = [...shape.slice(0, axis), size, ...shape.slice(axis + 1)];
  return new FloatSource(dtype, target, (out, first) => {
    for (let done = 0; done < out.length; ) {
      const row = Math.floor((first + done) / inner);
      const at = first + done - row * inner;
      const count = Math.min(inner - at, out.length - done);
      means.fill(out.subarray(done, done + count), Math.floor(row / size), at);
      done += count;
    }
  });
}
