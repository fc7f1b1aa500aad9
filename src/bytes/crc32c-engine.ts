/**
 * The fast checksum for bulk data: an I/O buffer that is itself the memory of the WebAssembly module of crc32c.as.ts,
 * so that what is read into it is summed where it lies. It starts at a memory page, which on some machines doubles the
 * speed of reads. Where WebAssembly or its SIMD is missing, the same interface works in plain JavaScript.
 */
import { crc32c } from './crc32c.ts';
import { CRC32C_WASM } from './crc32c-wasm.ts';
import { type WasmMemory, wasmExports, wasmMemory } from './wasm.ts';

/** A buffer of a fixed size; its checksums continue from `seed`, the checksum of what came before (of nothing: 0). */
export interface ChecksumBuffer {
  /** Read files into it and write them out of it. */
  readonly buffer: Uint8Array;
  /** False in plain JavaScript, which is some ten times slower. */
  readonly simd: boolean;
  /** The memory that the buffer lies in, where it is WebAssembly's, and its place there: for other loops over the same bytes. */
  readonly memory?: WasmMemory;
  readonly start?: number;
  /** The CRC-32C of a range of the buffer, which is left as it is. */
  crc32c(offset: number, length: number, seed?: number): number;
  /** The same, up to 1.4 times faster, but what the range holds afterwards is undefined. */
  crc32cDestroying(offset: number, length: number, seed?: number): number;
}

export interface ChecksumBufferOptions {
  /** False asks for plain JavaScript. */
  readonly simd?: boolean;
}

interface Exports {
  init(): void;
  crc32c(at: number, length: number, seed: number): number;
  crc32cDestroying(at: number, length: number, seed: number): number;
}

const PAGE = 65536;

/** Makes a buffer of `bytes` bytes. Its memory never grows, so views of it stay valid. */
export function createChecksumBuffer(bytes: number, options: ChecksumBufferOptions = {}): ChecksumBuffer {
  if (options.simd === false) return plainBuffer(bytes);
  try {
    return simdBuffer(bytes);
  } catch {
    // No WebAssembly, no SIMD, or no address space for its memory, which reserves far more than it uses.
    return plainBuffer(bytes);
  }
}

function simdBuffer(bytes: number): ChecksumBuffer {
  // The module keeps its tables in the first page.
  const memory = wasmMemory(1 + Math.ceil(bytes / PAGE));
  const module = wasmExports(CRC32C_WASM, memory) as Exports;
  module.init();
  return {
    buffer: new Uint8Array(memory.buffer, PAGE, bytes),
    simd: true,
    memory,
    start: PAGE,
    crc32c(offset, length, seed = 0) {
      checkRange(offset, length, bytes);
      return module.crc32c(PAGE + offset, length, seed) >>> 0;
    },
    crc32cDestroying(offset, length, seed = 0) {
      checkRange(offset, length, bytes);
      return module.crc32cDestroying(PAGE + offset, length, seed) >>> 0;
    },
  };
}

function plainBuffer(bytes: number): ChecksumBuffer {
  const buffer = new Uint8Array(bytes);
  const sum = (offset: number, length: number, seed = 0): number => {
    checkRange(offset, length, bytes);
    return crc32c(buffer.subarray(offset, offset + length), seed);
  };
  return { buffer, simd: false, crc32c: sum, crc32cDestroying: sum };
}

/** The module would sum whatever lies beside the buffer, and subarray() cuts the range off. */
function checkRange(offset: number, length: number, capacity: number): void {
  if (!(offset >= 0 && length >= 0 && offset + length <= capacity)) {
    throw new RangeError(`bytes ${offset} to ${offset + length} are outside a checksum buffer of ${capacity} bytes`);
  }
}
