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

/** An engine, once it is worth its start. Its memory is the buffer of whoever is summing: it is not shared with who reads. */
export class Checksummer {
  #engine: ChecksumBuffer | undefined;
  #summed = 0;

  constructor(readonly bufferBytes: number = BUFFER_BYTES) {}

  #engineFor(length: number): ChecksumBuffer | undefined {
    if (length < SHORT_BYTES || this.#engine !== undefined) return length < SHORT_BYTES ? undefined : this.#engine;
    this.#summed += length;
    if (this.#summed >= ENGINE_BYTES) this.#engine = createChecksumBuffer(this.bufferBytes);
    return this.#engine;
  }

  /** Extends `seed` by bytes in memory. */
  bytes(bytes: Uint8Array, seed = 0): number {
    const fast = this.#engineFor(bytes.length);
    if (fast === undefined) return crc32c(bytes, seed);
    let crc = seed;
    for (let done = 0; done < bytes.length; done += this.bufferBytes) {
      const chunk = bytes.subarray(done, done + this.bufferBytes);
      fast.buffer.set(chunk);
      crc = fast.crc32cDestroying(0, chunk.length, crc);
    }
    return crc;
  }

  /** Extends `seed` by bytes `offset` to `offset + length` of a source, which are read into the engine's own memory. */
  range(source: ByteSource, offset: number, length: number, seed = 0): number {
    const fast = this.#engineFor(length);
    const buffer = fast?.buffer ?? new Uint8Array(Math.min(length, this.bufferBytes));
    let crc = seed;
    for (let done = 0; done < length; done += this.bufferBytes) {
      const size = Math.min(this.bufferBytes, length - done);
      const chunk = buffer.subarray(0, size);
      source.readInto(chunk, offset + done);
      crc = fast === undefined ? crc32c(chunk, crc) : fast.crc32cDestroying(0, size, crc);
    }
    return crc;
  }
}

const SHARED = new Checksummer();

/** Extends `seed` by bytes in memory. */
export function checksumBytes(bytes: Uint8Array, seed = 0): number {
  return SHARED.bytes(bytes, seed);
}

/** Extends `seed` by bytes `offset` to `offset + length` of a source. */
export function checksumRange(source: ByteSource, offset: number, length: number, seed = 0): number {
  return SHARED.range(source, offset, length, seed);
}
