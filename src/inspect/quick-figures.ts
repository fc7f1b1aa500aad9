/** Figures of many float32 tensors, taken by the threads of `compute`; loaded when there are such tensors. */
import { type ComputeResult, compute } from '../compute/compute.ts';
import { type ComputeJob, type DifferenceKernel, type MomentsKernel, widthsOf } from '../compute/compute-task.ts';
import { ChecksumError } from '../errors.ts';
import { SOUND } from '../io/range-task.ts';
import type { AlikeWithin, DifferenceFigures } from '../tensor/differences.ts';
import type { Moments } from '../tensor/moments.ts';
import { elementCount } from '../tensor/shape.ts';
import type { ByteRange, Tensor } from '../tensor/tensor.ts';
import { checkStored } from './digest.ts';

/** So many tensors at a time: each has a table of counts of 256 KiB. */
const MOST_TABLES = 64;

export interface QuickMoments {
  readonly moments: Moments;
  /** How often each upper 16 bits came, where that was asked for. */
  readonly counts: Uint32Array | undefined;
}

function jobOf(kernel: MomentsKernel | DifferenceKernel, inputs: readonly Tensor[]): ComputeJob {
  return {
    kernel,
    count: elementCount((inputs[0] as Tensor).shape),
    inputs: inputs.map(({ stored }) => ({ path: (stored as ByteRange).path, offset: (stored as ByteRange).offset })),
    target: '',
    place: 0,
    ...widthsOf(kernel),
  };
}

/** Throws where inputs could not be read, or are not what their checksums say. */
function checkRead(name: string, tensors: readonly Tensor[], { state, inputs }: ComputeResult): void {
  for (const [i, tensor] of tensors.entries()) {
    const [expected, found] = [tensor.crc32c, inputs[i] as number];
    if (state === SOUND && (expected === undefined || found === expected)) continue;
    // Says what is wrong, unless it was so for a moment.
    checkStored(name, tensor);
    if (state === SOUND || i === tensors.length - 1)
      throw new ChecksumError(`tensor ${name}: its bytes changed while they were read`, name, expected ?? 0, found);
  }
}

/** Tells `onBytes` of more bytes what `compute` tells of all. */
function asMore(onBytes: (bytes: number) => void): (done: number) => void {
  let told = 0;
  return (done) => {
    onBytes(done - told);
    told = done;
  };
}

/**
 * Gives what is known of each tensor, in their order. Throws a `CkptError` where one cannot be read, or is not what its checksum
 * says; `onBytes` hears how many bytes more were read.
 */
export async function* momentsOf(
  pairs: readonly (readonly [name: string, tensor: Tensor])[],
  withCounts: boolean,
  onBytes: (bytes: number) => void = () => {},
): AsyncGenerator<QuickMoments> {
  const size = withCounts ? MOST_TABLES : pairs.length;
  for (let first = 0; first < pairs.length; first += size) {
    const batch = pairs.slice(first, first + size);
    const jobs = batch.map(([, tensor], i) => jobOf({ kind: 'moments', table: withCounts ? i : -1 }, [tensor]));
    const results = await compute(jobs, { onProgress: asMore(onBytes) });
    for (const [i, result] of results.entries()) {
      const [name, tensor] = batch[i] as (typeof batch)[number];
      checkRead(name, [tensor], result);
      yield result;
    }
  }
}

/** What pairs of tensors of one shape each differ in, in their order; throws as {@link momentsOf}. */
export async function differencesIn(
  pairs: readonly { readonly name: string; readonly a: Tensor; readonly b: Tensor }[],
  within: AlikeWithin,
  onBytes: (bytes: number) => void,
): Promise<DifferenceFigures[]> {
  const jobs = pairs.map(({ a, b }) => jobOf({ kind: 'difference', within }, [a, b]));
  const results = await compute(jobs, { onProgress: asMore(onBytes) });
  for (const [i, { name, a, b }] of pairs.entries()) checkRead(name, [a, b], results[i] as ComputeResult);
  return results.map(({ differences }) => differences);
}
