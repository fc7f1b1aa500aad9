/**
 * Loops that add up means of many elements in float64, and say of which they are not sure: those are left to whoever called.
 */
import type { FloatName } from './code-tables.ts';
import { dtypeOf } from './dtype.ts';
import { ExactSum } from './exact-sum.ts';
import { roundedFloats } from './float-cast.ts';
import { meanRatio, shareOf, sharesOf, type Weights } from './mean-weights.ts';

/** Fills `means` for elements of `inputs`, and `doubtful` with the places of those that are not sure; returns how many these are. */
export type MeanLoop = (inputs: readonly Float64Array[], means: Float64Array, doubtful: Int32Array) => number;

/** Sums that are exact where the largest term is at most `ratio` times the least, and then round as they should. */
function addUp({ each, total }: Weights, ratio: number): MeanLoop {
  return (inputs, means, doubtful) => {
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
  };
}

/** Float64 lists as bytes. */
const bytesOf = ({ buffer, byteOffset, byteLength }: Float64Array): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

/** Notes where `means` and `ends` are not the same float; both are float32 already. */
type Compare = (means: Float64Array, ends: Float64Array, doubtful: Int32Array) => number;

const compareFloat32: Compare = (means, ends, doubtful) => {
  let doubts = 0;
  for (let i = 0; i < means.length; i++) {
    const mean = means[i]!;
    const end = ends[i]!;
    const isSure = mean === end && mean - mean === 0 && (mean !== 0 || Object.is(mean, end));
    if (!isSure) doubtful[doubts++] = i;
  }
  return doubts;
};

/** The same once both are rounded to a narrower float. */
function compareAs(name: FloatName): Compare {
  const round = roundedFloats(name);
  const { width } = dtypeOf(name);
  let [codes, others] = [new Uint16Array(0), new Uint16Array(0)];
  const encode = (floats: Float64Array, target: Uint16Array): Uint8Array | Uint16Array => {
    const bytes = new Uint8Array(target.buffer, 0, floats.length * width);
    round(bytesOf(floats), bytes);
    return width === 1 ? bytes : target;
  };
  return (means, ends, doubtful) => {
    if (codes.length < means.length) [codes, others] = [new Uint16Array(means.length), new Uint16Array(means.length)];
    const [first, second] = [encode(means, codes), encode(ends, others)];
    let doubts = 0;
    for (let i = 0; i < means.length; i++) {
      if (first[i] !== second[i] || means[i]! - means[i]! !== 0) doubtful[doubts++] = i;
    }
    return doubts;
  };
}

/**
 * For weights of any kind, of float32 and narrower floats, whose shares of the total are given: sure is what both ends of the
 * error round to. Narrower floats are rounded from float32, so the ends lie so much further apart.
 */
function addUpWithin(name: FloatName, shares: Float64Array): MeanLoop {
  const share = shareOf(shares.length);
  const [wider, least] = name === 'float32' ? [0, 0] : [2 ** -23, 2 ** -149];
  const compare = name === 'float32' ? compareFloat32 : compareAs(name);
  let ends = new Float64Array(0);
  return (inputs, means, doubtful) => {
    const count = inputs.length;
    if (ends.length < means.length) ends = new Float64Array(means.length);
    for (let i = 0; i < means.length; i++) {
      let sum = -0;
      let size = 0;
      for (let k = 0; k < count; k++) {
        const term = inputs[k]![i]! * shares[k]!;
        sum += term;
        size += Math.abs(term);
      }
      const error = size === 0 ? 0 : share * size + wider * Math.abs(sum) + least;
      means[i] = Math.fround(sum - error);
      ends[i] = Math.fround(sum + error);
    }
    return compare(means, ends, doubtful);
  };
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
const addUpDouble: MeanLoop = (inputs, means, doubtful) => {
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
};

/** `a * b` less its rounded value (Dekker): of halves each product is exact, and added up in this order nothing is lost. */
function wholeProductError(a: number, b: number, product: number): number {
  const scaledA = SPLITTER * a;
  const scaledB = SPLITTER * b;
  const upperA = scaledA - (scaledA - a);
  const upperB = scaledB - (scaledB - b);
  const lowerA = a - upperA;
  const lowerB = b - upperB;
  return lowerA * lowerB - (product - upperA * upperB - lowerA * upperB - upperA * lowerB);
}

/** Float64 with weights: all is held as two numbers, whose error has a bound, and what rounds in one way only is sure. */
function addUpDoubleWithin(weights: Float64Array): MeanLoop {
  const [total, more] = twoSum(weights);
  const share = (4 * weights.length ** 2 + 32) * 2 ** -105;
  return (inputs, means, doubtful) => {
    const count = inputs.length;
    let doubts = 0;
    for (let i = 0; i < means.length; i++) {
      let sum = -0;
      let rest = 0;
      let size = 0;
      for (let k = 0; k < count; k++) {
        const x = inputs[k]![i]!;
        const weight = weights[k]!;
        const term = x * weight;
        const next = sum + term;
        const part = next - sum;
        rest += sum - (next - part) + (term - part) + wholeProductError(x, weight, term);
        sum = next;
        size += Math.abs(term);
      }
      const quotient = sum / total;
      const product = quotient * total;
      const left = sum - product - wholeProductError(quotient, total, product);
      const correction = (left + rest - quotient * more) / total;
      const error = (share * size) / total;
      const mean = quotient + (correction - error);
      means[i] = mean;
      const isSure = mean === quotient + (correction + error) && mean !== 0;
      if (!(isSure && size < LARGE && size > SMALL)) doubtful[doubts++] = i;
    }
    return doubts;
  };
}

/** A sum as its nearest number and what that lacks. */
function twoSum(terms: Float64Array): readonly [sum: number, rest: number] {
  const exact = new ExactSum();
  for (const term of terms) exact.add(term);
  const { value } = exact;
  return [value, exact.high - value + exact.low];
}

/** A loop that is sure of nothing. */
const doubtAll: MeanLoop = (_, means, doubtful) => {
  for (let i = 0; i < means.length; i++) doubtful[i] = i;
  return means.length;
};

/** The loop that is sure of most. */
export function meanLoop(name: FloatName, weights: Weights): MeanLoop {
  if (name === 'float64') return weights.bits === 0 ? addUpDouble : addUpDoubleWithin(weights.each);
  if (Number.isFinite(weights.bits)) return addUp(weights, meanRatio(name, weights));
  const shares = sharesOf(weights);
  return shares === undefined ? doubtAll : addUpWithin(name, shares);
}
