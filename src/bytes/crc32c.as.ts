/**
 * CRC-32C in WebAssembly SIMD, in AssemblyScript: scripts/build-wasm.mjs compiles it. The data lies in the imported
 * memory from its second page on (crc32c-engine.ts reads files straight into it); of the first page 42 KiB are ours, and
 * the rest is that of crc32.as.ts.
 *
 * There is no carry-less multiplication in WebAssembly, but XORs suffice. P is the polynomial. A multiple of P with few
 * terms stays one with x^128 for x, because squaring is linear over GF(2), so that a unit of 16 bytes may be dropped
 * when it is XORed into some later units. The shortest multiples of weight 6 and 4 are used:
 *   x^209 + x^144 + x^54 + x^39 + x^14 + 1: into the units 65, 155, 170, 195, 209 places later; its window fits in L1;
 *   x^5275 + x^4508 + x^2751 + 1: into the units 767, 2524, 5275 places later; fewer loads, its window fits in L2.
 * Folding leaves one window of data with the same checksum; tables finish that.
 */

const UNIT: usize = 16;
/** Sixteen rows of 256 words. The compiler takes for granted that nothing lies below 1024. */
const TABLES: usize = 4096;
/**
 * The last window of folded units, followed by the units being folded. They lie at another offset in a 4 KiB page than
 * the data of a page-aligned buffer, as loads wait for stores to the same offset.
 */
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

/** Fills the tables; the engine calls it once for each memory. */
export function init(): void {
  for (let byte: u32 = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (0x82f63b78 & -(crc & 1));
    store<u32>(TABLES + (<usize>byte << 2), crc);
  }
  for (let at = TABLES + 1024; at < TABLES + 16384; at += 4) {
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

// @ts-ignore: decorator
@inline
function fourEntries(row: usize, word: u32): u32 {
  return entry(row + 3, word) ^ entry(row + 2, word >>> 8) ^ entry(row + 1, word >>> 16) ^ entry(row, word >>> 24);
}

/** Moves the raw register over `length` bytes by table look-up. */
function advance(at: usize, length: usize, crc: u32): u32 {
  for (; length >= 16; length -= 16, at += 16) {
    crc =
      fourEntries(12, crc ^ load<u32>(at)) ^
      fourEntries(8, load<u32>(at, 4)) ^
      fourEntries(4, load<u32>(at, 8)) ^
      fourEntries(0, load<u32>(at, 12));
  }
  for (const end = at + length; at < end; at++) crc = (crc >>> 8) ^ entry(0, crc ^ load<u8>(at));
  return crc;
}

/** Stores at `to + W6` the unit at `from`, folded with five of the window before it; offsets cannot be negative. */
// @ts-ignore: decorator
@inline
function step6(from: usize, to: usize): void {
  let unit = v128.load(from);
  unit = v128.xor(unit, v128.load(to, W6 - 65 * UNIT));
  unit = v128.xor(unit, v128.load(to, W6 - 155 * UNIT));
  unit = v128.xor(unit, v128.load(to, W6 - 170 * UNIT));
  unit = v128.xor(unit, v128.load(to, W6 - 195 * UNIT));
  unit = v128.xor(unit, v128.load(to));
  v128.store(to, unit, W6);
}

/** Moves the raw register over `length` bytes, at least two windows, by folding copies of them. */
function fold6(at: usize, length: usize, crc: u32): u32 {
  memory.fill(HISTORY, 0, W6);
  // The register is XORed into the first unit, which there is nothing to fold with.
  v128.store(FRESH, v128.xor(v128.load(at), i32x4(crc, 0, 0, 0)));
  let left = ((length - W6) & ~(UNIT - 1)) - UNIT;
  const lastBytes = length - UNIT - left;
  let from = at + UNIT;
  let to = HISTORY + UNIT;
  let room = CHUNK - UNIT;
  while (left > 0) {
    const now = min(left, room);
    const end = from + now;
    for (const stop = from + (now & ~(8 * UNIT - 1)); from < stop; from += 8 * UNIT, to += 8 * UNIT) {
      step6(from, to);
      step6(from + UNIT, to + UNIT);
      step6(from + 2 * UNIT, to + 2 * UNIT);
      step6(from + 3 * UNIT, to + 3 * UNIT);
      step6(from + 4 * UNIT, to + 4 * UNIT);
      step6(from + 5 * UNIT, to + 5 * UNIT);
      step6(from + 6 * UNIT, to + 6 * UNIT);
      step6(from + 7 * UNIT, to + 7 * UNIT);
    }
    for (; from < end; from += UNIT, to += UNIT) step6(from, to);
    memory.copy(HISTORY, to, W6);
    to = HISTORY;
    room = CHUNK;
    left -= now;
  }
  memory.copy(FRESH, from, lastBytes);
  fold6Into(65 * UNIT);
  fold6Into(155 * UNIT);
  fold6Into(170 * UNIT);
  fold6Into(195 * UNIT);
  fold6Into(W6);
  return advance(FRESH, lastBytes, 0);
}

/** Drops what is left of the history at one tap. */
// @ts-ignore: decorator
@inline
function fold6Into(tap: usize): void {
  for (let to = FRESH; to < FRESH + tap; to += UNIT) {
    v128.store(to, v128.xor(v128.load(to), v128.load(to - tap)));
  }
}

/** Folds the unit at `at + W4` in place with the units one, two or three taps before it. */
// @ts-ignore: decorator
@inline
function step4(at: usize): void {
  let unit = v128.load(at, W4);
  unit = v128.xor(unit, v128.load(at, W4 - A4));
  unit = v128.xor(unit, v128.load(at, W4 - B4));
  unit = v128.xor(unit, v128.load(at));
  v128.store(at, unit, W4);
}

/** XORs the units from `at` to `end` with those a tap before. */
function fold4One(at: usize, end: usize, tap: usize): void {
  for (; at < end; at += UNIT) v128.store(at, v128.xor(v128.load(at), v128.load(at - tap)));
}

/** XORs the units from `at` to `end` with those two taps before. */
function fold4Two(at: usize, end: usize, near: usize, far: usize): void {
  for (; at < end; at += UNIT) {
    v128.store(at, v128.xor(v128.xor(v128.load(at), v128.load(at - near)), v128.load(at - far)));
  }
}

/** Moves the raw register over `length` bytes, at least three windows, by folding them in place. */
function fold4(at: usize, length: usize, crc: u32): u32 {
  const kept = at + ((length - W4) & ~(UNIT - 1));
  const lastBytes = at + length - kept;
  store<u32>(at, load<u32>(at) ^ crc);
  // In the first window the farther taps reach to before the data; in the last, the nearer ones are not dropped.
  fold4One(at + A4, at + B4, A4);
  fold4Two(at + B4, at + W4, A4, B4);
  const end = kept + A4 - W4;
  const stop = end - (8 * UNIT - UNIT);
  for (; at < stop; at += 8 * UNIT) {
    step4(at);
    step4(at + UNIT);
    step4(at + 2 * UNIT);
    step4(at + 3 * UNIT);
    step4(at + 4 * UNIT);
    step4(at + 5 * UNIT);
    step4(at + 6 * UNIT);
    step4(at + 7 * UNIT);
  }
  for (; at < end; at += UNIT) step4(at);
  fold4Two(kept + A4, kept + B4, B4, W4);
  fold4One(kept + B4, kept + W4, W4);
  return fold6(kept, lastBytes, 0);
}

/** The CRC-32C of the bytes following data whose checksum is `seed`. */
export function crc32c(at: usize, length: usize, seed: u32): u32 {
  return ~(length < FOLD6_FROM ? advance(at, length, ~seed) : fold6(at, length, ~seed));
}

/** As crc32c, but faster, and the bytes are worth nothing afterwards. */
export function crc32cDestroying(at: usize, length: usize, seed: u32): u32 {
  if (length < FOLD4_FROM) return crc32c(at, length, seed);
  return ~fold4(at, length, ~seed);
}
