/**
 * Means of elements that stand at the same place in several inputs, each the nearest number that the dtype has to the exact
 * mean, in any order of the inputs.
 *
 * Float64 holds sums of narrower floats exactly as long as they are not too far apart, and then their quotient rounds as the
 * exact mean does: where the largest of `n` terms is at most 2^(53-p)/4nW of the least, `p` being the bits of a term and `W` the
 * sum of the weights as whole numbers. Elsewhere the mean is computed with a bound of its error, and where both ends of that do
 * not round to one number, `exactMean` decides.
 */
import type { FloatName } from './code-tables.ts';
import { dtypeOf } from './dtype.ts';
import { exactMean, precisionOf } from './exact-mean.ts';
import { floatCast, roundedFloats } from './float-cast.ts';
import type { BytesKernel } from './host-order.ts';

/** Weights as whole numbers, if they are short: products with them are exact where the sum of all is. */
export interface Weights {
  readonly each: Float64Array;
  readonly total: number;
  /** Bits that a product has beyond those of a number; infinite for weights that are no short whole numbers. */
  readonly bits: number;
}

const MOST_WEIGHT_BITS = 12;

/** Weights in the right proportion, as whole numbers where few bits say it. */
export function weightsOf(given: ArrayLike<number>): Weights {
  const least = Math.min(...Array.from(given).filter((weight) => weight > 0));
  const equal = Array.from(given).every((weight) => weight === least);
  if (equal) return { each: new Float64Array(given.length).fill(1), total: given.length, bits: 0 };
  for (let bits = 0; bits <= 2 * MOST_WEIGHT_BITS; bits++) {
    const each = Float64Array.from(given, (weight) => weight * 2 ** bits);
    const largest = Math.max(...each);
    if (largest >= 2 ** MOST_WEIGHT_BITS) break;
    if (each.every(Number.isInteger)) {
      return { each, total: each.reduce((sum, weight) => sum + weight, 0), bits: Math.ceil(Math.log2(largest + 1)) };
    }
  }
  const each = Float64Array.from(given);
  return { each, total: each.reduce((sum, weight) => sum + weight, 0), bits: Number.POSITIVE_INFINITY };
}

/** How many times the least term the largest may be, zeros aside, for a sum in float64 to be exact and to round as it should. */
export function meanRatio(name: FloatName, { each, total, bits }: Weights): number {
  return 2 ** (53 - precisionOf(name) - bits) / (4 * each.length * total);
}

/** Rounds one float64 to the dtype and widens it again. */
function rounder(name: FloatName): (value: number) => number {
  if (name === 'float32') return Math.fround;
  const [value, back] = [new Float64Array(1), new Float64Array(1)];
  const code = new Uint8Array(dtypeOf(name).width);
  const [round, widen] = [roundedFloats(name), floatCast(name, 'float64')];
  return (number) => {
    value[0] = number;
    round(new Uint8Array(value.buffer), code);
    widen(code, new Uint8Array(back.buffer));
    return back[0] as number;
  };
}

/** A unit in the last place of float64, relative; and the least number above zero. */
const EPSILON = 2 ** -53;
const LEAST = 2 ** -1074;

/** The mean of `values`, the values of one element in all inputs, where the quick way is not sure. */
export function carefulMean(
  name: FloatName,
  values: Float64Array,
  { each, total }: Weights,
  round: (value: number) => number,
): number {
  let [sum, size] = [0, 0];
  for (let i = 0; i < values.length; i++) {
    const term = values[i]! * each[i]!;
    sum += term;
    size += Math.abs(term);
  }
  if (!Number.isFinite(size)) return nonFiniteMean(name, values, each);
  const mean = sum / total;
  const error = ((2 * values.length + 4) * EPSILON * size) / total + LEAST;
  const [low, high] = [round(mean - error), round(mean + error)];
  return low === high && low !== 0 && name !== 'float64' ? low : exactMean(name, values, each);
}

/** As adding would have it: of two infinities of different sign, and of NaN, NaN. Finite numbers may merely be large. */
function nonFiniteMean(name: FloatName, values: Float64Array, weights: Float64Array): number {
  if (values.every(Number.isFinite)) return exactMean(name, values, weights);
  return values.reduce((sum, value, i) => (Number.isFinite(value) || weights[i] === 0 ? sum : sum + value), 0);
}

/** Sums `terms` of float64 into `means` and notes, in `doubtful`, where that may have lost something. Returns how many. */
function addUp(
  inputs: readonly Float64Array[],
  { each, total }: Weights,
  ratio: number,
  means: Float64Array,
  doubtful: Int32Array,
): number {
  const count = inputs.length;
  let doubts = 0;
  for (let i = 0; i < means.length; i++) {
    let sum = -0;
    let largest = 0;
    let least = Number.POSITIVE_INFINITY;
    for (let k = 0; k < count; k++) {
      const term = inputs[k]![i]! * each[k]!;
      const size = Math.abs(term);
      sum += term;
      if (size > largest) largest = size;
      if (size < least && size !== 0) least = size;
    }
    means[i] = sum / total;
    if (!(largest <= ratio * least && sum - sum === 0)) doubtful[doubts++] = i;
  }
  return doubts;
}

/** The same for weights that are no short whole numbers, of float32: sure is what both ends of the error round to. */
function addUpWithin(
  inputs: readonly Float64Array[],
  { each, total }: Weights,
  means: Float64Array,
  doubtful: Int32Array,
): number {
  const count = inputs.length;
  const share = ((2 * count + 4) * EPSILON) / total;
  let doubts = 0;
  for (let i = 0; i < means.length; i++) {
    let sum = 0;
    let size = 0;
    for (let k = 0; k < count; k++) {
      const term = inputs[k]![i]! * each[k]!;
      sum += term;
      size += Math.abs(term);
    }
    const mean = sum / total;
    const error = share * size + LEAST;
    const low = Math.fround(mean - error);
    means[i] = low;
    if (!(low === Math.fround(mean + error) && low !== 0 && size - size === 0)) doubtful[doubts++] = i;
  }
  return doubts;
}

/** Splits a float64 in two halves of 26 bits (Veltkamp). */
const SPLITTER = 2 ** 27 + 1;
/** Between these no step below loses a bit to an exponent that is too large or too small. */
const [SMALL, LARGE] = [2 ** -900, 2 ** 900];

/** `a * b` less its rounded value; `b` has at most 26 bits. */
function productError(a: number, b: number, product: number): number {
  const scaled = SPLITTER * a;
  const upper = scaled - (scaled - a);
  return upper * b - product + (a - upper) * b;
}

/**
 * Equal means of float64: the sum is held as two numbers, exactly where no third would be needed, and so is the quotient; what
 * then rounds in one way only is sure.
 */
function addUpDouble(inputs: readonly Float64Array[], means: Float64Array, doubtful: Int32Array): number {
  const count = inputs.length;
  let doubts = 0;
  for (let i = 0; i < means.length; i++) {
    let sum = inputs[0]![i]!;
    let rest = 0;
    let lost = 0;
    for (let k = 1; k < count; k++) {
      const x = inputs[k]![i]!;
      const next = sum + x;
      const part = next - sum;
      const error = sum - (next - part) + (x - part);
      const more = rest + error;
      const own = more - rest;
      lost += Math.abs(rest - (more - own) + (error - own));
      sum = next;
      rest = more;
    }
    const quotient = sum / count;
    const product = quotient * count;
    const left = sum - product - productError(quotient, count, product);
    const further = left + rest;
    const own = further - left;
    lost += Math.abs(left - (further - own) + (rest - own));
    const correction = further / count;
    const mean = quotient + correction;
    means[i] = mean;
    const back = correction * count;
    const isExact = back === further && productError(correction, count, back) === 0;
    const near = correction * 2 ** -50;
    const isSure = isExact || quotient + (correction - near) === quotient + (correction + near);
    const size = Math.abs(mean);
    const tiny = correction !== 0 && Math.abs(correction) < SMALL;
    if (!(isSure && lost === 0 && size < LARGE && size > SMALL && !tiny)) doubtful[doubts++] = i;
  }
  return doubts;
}

/** A NaN keeps its bits: those of the first input that has one. */
function copyNan(
  inputs: readonly Uint8Array[],
  values: Float64Array,
  target: Uint8Array,
  at: number,
  width: number,
): void {
  const from = values.findIndex(Number.isNaN);
  if (from < 0) return;
  target.set((inputs[from] as Uint8Array).subarray(at * width, (at + 1) * width), at * width);
}

/** Whichever way is sure of most. */
function addUpAll(
  name: FloatName,
  inputs: readonly Float64Array[],
  weights: Weights,
  ratio: number,
  means: Float64Array,
  doubtful: Int32Array,
): number {
  if (name === 'float64' && weights.bits === 0) return addUpDouble(inputs, means, doubtful);
  if (name === 'float32' && ratio === 0) return addUpWithin(inputs, weights, means, doubtful);
  return addUp(inputs, weights, ratio, means, doubtful);
}

/** Means of a float dtype. */
export function meanKernel(
  name: FloatName,
  weights: Weights,
): (inputs: readonly Uint8Array[], target: Uint8Array) => void {
  const { width } = dtypeOf(name);
  const [decode, encode]: BytesKernel[] = [floatCast(name, 'float64'), roundedFloats(name)];
  const round = rounder(name);
  const ratio = meanRatio(name, weights);
  let wide: Float64Array[] = [];
  let doubtful = new Int32Array(0);
  const bytesOf = (array: Float64Array): Uint8Array => new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
  return (inputs, target) => {
    const count = target.length / width;
    if (doubtful.length < count) {
      doubtful = new Int32Array(count);
      wide = Array.from({ length: inputs.length + 1 }, () => new Float64Array(count));
    }
    const [means, ...values] = wide.map((array) => array.subarray(0, count)) as [Float64Array, ...Float64Array[]];
    for (const [k, input] of inputs.entries()) decode?.(input, bytesOf(values[k] as Float64Array));
    const doubts = addUpAll(name, values, weights, ratio, means, doubtful);
    const element = new Float64Array(inputs.length);
    for (let d = 0; d < doubts; d++) {
      const i = doubtful[d] as number;
      for (let k = 0; k < element.length; k++) element[k] = (values[k] as Float64Array)[i] as number;
      means[i] = carefulMean(name, element, weights, round);
    }
    encode?.(bytesOf(means), target);
    for (let d = 0; d < doubts; d++) {
      const i = doubtful[d] as number;
      if (!Number.isNaN(means[i])) continue;
      for (let k = 0; k < element.length; k++) element[k] = (values[k] as Float64Array)[i] as number;
      copyNan(inputs, element, target, i, width);
    }
  };
}
