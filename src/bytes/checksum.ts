/**
 * The CRC-32C of bytes, wherever they lie, by the engine that pays: the table version has nothing to start, the SIMD
 * engine is ten times as fast once a few megabytes have come by.
 */
import { crc32c } from './crc32c.ts';
import { type ChecksumBuffer, createChecksumBuffer } from './crc32c-engine.ts';
import type { ByteSource } from './source.ts';

/** From this many bytes on, in one call or in all so far, the engine is started. */
const ENGINE_BYTES = 2 << 20;
const BUFFER_BYTES = 1 << 20;
/** A call this short is quicker by the table than the copy into the engine's memory. */
const SHORT_BYTES = 2048;

let engine: ChecksumBuffer | undefined;
let summed = 0;

/** The engine, once it is worth its start. */
function engineFor(length: number): ChecksumBuffer | undefined {
  if (engine !== undefined) return engine;
  summed += length;
  if (summed >= ENGINE_BYTES) engine = createChecksumBuffer(BUFFER_BYTES);
  return engine;
}

/** Extends `seed` by bytes in memory. */
export function checksumBytes(bytes: Uint8Array, seed = 0): number {
  const fast = bytes.length < SHORT_BYTES ? undefined : engineFor(bytes.length);
  if (fast === undefined) return crc32c(bytes, seed);
  let crc = seed;
  for (let done = 0; done < bytes.length; done += BUFFER_BYTES) {
    const chunk = bytes.subarray(done, done + BUFFER_BYTES);
    fast.buffer.set(chunk);
    crc = fast.crc32cDestroying(0, chunk.length, crc);
  }
  return crc;
}

/** Extends `seed` by bytes `offset` to `offset + length` of a source, which are read into the engine's own memory. */
export function checksumRange(source: ByteSource, offset: number, length: number, seed = 0): number {
  const fast = length < SHORT_BYTES ? undefined : engineFor(length);
  const buffer = fast?.buffer ?? new Uint8Array(Math.min(length, BUFFER_BYTES));
  let crc = seed;
  for (let done = 0; done < length; done += BUFFER_BYTES) {
    const size = Math.min(BUFFER_BYTES, length - done);
    const chunk = buffer.subarray(0, size);
    source.readInto(chunk, offset + done);
    crc = fast === undefined ? crc32c(chunk, crc) : fast.crc32cDestroying(0, size, crc);
  }
  return crc;
}
