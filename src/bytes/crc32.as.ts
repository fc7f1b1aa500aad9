/**
 * CRC-32 as zip has it, in WebAssembly SIMD, in AssemblyScript: scripts/build-wasm.mjs compiles it. Folding is what crc32c.as.ts
 * does, in the same memory, of which the end of the first page is ours. The multiple of the polynomial with the fewest terms
 * of a low degree is
 *   x^300 + x^155 + x^117 + x^89 + 1: into the units 145, 183, 211, 300 places later.
 */

const UNIT: usize = 16;
/** Four rows of 256 words, behind what crc32c.as.ts has in this page. */
const TABLES: usize = 43008;
/** The last window of folded units, followed by the units being folded. */
const HISTORY: usize = TABLES + 4096 + 512;
const WINDOW: usize = 300 * UNIT;
const FRESH: usize = HISTORY + WINDOW;
/** What is folded in one go. */
const CHUNK: usize = 8192;
const FOLD_FROM: usize = 2 * WINDOW;

/** Fills the tables; to be called once for each memory. */
export function init(): void {
  for (let byte: u32 = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (0xedb88320 & -(crc & 1));
    store<u32>(TABLES + (<usize>byte << 2), crc);
  }
  for (let at = TABLES + 1024; at < TABLES + 4096; at += 4) {
    const previous = load<u32>(at - 1024);
    store<u32>(at, (previous >>> 8) ^ entry(0, previous));
  }
}

/** What the low byte of `index` does to the checksum when `row` more bytes follow it. */
// @ts-ignore: decorator
@inline
function entry(row: usize, index: u32): u32 {
  return load<u32>(TABLES + (<usize>(index & 255) << 2) + (row << 10));
}

/** Moves the raw register over `length` bytes by table look-up. */
function advance(at: usize, length: usize, crc: u32): u32 {
  for (; length >= 4; length -= 4, at += 4) {
    const word = crc ^ load<u32>(at);
    crc = entry(3, word) ^ entry(2, word >>> 8) ^ entry(1, word >>> 16) ^ entry(0, word >>> 24);
  }
  for (const end = at + length; at < end; at++) crc = (crc >>> 8) ^ entry(0, crc ^ load<u8>(at));
  return crc;
}

/** Stores at `to + WINDOW` the unit at `from`, folded with four of the window before it. */
// @ts-ignore: decorator
@inline
function step(from: usize, to: usize): void {
  let unit = v128.load(from);
  unit = v128.xor(unit, v128.load(to, WINDOW - 145 * UNIT));
  unit = v128.xor(unit, v128.load(to, WINDOW - 183 * UNIT));
  unit = v128.xor(unit, v128.load(to, WINDOW - 211 * UNIT));
  unit = v128.xor(unit, v128.load(to));
  v128.store(to, unit, WINDOW);
}

/** Moves the raw register over `length` bytes, at least two windows, by folding copies of them. */
function fold(at: usize, length: usize, crc: u32): u32 {
  memory.fill(HISTORY, 0, WINDOW);
  // The register is XORed into the first unit, which there is nothing to fold with.
  v128.store(FRESH, v128.xor(v128.load(at), i32x4(crc, 0, 0, 0)));
  let left = ((length - WINDOW) & ~(UNIT - 1)) - UNIT;
  const lastBytes = length - UNIT - left;
  let from = at + UNIT;
  let to = HISTORY + UNIT;
  let room = CHUNK - UNIT;
  while (left > 0) {
    const now = min(left, room);
    const end = from + now;
    for (const stop = from + (now & ~(4 * UNIT - 1)); from < stop; from += 4 * UNIT, to += 4 * UNIT) {
      step(from, to);
      step(from + UNIT, to + UNIT);
      step(from + 2 * UNIT, to + 2 * UNIT);
      step(from + 3 * UNIT, to + 3 * UNIT);
    }
    for (; from < end; from += UNIT, to += UNIT) step(from, to);
    memory.copy(HISTORY, to, WINDOW);
    to = HISTORY;
    room = CHUNK;
    left -= now;
  }
  memory.copy(FRESH, from, lastBytes);
  foldInto(145 * UNIT);
  foldInto(183 * UNIT);
  foldInto(211 * UNIT);
  foldInto(WINDOW);
  return advance(FRESH, lastBytes, 0);
}

/** Drops what is left of the history at one tap. */
// @ts-ignore: decorator
@inline
function foldInto(tap: usize): void {
  for (let to = FRESH; to < FRESH + tap; to += UNIT) {
    v128.store(to, v128.xor(v128.load(to), v128.load(to - tap)));
  }
}

/** The CRC-32 of the bytes following data whose checksum is `seed`. */
export function crc32(at: usize, length: usize, seed: u32): u32 {
  return ~(length < FOLD_FROM ? advance(at, length, ~seed) : fold(at, length, ~seed));
}
