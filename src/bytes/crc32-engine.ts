/** The CRC-32 of zip over the buffer of crc32c-engine.ts, three times as fast as node's own; it lies in the same memory. */
import { CRC32_WASM } from './crc32-wasm.ts';
import type { ChecksumBuffer } from './crc32c-engine.ts';
import { wasmExports } from './wasm.ts';

interface Exports {
  init(): void;
  crc32(at: number, length: number, seed: number): number;
}

/** The CRC-32 of a range of a buffer, which is left as it is, following data whose checksum is `seed`. */
export type RangeCrc32 = (offset: number, length: number, seed: number) => number;

/** Sums ranges of a buffer; by `slow` where it lies in no memory of WebAssembly. */
export function rangeCrc32(engine: ChecksumBuffer, slow: (bytes: Uint8Array, seed: number) => number): RangeCrc32 {
  const { buffer, memory, start } = engine;
  if (memory === undefined || start === undefined) {
    return (offset, length, seed) => slow(buffer.subarray(offset, offset + length), seed);
  }
  const module = wasmExports(CRC32_WASM, memory) as Exports;
  module.init();
  return (offset, length, seed) => {
    if (!(offset >= 0 && length >= 0 && offset + length <= buffer.length)) {
      throw new RangeError(`bytes ${offset} to ${offset + length} are outside a buffer of ${buffer.length} bytes`);
    }
    return module.crc32(start + offset, length, seed) >>> 0;
  };
}
