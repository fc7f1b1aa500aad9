/** Content in order, for what is written front to back: chunk by chunk, and checked against what its tensor carries. */
import { checksumBytes } from '../bytes/checksum.ts';
import { CHUNK_BYTES } from '../bytes/source.ts';
import { storedChecksum } from '../tensor/checksum.ts';
import { elementCount } from '../tensor/shape.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { checksumMismatch, checkTurned } from './recorded-checksum.ts';

/**
 * The content of a tensor, in chunks that are good until the next one is asked for. Throws `ChecksumError` where it is not what
 * its file recorded, of numbers when the last chunk has gone out: whoever reads must not trust what was cut off.
 */
export function* contentChunks(name: string, tensor: Tensor, verify: boolean): Generator<Uint8Array> {
  const { dtype, shape, crc32c, source } = tensor;
  if (verify) checkTurned(() => name, tensor);
  let crc = 0;
  const buffer = new Uint8Array(Math.min(CHUNK_BYTES, source.byteLength));
  for (let offset = 0; offset < source.byteLength; offset += buffer.length) {
    const chunk = buffer.subarray(0, Math.min(buffer.length, source.byteLength - offset));
    source.readInto(chunk, offset);
    if (verify && crc32c !== undefined) crc = checksumBytes(chunk, crc);
    yield chunk;
  }
  if (!verify || crc32c === undefined) return;
  const actual = dtype.width > 0 ? crc : storedChecksum(dtype, source, elementCount(shape));
  if (actual !== crc32c) throw checksumMismatch(name, crc32c, actual);
}
