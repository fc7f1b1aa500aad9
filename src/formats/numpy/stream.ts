/** numpy's files front to back. The sums of an archive stand before what they sum, so its content is read twice. */
import { UsageError } from '../../errors.ts';
import { crc32 } from '../../io/crc32.ts';
import type { Tensor, TensorMap } from '../../tensor/tensor.ts';
import { viewOf } from '../../zip/format.ts';
import { behindMembers, CRC_OFFSET, localHeader } from '../../zip/plan.ts';
import { contentChunks } from '../stream-contents.ts';
import type { WriteOptions } from '../write-plan.ts';
import { type PlannedArray, planArrays } from './layout.ts';
import { memberOfName, pathOfName } from './names.ts';
import { checkOneFile, zipOf } from './plan-npz.ts';

/** The bytes of an .npz of `tensors`, in chunks that are good until the next one is asked for. */
export function* streamNpz(tensors: TensorMap, options: WriteOptions = {}): Generator<Uint8Array> {
  checkOneFile(options);
  const verify = options.verify !== false;
  const { arrays, stored } = planArrays(tensors, memberOfName);
  const zip = zipOf(arrays, tensors, options);
  const tensorOf = ({ name }: PlannedArray): Tensor => stored.get(name) as Tensor;
  const sums = arrays.map((array) => {
    let sum = crc32(array.header);
    for (const chunk of contentChunks(array.name, tensorOf(array), verify)) sum = crc32(chunk, sum);
    return sum;
  });
  for (const [i, member] of zip.members.entries()) {
    const array = arrays[i] as PlannedArray;
    const local = localHeader(member);
    viewOf(local).setUint32(CRC_OFFSET, sums[i] as number, true);
    yield local;
    yield array.header;
    yield* contentChunks(array.name, tensorOf(array), false);
  }
  yield* behindMembers(zip, (i) => sums[i] as number);
}

/** The bytes of an .npy of the one tensor that there is; throws {@link UsageError} for more, or none. */
export function* streamNpy(tensors: TensorMap, options: WriteOptions = {}): Generator<Uint8Array> {
  const { arrays, stored } = planArrays(tensors, pathOfName);
  const [array, ...others] = arrays;
  if (array === undefined || others.length > 0) {
    throw new UsageError(`an .npy holds one array, and there are ${arrays.length} tensors; stream an .npz: --to npz`);
  }
  yield array.header;
  yield* contentChunks(array.name, stored.get(array.name) as Tensor, options.verify !== false);
}
