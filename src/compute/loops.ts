/** The loops of kernels over one buffer: inputs at every stride from its start, the result behind them, and room for notes. */
import type { ChecksumBuffer } from '../bytes/crc32c-engine.ts';
import { addLosses, type Losses } from '../tensor/cast-losses.ts';
import type { FloatName } from '../tensor/code-tables.ts';
import { dtypeOf } from '../tensor/dtype.ts';
import { floatCast } from '../tensor/float-cast.ts';
import { floatKernels, meanKernels } from '../tensor/float-kernels.ts';
import { carefulMean, meanKernel } from '../tensor/float-mean.ts';
import { meanRatio, shareOf, sharesOf, weightsOf } from '../tensor/mean-weights.ts';
import type { ComputeKernel } from '../tensor/tensor.ts';

/** Makes `count` elements, and adds what was lost. */
export type Loop = (count: number, losses: Losses) => void;

/** Any cast, and its losses, through float64. */
function plainCast(from: FloatName, to: FloatName, { buffer }: ChecksumBuffer, stride: number): Loop {
  const [inputWidth, width] = [dtypeOf(from).width, dtypeOf(to).width];
  const kernel = floatCast(from, to);
  const [widenOld, widenNew] = [floatCast(from, 'float64'), floatCast(to, 'float64')];
  let [old, made] = [new Float64Array(0), new Float64Array(0)];
  return (count, losses) => {
    const input = buffer.subarray(0, count * inputWidth);
    const result = buffer.subarray(stride, stride + count * width);
    kernel(input, result);
    if (old.length < count) [old, made] = [new Float64Array(count), new Float64Array(count)];
    widenOld(input, new Uint8Array(old.buffer, 0, 8 * count));
    widenNew(result, new Uint8Array(made.buffer, 0, 8 * count));
    addLosses(losses, old, made, count);
  };
}

/** The casts of float32 that go eight at a time. */
const QUICK_CASTS = { bfloat16: 'bfloat16OfFloat32', float16: 'float16OfFloat32' } as const;

/** float32 to one of two bytes, eight at a time; the last few as any other cast. */
function quickCast(from: FloatName, to: FloatName, engine: ChecksumBuffer, stride: number): Loop | undefined {
  const kernels = floatKernels(engine);
  if (kernels === undefined || from !== 'float32' || !(to === 'bfloat16' || to === 'float16')) return undefined;
  const kernel = QUICK_CASTS[to];
  const { exports, start } = kernels;
  const notes = 2 * stride;
  const counts = new Uint32Array(engine.buffer.buffer, start + notes, 2);
  const largest = new Float32Array(engine.buffer.buffer, start + notes + 8, 1);
  const rest = plainCast(from, to, engine, stride);
  return (count, losses) => {
    const eights = count - (count % 8);
    if (eights < count) {
      // The whole stretch once more is simpler than its end alone, and happens once a tensor.
      rest(count, losses);
      return;
    }
    counts.fill(0);
    largest[0] = 0;
    exports[kernel](start, start + stride, eights, start + notes);
    losses.overflow += counts[0] as number;
    losses.underflow += counts[1] as number;
    losses.largestError = Math.max(losses.largestError, largest[0] as number);
  };
}

function plainMean(dtype: FloatName, weights: readonly number[], { buffer }: ChecksumBuffer, stride: number): Loop {
  const { width } = dtypeOf(dtype);
  const kernel = meanKernel(dtype, weightsOf(weights));
  return (count) => {
    const inputs = weights.map((_, i) => buffer.subarray(i * stride, i * stride + count * width));
    const result = weights.length * stride;
    kernel(inputs, buffer.subarray(result, result + count * width));
  };
}

/** Means of float32 four at a time; where that is not sure, with care. */
function quickMean(given: readonly number[], engine: ChecksumBuffer, stride: number): Loop | undefined {
  const kernels = meanKernels(engine);
  const weights = weightsOf(given);
  const isShort = Number.isFinite(weights.bits);
  const each = isShort ? weights.each : sharesOf(weights);
  if (kernels === undefined || each === undefined) return undefined;
  const { exports, start } = kernels;
  const { buffer } = engine;
  const inputs = given.length;
  const [result, notes] = [start + inputs * stride, start + (inputs + 1) * stride];
  const doubtsAt = notes + 8 * inputs;
  new Float64Array(buffer.buffer, notes, inputs).set(each);
  const doubts = new Uint32Array(buffer.buffer, doubtsAt, (stride - 8 * inputs) >>> 2);
  const ratio = meanRatio('float32', weights) / Math.max(...each);
  const kernel = (count: number): number =>
    isShort
      ? exports.meansOfFloat32(start, stride, inputs, count, result, notes, weights.total, ratio, doubtsAt)
      : exports.meansWithinOfFloat32(start, stride, inputs, count, result, notes, shareOf(inputs), doubtsAt);
  const floats = new Float32Array(buffer.buffer, start, buffer.length >>> 2);
  const plain = plainMean('float32', given, engine, stride);
  const element = new Float64Array(inputs);
  const careful = (i: number): void => {
    let isNan = -1;
    for (let k = 0; k < inputs; k++) {
      element[k] = floats[(k * stride) / 4 + i] as number;
      if (isNan < 0 && Number.isNaN(element[k])) isNan = k;
    }
    const at = inputs * stride + 4 * i;
    floats[at / 4] = carefulMean('float32', element, weights, Math.fround);
    // A NaN keeps its bits: those of the first input that has one.
    if (isNan >= 0) buffer.copyWithin(at, isNan * stride + 4 * i, isNan * stride + 4 * i + 4);
  };
  return (count, losses) => {
    if (count % 4 !== 0) return plain(count, losses);
    const found = kernel(count);
    for (let d = 0; d < found; d++) {
      for (let lane = 0; lane < 4; lane++) careful((doubts[d] as number) + lane);
    }
  };
}

/** The quickest loop that there is for a kernel. */
export function loopOf(kernel: ComputeKernel, engine: ChecksumBuffer, stride: number, inputs: number): Loop {
  if (kernel.kind === 'cast') {
    const { from, to } = kernel;
    return quickCast(from, to, engine, stride) ?? plainCast(from, to, engine, stride);
  }
  const { dtype, weights } = kernel;
  const fits = 8 * inputs + (stride >>> 2) <= stride;
  const quick = dtype === 'float32' && fits ? quickMean(weights, engine, stride) : undefined;
  return quick ?? plainMean(dtype, weights, engine, stride);
}
