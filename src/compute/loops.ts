/** The loops of kernels over one buffer: inputs at every stride from its start, the result behind them, and room for notes. */
import type { ChecksumBuffer } from '../bytes/crc32c-engine.ts';
import type { FloatName } from '../tensor/code-tables.ts';
import { dtypeOf } from '../tensor/dtype.ts';
import { meanKernels } from '../tensor/float-kernels.ts';
import { carefulMean, meanKernel } from '../tensor/float-mean.ts';
import { meanRatio, shareOf, sharesOf, weightsOf } from '../tensor/mean-weights.ts';
import type { ComputeKernel } from '../tensor/tensor.ts';
import { castLoop, type Loop } from './cast-loops.ts';

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
    return castLoop(kernel.from, kernel.to, engine, stride);
  }
  const { dtype, weights } = kernel;
  const fits = 8 * inputs + (stride >>> 2) <= stride;
  const quick = dtype === 'float32' && fits ? quickMean(weights, engine, stride) : undefined;
  return quick ?? plainMean(dtype, weights, engine, stride);
}
