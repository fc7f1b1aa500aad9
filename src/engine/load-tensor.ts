/** The content of a tensor of a checkpoint in memory, held against its checksum on the way. */
import { checksumBytes } from '../bytes/checksum.ts';
import { ChecksumError } from '../errors.ts';
import { storedChecksum } from '../tensor/checksum.ts';
import { elementCount } from '../tensor/shape.ts';
import { type Tensor, tensorOfBytes } from '../tensor/tensor.ts';

const CHUNK_BYTES = 1 << 20;
/** After so many bytes others get a turn. */
const BREATH_BYTES = 16 << 20;

function check(name: string, expected: number | undefined, actual: number): void {
  if (expected === undefined || expected === actual) return;
  const message = `tensor ${name}: its bytes do not match their checksum, so nothing is restored; ckpt verify shows all damage`;
  throw new ChecksumError(message, name, expected, actual);
}

/** Parts are checked one by one; the whole has no checksum of its own. */
function checkParts(name: string, { parts = [] }: Tensor): void {
  for (const { tensor } of parts) {
    check(name, tensor.crc32c, storedChecksum(tensor.dtype, tensor.source, elementCount(tensor.shape)));
  }
}

/** Goes through the content of a tensor chunk by chunk, and holds it against its checksum in the end. */
async function readThrough(
  name: string,
  tensor: Tensor,
  chunkAt: (offset: number, length: number) => Uint8Array,
): Promise<void> {
  if (tensor.problem !== undefined) throw tensor.problem;
  checkParts(name, tensor);
  const { dtype, source, crc32c } = tensor;
  const sums = dtype.width > 0 && crc32c !== undefined;
  let crc = 0;
  for (let at = 0; at < source.byteLength; at += CHUNK_BYTES) {
    const chunk = chunkAt(at, Math.min(CHUNK_BYTES, source.byteLength - at));
    source.readInto(chunk, at);
    if (sums) crc = checksumBytes(chunk, crc);
    if (at % BREATH_BYTES === 0 && at > 0) await new Promise(setImmediate);
  }
  if (sums) check(name, crc32c, crc);
}

/** Reads a tensor into memory of its own; throws {@link ChecksumError} where its bytes are not what they were. */
export async function loadTensor(name: string, tensor: Tensor): Promise<Tensor> {
  const { dtype, shape, source, crc32c } = tensor;
  const bytes = new Uint8Array(source.byteLength);
  await readThrough(name, tensor, (at, length) => bytes.subarray(at, at + length));
  const loaded = tensorOfBytes(dtype, shape, bytes);
  if (dtype.width === 0) check(name, crc32c, storedChecksum(dtype, loaded.source, elementCount(shape)));
  return loaded;
}

/** Reads every byte of a tensor of numbers and keeps none; throws {@link ChecksumError} where they are not what they were. */
export async function checkTensor(name: string, tensor: Tensor): Promise<void> {
  const buffer = new Uint8Array(CHUNK_BYTES);
  await readThrough(name, tensor, (_, length) => buffer.subarray(0, length));
}
