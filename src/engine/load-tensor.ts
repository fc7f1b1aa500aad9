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

/** Reads a tensor; throws {@link ChecksumError} where its bytes are not what they were. */
export async function loadTensor(name: string, tensor: Tensor): Promise<Tensor> {
  if (tensor.problem !== undefined) throw tensor.problem;
  checkParts(name, tensor);
  const { dtype, shape, source, crc32c } = tensor;
  const bytes = new Uint8Array(source.byteLength);
  const sums = dtype.width > 0 && crc32c !== undefined;
  let crc = 0;
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) {
    const chunk = bytes.subarray(at, at + CHUNK_BYTES);
    source.readInto(chunk, at);
    if (sums) crc = checksumBytes(chunk, crc);
    if (at % BREATH_BYTES === 0 && at > 0) await new Promise(setImmediate);
  }
  const loaded = tensorOfBytes(dtype, shape, bytes);
  if (crc32c !== undefined) check(name, crc32c, sums ? crc : storedChecksum(dtype, loaded.source, elementCount(shape)));
  return loaded;
}
