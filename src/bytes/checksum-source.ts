/**
 * The CRC-32C of bytes that lie in a source. Small runs go through the table version; from {@link ENGINE_BYTES} on the
 * SIMD engine pays for its start, and its memory is the read buffer itself, so nothing is copied.
 */
import { crc32c } from './crc32c.ts';
import { type ChecksumBuffer, createChecksumBuffer } from './crc32c-engine.ts';
import type { ByteSource } from './source.ts';

const ENGINE_BYTES = 256 * 1024;
const BUFFER_BYTES = 1 << 20;

let shared: ChecksumBuffer | undefined;

/** Extends `seed` by bytes `offset` to `offset + length` of the source. */
export function checksumRange(source: ByteSource, offset: number, length: number, seed = 0): number {
  if (length < ENGINE_BYTES) {
    const bytes = new Uint8Array(length);
    if (length > 0) source.readInto(bytes, offset);
    return crc32c(bytes, seed);
  }
  shared ??= createChecksumBuffer(BUFFER_BYTES);
  let crc = seed;
  for (let done = 0; done < length; done += BUFFER_BYTES) {
    const size = Math.min(BUFFER_BYTES, length - done);
    source.readInto(shared.buffer.subarray(0, size), offset + done);
    crc = shared.crc32cDestroying(0, size, crc);
  }
  return crc;
}
