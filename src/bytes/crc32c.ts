/**
 * CRC-32C (Castagnoli) in plain JavaScript, the checksum of every block and tensor in a checkpoint: for what is too
 * small to be worth WebAssembly, and for hosts without it. Also TensorFlow's masking of stored checksums, and the
 * checksum of two joined pieces from the checksums of both.
 */

/** The polynomial 0x1EDC6F41, bit-reversed: bit 31 is the coefficient of x^0. */
const POLYNOMIAL = 0x82f63b78;
const MASK_DELTA = 0xa282ead8;

/** Rows of 256 entries; row k is what a byte does to the checksum when k more bytes of its group follow. */
let tables: Int32Array | undefined;
const SLICES = 4;

function makeTables(): Int32Array {
  const made = new Int32Array(SLICES * 256);
  // The checksum is linear: the entry of a byte is the XOR of the entries of its bits.
  for (let bit = 128, crc = POLYNOMIAL | 0; bit > 0; bit >>= 1) {
    for (let i = bit; i < 256; i += 2 * bit) made[i] = crc ^ made[i - bit]!;
    crc = (crc >>> 1) ^ (crc & 1 ? POLYNOMIAL : 0);
  }
  for (let i = 256; i < made.length; i++) {
    const previous = made[i - 256]!;
    made[i] = (previous >>> 8) ^ made[previous & 255]!;
  }
  return made;
}

/** Moves the raw register `crc` over `bytes[i..end)` by table look-up. */
function advance(bytes: Uint8Array, i: number, end: number, crc: number): number {
  tables ??= makeTables();
  const t = tables;
  const lastWhole = end - SLICES;
  for (; i <= lastWhole; i += SLICES) {
    crc =
      t[768 + ((crc ^ bytes[i]!) & 255)]! ^
      t[512 + (((crc >>> 8) ^ bytes[i + 1]!) & 255)]! ^
      t[256 + (((crc >>> 16) ^ bytes[i + 2]!) & 255)]! ^
      t[(crc >>> 24) ^ bytes[i + 3]!]!;
  }
  for (; i < end; i++) crc = (crc >>> 8) ^ t[(crc ^ bytes[i]!) & 255]!;
  return crc;
}

/*
 * Longer data is folded first. x^209 + x^144 + x^54 + x^39 + x^14 + 1 is a multiple of P, and so it is with x^32 for x,
 * because squaring is linear over GF(2). Hence a 32-bit word may be dropped when it is XORed into the words 65, 155,
 * 170, 195 and 209 places later, until 209 words are left for the tables. It beats eight tables warm, and more so in
 * the first call, which runs before any compiler has seen it.
 */
const TAPS = [65, 155, 170, 195, 209] as const;
const WINDOW = 209;
const FOLD_FROM = 4096;
const FOLD_AT_ONCE = 65536;

/** A window of zeros, which nothing ever writes to, and the words being folded. */
let words: Int32Array | undefined;

/** Moves the raw register `crc` over `bytes`, which are at least two windows and at most {@link FOLD_AT_ONCE}. */
function fold(bytes: Uint8Array, crc: number): number {
  words ??= new Int32Array(WINDOW + FOLD_AT_ONCE / 4);
  const w = words;
  const asBytes = new Uint8Array(w.buffer);
  asBytes.set(bytes, WINDOW * 4);
  asBytes[WINDOW * 4]! ^= crc;
  asBytes[WINDOW * 4 + 1]! ^= crc >>> 8;
  asBytes[WINDOW * 4 + 2]! ^= crc >>> 16;
  asBytes[WINDOW * 4 + 3]! ^= crc >>> 24;
  const kept = bytes.length >>> 2;
  for (let i = WINDOW; i < kept; i++) {
    w[i]! ^= w[i - 65]! ^ w[i - 155]! ^ w[i - 170]! ^ w[i - 195]! ^ w[i - 209]!;
  }
  for (const tap of TAPS) {
    for (let i = kept; i < kept + tap; i++) w[i]! ^= w[i - tap]!;
  }
  return advance(asBytes, kept * 4, WINDOW * 4 + bytes.length, 0);
}

/** The CRC-32C of `bytes` following data whose checksum is `seed`: `crc32c(b, crc32c(a))` is that of a and b joined. */
export function crc32c(bytes: Uint8Array, seed = 0): number {
  let crc = ~seed;
  let i = 0;
  while (bytes.length - i >= FOLD_FROM) {
    const end = Math.min(bytes.length, i + FOLD_AT_ONCE);
    crc = fold(bytes.subarray(i, end), crc);
    i = end;
  }
  return ~advance(bytes, i, bytes.length, crc) >>> 0;
}

/** The form in which TensorFlow stores a checksum, so that data containing its own checksum stays well mixed. */
export function maskCrc(crc: number): number {
  return (((crc >>> 15) | (crc << 17)) + MASK_DELTA) >>> 0;
}

/** The checksum that a stored, masked one stands for. */
export function unmaskCrc(masked: number): number {
  const rotated = (masked - MASK_DELTA) | 0;
  return ((rotated >>> 17) | (rotated << 15)) >>> 0;
}

/** The product of two polynomials modulo P, all bit-reversed. */
function multiply(a: number, b: number): number {
  let product = 0;
  for (; a !== 0; a <<= 1) {
    if (a < 0) product ^= b;
    b = (b >>> 1) ^ (b & 1 ? POLYNOMIAL : 0);
  }
  return product;
}

/** x^(2^k) modulo P for k = 0..30. It repeats: x^(2^31) = x, as P is x + 1 times a primitive of degree 31. */
let squarings: Int32Array | undefined;

function makeSquarings(): Int32Array {
  const made = new Int32Array(31);
  let power = 0x40000000;
  for (let k = 0; k < made.length; k++) {
    made[k] = power;
    power = multiply(power, power);
  }
  return made;
}

/** The checksum of a followed by b, from both checksums and the length of b in bytes (up to 2^53). */
export function crc32cCombine(crcA: number, crcB: number, lengthB: number): number {
  squarings ??= makeSquarings();
  let shifted = crcA | 0;
  // b moves a up by 8 * lengthB bits: bit i of lengthB stands for x^(2^(i + 3)).
  for (let k = 3, rest = lengthB; rest > 0; k++, rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) shifted = multiply(squarings[k % 31]!, shifted);
  }
  return (shifted ^ crcB) >>> 0;
}
