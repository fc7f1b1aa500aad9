/** The moments of many float32 tensors, taken by the threads of `compute`; loaded when there are such tensors. */
import { compute } from '../compute/compute.ts';
import { type ComputeJob, widthsOf } from '../compute/compute-task.ts';
import { ChecksumError } from '../errors.ts';
import { SOUND } from '../io/range-task.ts';
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

function jobOf({ stored, shape }: Tensor, table: number): ComputeJob {
  const { path, offset } = stored as ByteRange;
  const kernel = { kind: 'moments', table } as const;
  return {
    kernel,
    count: elementCount(shape),
    inputs: [{ path, offset }],
    target: '',
    place: 0,
    ...widthsOf(kernel),
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
    const jobs = batch.map(([, tensor], i) => jobOf(tensor, withCounts ? i : -1));
    let told = 0;
    const onProgress = (done: number): void => {
      onBytes(done - told);
      told = done;
    };
    const results = await compute(jobs, { onProgress });
    for (const [i, { moments, counts, inputs, state }] of results.entries()) {
      const [name, tensor] = batch[i] as (typeof batch)[number];
      const expected = tensor.crc32c ?? inputs[0];
      if (state !== SOUND || inputs[0] !== expected) {
        // Says what is wrong, unless it was so for a moment.
        checkStored(name, tensor);
        throw new ChecksumError(
          `tensor ${name}: its bytes changed while they were read`,
          name,
          expected ?? 0,
          inputs[0] ?? 0,
        );
      }
      yield { moments, counts };
    }
  }
}
