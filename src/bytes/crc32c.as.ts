/**
 * CRC-32C in WebAssembly SIMD, in AssemblyScript: scripts/build-wasm.mjs compiles it. The data lies in the imported
 * memory from its second page on (crc32c-engine.ts reads files straight into it); the first page is ours.
 *
 * There is no carry-less multiplication in WebAssembly, but XORs suffice. P is the polynomial. A multiple of P with few
 * terms stays one with x^128 for x, because squaring is linear over GF(2), so that a unit of 16 bytes may be dropped
 * when it is XORed into some later units. The shortest multiples of weight 6 and 4 are used:
 *   x^209 + x^144 + x^54 + x^39 + x^14 + 1: into the units 65, 155, 170, 195, 209 places later; the window fits into L1;
 *   x^5275 + x^4508 + x^2751 + 1: into the units 767, 2524, 5275 places later; fewer loads, the window fits into L2.
 * Folding leaves one window of data with the same checksum; tables finish that.
 */

const UNIT: usize = 16;
/** Sixteen rows of 256 words; nothing lies below 1024, as --lowMemoryUnused promises. */
const TABLES: usize = 4096;
/** The last window of folded units, followed by the units being folded; off the data's place in a 4 KiB page. */
const HISTORY: usize = TABLES + 16384 + 1024;

const W6: usize = 209 * UNIT;
const FRESH: usize = HISTORY + W6;
/** What is folded in one go; with its history it leaves room in a first-level cache of 32 KiB. */
const CHUNK: usize = 16384;
const FOLD6_FROM: usize = 2 * W6;

const A4: usize = 767 * UNIT;
const B4: usize = 2524 * UNIT;
const W4: usize = 5275 * UNIT;
const FOLD4_FROM: usize = 3 * W4;

// @ts-ignore: decorator
@inline
function table(row: usize, index: u32): u32 {
  return load<u32>(TABLES + ((<usize>(index & 255)) << 2), row << 10);
}
