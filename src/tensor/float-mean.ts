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
import { exactMean } from './exact-mean.ts';
import { floatCast, roundedFloats } from './float-cast.ts';
import type { BytesKernel } from './host-order.ts';
import { meanLoop } from './mean-loops.ts';
import { EPSILON, type Weights } from './mean-weights.ts';

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

/** The least float64 above zero. */
const LEAST = 2 ** -1074;

/** The mean of `values`, the values of one element in all inputs, where the quick way is not sure. */
export function carefulMean(
  name: FloatName,
  values: Float64Array,
  { each, total }: Weights,
  round: (value: number) => number,
): number {
  let [sum, size] = [-0, 0];
  for (let i = 0; i < values.length; i++) {
    const term = values[i]! * each[i]!;
    sum += term;
    size += Math.abs(term);
  }
  if (size === 0 && isZero(values)) return sum;
  if (!Number.isFinite(size)) return nonFiniteMean(name, values, each);
  const mean = sum / total;
  const error = ((2 * values.length + 4) * EPSILON * size) / total + LEAST;
  const [low, high] = [round(mean - error), round(mean + error)];
  return low === high && low !== 0 && name !== 'float64' ? low : exactMean(name, values, each);
}

function isZero(values: Float64Array): boolean {
  for (let i = 0; i < values.length; i++) if (values[i] !== 0) return false;
  return true;
}

/** As adding would have it: of two infinities of different sign, and of NaN, NaN. Finite numbers may merely be large. */
function nonFiniteMean(name: FloatName, values: Float64Array, weights: Float64Array): number {
  if (values.every(Number.isFinite)) return exactMean(name, values, weights);
  return values.reduce((sum, value, i) => (Number.isFinite(value) || weights[i] === 0 ? sum : sum + value), 0);
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

/** Means of a float dtype. */
export function meanKernel(
  name: FloatName,
  weights: Weights,
): (inputs: readonly Uint8Array[], target: Uint8Array) => void {
  const { width } = dtypeOf(name);
  const [decode, encode]: BytesKernel[] = [floatCast(name, 'float64'), roundedFloats(name)];
  const round = rounder(name);
  const addUp = meanLoop(name, weights);
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
    const doubts = addUp(values, means, doubtful);
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
