/** Content that is computed from ranges of files, on two threads where there is much of it; every input is checked on the way. */
import { compute } from '../compute/compute.ts';
import { type ComputeJob, widthsOf } from '../compute/compute-task.ts';
import { ChecksumError, CorruptError, UnreadableError } from '../errors.ts';
import { fileSize } from '../io/file-source.ts';
import { SOUND, UNREADABLE, WITHHELD } from '../io/range-task.ts';
import { elementCount } from '../tensor/shape.ts';
import type { ByteRange, Computed, Tensor } from '../tensor/tensor.ts';
import type { ComputedRow, Contents } from './write-layout.ts';
import type { WriteProgress } from './write-progress.ts';

function jobOf({ table }: Contents, { row, target, tensor }: ComputedRow): ComputeJob {
  const { kernel, inputs } = tensor.computed as Computed;
  return {
    kernel,
    count: elementCount(tensor.shape),
    inputs: inputs.map(({ stored }) => ({ path: (stored as ByteRange).path, offset: (stored as ByteRange).offset })),
    target,
    place: table.place.at(row),
    ...widthsOf(kernel),
  };
}

/** Throws for an input whose bytes are not all there; asks the tensor, which knows what to say of its file. */
function checkThere(name: string, { stored, source }: Tensor, state: number): void {
  const { path, offset, byteLength } = stored as ByteRange;
  if (state === WITHHELD) throw new UnreadableError(`${path} cannot be read: the system does not open it`, path);
  if (state === SOUND && offset + byteLength <= (fileSize(path) ?? -1)) return;
  void source;
  throw new CorruptError(`tensor ${name}: its bytes in ${path} could not be read`, { where: `tensor ${name}`, path });
}

function checkSums(name: string, inputs: readonly Tensor[], actual: readonly number[]): void {
  for (const [i, { crc32c: expected = 0, stored }] of inputs.entries()) {
    if (expected === actual[i]) continue;
    throw new ChecksumError(
      `tensor ${name}: its content in ${stored?.path} does not match its checksum; nothing can be computed from it. ckpt verify shows what else is damaged`,
      name,
      expected,
      actual[i] as number,
    );
  }
}

/** Computes and writes the rows; afterwards each has the checksum of its content. */
export async function writeComputed(
  contents: Contents,
  rows: readonly ComputedRow[],
  progress: WriteProgress,
  verify: boolean,
): Promise<void> {
  const nameOf = ({ row }: ComputedRow): string => contents.ownerOf(row).name;
  for (const one of rows) {
    for (const input of (one.tensor.computed as Computed).inputs) {
      const { path, offset, byteLength } = input.stored as ByteRange;
      if (offset + byteLength > (fileSize(path) ?? -1)) checkThere(nameOf(one), input, UNREADABLE);
    }
  }
  const before = progress.bytesDone;
  const jobs = rows.map((one) => jobOf(contents, one));
  const results = await compute(jobs, { sum: verify, onProgress: (bytes) => progress.reach(before + bytes) });
  for (const [i, result] of results.entries()) {
    const one = rows[i] as ComputedRow;
    const { inputs, onLosses } = one.tensor.computed as Computed;
    if (result.state !== SOUND) for (const input of inputs) checkThere(nameOf(one), input, result.state);
    if (verify) checkSums(nameOf(one), inputs, result.inputs);
    contents.table.crc32c.set(one.row, result.crc32c);
    onLosses?.(result.losses);
  }
}
