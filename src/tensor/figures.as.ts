/**
 * Loops that take figures of float32 in WebAssembly SIMD, in AssemblyScript: scripts/build-wasm.mjs compiles it. They work in the
 * memory that files are read into (bytes/crc32c-engine.ts) and have none of their own.
 */
import { constant, constantPair } from './constant.as';

const ABS: i32 = 0x7fffffff;
const INFINITY: i32 = 0x7f800000;

/** Bytes that are summed at a time, a part of 2,048 numbers in each float64. */
const BLOCK: usize = 16384;
/**
 * How many powers of two the largest number of a block may be above the least one for plain sums in float64 to be exact: these have
 * 53 bits, a float32 24, and 2,048 of them 11 more. Split in two, each number being an upper and a lower part, they reach further.
 */
const WIDEST: u32 = 18;
const WIDEST_SPLIT: u32 = 59;
/** Bits below the largest number at which numbers are split, and powers of two that the next largest may be above the last one. */
const CUT: i32 = 40;
const SPARE: u32 = 3;

/** Where a block leaves what it found, in lanes: its sum, that of the lower parts, and the rest in the order of what all leave. */
const BLOCK_SUM: usize = 128;
const BLOCK_REST: usize = 144;
const BLOCK_SQUARES: usize = 160;
const BLOCK_LEAST: usize = 176;
const BLOCK_MOST: usize = 192;
const BLOCK_ZEROS: usize = 208;
const BLOCK_SMALL: usize = 224;
const ROOM: usize = 240;

/** Figures of the float32 from `from` to `end`, at `out`; each number is split by adding `splitter` and taking it off, where asked. */
// @ts-ignore: decorator
@inline
function block(from: usize, end: usize, isSplit: bool, splitter: f64, out: usize): void {
  const room = out + ROOM;
  const abs = constant(room, ABS);
  const one = constant(room, 1);
  const zero = constant(room, 0);
  const cut = constantPair(room, reinterpret<i64>(splitter));
  let least = constant(room, INFINITY);
  let most = constant(room, 0xff800000);
  let small = constant(room, -1);
  let zeros = zero;
  let sum = zero;
  let rest = zero;
  let squares = zero;
  for (; from < end; from += 16) {
    const x = v128.load(from);
    const low = f64x2.promote_low_f32x4(x);
    const high = f64x2.promote_low_f32x4(v128.load64_zero(from, 8));
    if (isSplit) {
      const lowUpper = f64x2.sub(f64x2.add(low, cut), cut);
      const highUpper = f64x2.sub(f64x2.add(high, cut), cut);
      sum = f64x2.add(sum, f64x2.add(lowUpper, highUpper));
      rest = f64x2.add(rest, f64x2.add(f64x2.sub(low, lowUpper), f64x2.sub(high, highUpper)));
    } else sum = f64x2.add(sum, f64x2.add(low, high));
    squares = f64x2.add(squares, f64x2.add(f64x2.mul(low, low), f64x2.mul(high, high)));
    least = f32x4.pmin(least, x);
    most = f32x4.pmax(most, x);
    // One less, so that zeros are the largest of all, and the only ones with the highest bit.
    const size = i32x4.sub(v128.and(x, abs), one);
    small = i32x4.min_u(small, size);
    zeros = i32x4.add(zeros, i32x4.shr_u(size, 31));
  }
  v128.store(out, sum, BLOCK_SUM);
  v128.store(out, rest, BLOCK_REST);
  v128.store(out, squares, BLOCK_SQUARES);
  v128.store(out, least, BLOCK_LEAST);
  v128.store(out, most, BLOCK_MOST);
  v128.store(out, zeros, BLOCK_ZEROS);
  v128.store(out, small, BLOCK_SMALL);
}
function plainBlock(from: usize, end: usize, out: usize): void {
  block(from, end, false, 0, out);
}
function splitBlock(from: usize, end: usize, splitter: f64, out: usize): void {
  block(from, end, true, splitter, out);
}

/** What splits numbers of which the largest has this exponent field, or a smaller one. */
function splitterOf(upper: u32): f64 {
  // Of 1.5 * 2^52 the last bit is 1.
  return 6755399441055744.0 * reinterpret<f64>((<u64>(max(<i32>upper, 1) - 127 - CUT + 1023)) << 52);
}

/** The exponent field of the largest number of a block, and that of the least one above zero. */
function upperOf(out: usize): u32 {
  const abs = i32x4.splat(ABS);
  const words = i32x4.max_u(v128.and(v128.load(out, BLOCK_LEAST), abs), v128.and(v128.load(out, BLOCK_MOST), abs));
  const pairs = i32x4.max_u(words, i64x2.shuffle(words, words, 1, 0));
  return max<u32>(i32x4.extract_lane(pairs, 0), i32x4.extract_lane(pairs, 1)) >>> 23;
}
function lowerOf(out: usize): u32 {
  const words = v128.load(out, BLOCK_SMALL);
  const pairs = i32x4.min_u(words, i64x2.shuffle(words, words, 1, 0));
  const least = min<u32>(i32x4.extract_lane(pairs, 0), i32x4.extract_lane(pairs, 1)) + 1;
  return max<u32>(least >>> 23, 1);
}

/** Adds two float64 to the ones at `out`, and what rounding lost to those behind (Knuth's two-sum). */
// @ts-ignore: decorator
@inline
function addPair(out: usize, value: v128): void {
  const sum = v128.load(out);
  const next = f64x2.add(sum, value);
  const part = f64x2.sub(next, sum);
  const rest = f64x2.add(f64x2.sub(sum, f64x2.sub(next, part)), f64x2.sub(value, part));
  v128.store(out, next);
  v128.store(out, f64x2.add(v128.load(out, 16), rest), 16);
}

/** Adds the float32 from `from` to `end` to a sum one by one. */
function addExactly(from: usize, end: usize, out: usize): void {
  for (; from < end; from += 8) addPair(out, f64x2.promote_low_f32x4(v128.load64_zero(from)));
}

/**
 * What is known of `count` float32, a multiple of 4, at `from`. At `out`, where there is room for 256 bytes: the sum in two parts
 * as float64, what rounding lost of each in two more, in two parts the sum of the squares, then for each of four lanes the least,
 * the largest and how many are zero. Where some are not finite, neither is the sum, and the rest means nothing.
 */
export function momentsOfFloat32(from: usize, count: usize, out: usize): void {
  for (let at: usize = 0; at < BLOCK_SUM; at += 16) v128.store(out + at, i32x4.splat(0));
  v128.store(out, i32x4.splat(INFINITY), 48);
  v128.store(out, i32x4.splat(0xff800000), 64);
  const end = from + (count << 2);
  let isSplit = false;
  let most: u32 = 0;
  while (from < end) {
    const stop = min(from + BLOCK, end);
    if (isSplit) splitBlock(from, stop, splitterOf(most), out);
    else plainBlock(from, stop, out);
    const upper = upperOf(out);
    const lower = lowerOf(out);
    const isWide = upper > lower + WIDEST;
    if (isWide && !(isSplit && upper <= most && most <= lower + WIDEST_SPLIT)) {
      most = upper + SPARE;
      splitBlock(from, stop, splitterOf(most), out);
    }
    if (!isWide || most <= lower + WIDEST_SPLIT) {
      addPair(out, v128.load(out, BLOCK_SUM));
      addPair(out, v128.load(out, BLOCK_REST));
    } else addExactly(from, stop, out);
    isSplit = isWide;
    v128.store(out, f64x2.add(v128.load(out, 32), v128.load(out, BLOCK_SQUARES)), 32);
    v128.store(out, f32x4.pmin(v128.load(out, 48), v128.load(out, BLOCK_LEAST)), 48);
    v128.store(out, f32x4.pmax(v128.load(out, 64), v128.load(out, BLOCK_MOST)), 64);
    v128.store(out, i32x4.add(v128.load(out, 80), v128.load(out, BLOCK_ZEROS)), 80);
    from = stop;
  }
}

/**
 * The squares of the distances of `count` float32, a multiple of 4, at `from` from `middle`, summed, and the distances themselves:
 * two parts of each as float64 at `out`, where there is room for 64 bytes.
 */
export function spreadOfFloat32(from: usize, count: usize, middle: f64, out: usize): void {
  const mean = constantPair(out, reinterpret<i64>(middle));
  const zero = constant(out, 0);
  const end = from + (count << 2);
  for (let at: usize = 0; at < 64; at += 16) v128.store(out + at, zero);
  while (from < end) {
    const stop = min(from + BLOCK, end);
    let squares = zero;
    let rest = zero;
    for (; from < stop; from += 16) {
      const low = f64x2.sub(f64x2.promote_low_f32x4(v128.load64_zero(from)), mean);
      const high = f64x2.sub(f64x2.promote_low_f32x4(v128.load64_zero(from, 8)), mean);
      squares = f64x2.add(squares, f64x2.add(f64x2.mul(low, low), f64x2.mul(high, high)));
      rest = f64x2.add(rest, f64x2.add(low, high));
    }
    addPair(out, squares);
    addPair(out + 32, rest);
  }
}

/** Counts `count` float32 at `from` by their upper 16 bits, in a table of words at `counts`. */
export function countsOfFloat32(from: usize, count: usize, counts: usize): void {
  for (const end = from + (count << 2); from < end; from += 4) {
    const at = counts + ((<usize>load<u16>(from, 2)) << 2);
    store<u32>(at, load<u32>(at) + 1);
  }
}
