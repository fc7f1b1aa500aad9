/**
 * Loops that compare float32 in WebAssembly SIMD, in AssemblyScript: scripts/build-wasm.mjs compiles it. They work in the memory that
 * files are read into (bytes/crc32c-engine.ts) and have none of their own.
 */
import { constant, constantPair } from './constant.as';

const ABS: i32 = 0x7fffffff;
const ABS_LONG: i64 = 0x7fffffffffffffff;

/** Bytes of each side that are compared before what is new among them is looked for. */
const BLOCK: usize = 8192;
/** Quotients that are this much less than the largest may be it, after rounding. */
const ABOUT: f64 = 1 - 2 ** -48;

/** Where things are left: sums in two parts each, then single numbers. */
const SUM: usize = 0;
const PRODUCTS: usize = 16;
const SQUARES_A: usize = 32;
const SQUARES_B: usize = 48;
const MAX_ABS: usize = 64;
const AT: usize = 72;
const MAX_RELATIVE: usize = 80;
const DIFFERING: usize = 88;
const MAX_ULP: usize = 96;
const ROOM: usize = 112;

// @ts-ignore: decorator
@inline
function addTo(at: usize, value: v128): void {
  v128.store(at, f64x2.add(v128.load(at), value));
}

/** Compares a block. Whether more than equality counts, `within` says; the others are counted without looking at bounds. */
// @ts-ignore: decorator
@inline
function block(a: usize, b: usize, end: usize, within: bool, atol: f64, rtol: f64, out: usize): bool {
  const room = out + ROOM;
  const abs = constant(room, ABS);
  const absLong = constantPair(room, ABS_LONG);
  const least = constantPair(room, reinterpret<i64>(atol));
  const share = constantPair(room, reinterpret<i64>(rtol));
  const known = constantPair(room, reinterpret<i64>(load<f64>(out, MAX_RELATIVE) * ABOUT));
  const zero = constant(room, 0);
  let sum = zero;
  let products = zero;
  let squaresA = zero;
  let squaresB = zero;
  let largest = zero;
  let differing = zero;
  let further = zero;
  let between = zero;
  for (let from = a, other = b; from < end; from += 16, other += 16) {
    const x = v128.load(from);
    const y = v128.load(other);
    // Negative floats in the order of integers.
    const signX = i32x4.shr_s(x, 31);
    const signY = i32x4.shr_s(y, 31);
    const placeX = i32x4.sub(v128.xor(v128.and(x, abs), signX), signX);
    const placeY = i32x4.sub(v128.xor(v128.and(y, abs), signY), signY);
    between = i32x4.max_u(between, i32x4.sub(i32x4.max_s(placeX, placeY), i32x4.min_s(placeX, placeY)));
    if (!within) differing = i32x4.sub(differing, f32x4.ne(x, y));
    for (let half: usize = 0; half < 2; half++) {
      const first = f64x2.promote_low_f32x4(half == 0 ? x : v128.load64_zero(from, 8));
      const second = f64x2.promote_low_f32x4(half == 0 ? y : v128.load64_zero(other, 8));
      const distance = v128.and(f64x2.sub(first, second), absLong);
      const size = v128.and(second, absLong);
      sum = f64x2.add(sum, distance);
      largest = f64x2.pmax(largest, distance);
      further = v128.or(further, f64x2.gt(distance, f64x2.mul(size, known)));
      if (within) {
        const bound = f64x2.add(least, f64x2.mul(share, size));
        differing = i64x2.sub(differing, f64x2.gt(distance, bound));
      }
      products = f64x2.add(products, f64x2.mul(first, second));
      squaresA = f64x2.add(squaresA, f64x2.mul(first, first));
      squaresB = f64x2.add(squaresB, f64x2.mul(second, second));
    }
  }
  addTo(out + SUM, sum);
  addTo(out + PRODUCTS, products);
  addTo(out + SQUARES_A, squaresA);
  addTo(out + SQUARES_B, squaresB);
  v128.store(out, largest, ROOM);
  // Fewer than 2^31 in a block: as words or as longs, the lower words are counts.
  const counts = i32x4.add(differing, i64x2.shuffle(differing, differing, 1, 0));
  const count = i32x4.extract_lane(counts, 0) + i32x4.extract_lane(counts, 1);
  store<u64>(out, load<u64>(out, DIFFERING) + <u64>count, DIFFERING);
  const pairs = i32x4.max_u(between, i64x2.shuffle(between, between, 1, 0));
  const most = max<u32>(i32x4.extract_lane(pairs, 0), i32x4.extract_lane(pairs, 1));
  store<u32>(out, max<u32>(load<u32>(out, MAX_ULP), most), MAX_ULP);
  return v128.any_true(further);
}
function equalBlock(a: usize, b: usize, end: usize, out: usize): bool {
  return block(a, b, end, false, 0, 0, out);
}
function nearBlock(a: usize, b: usize, end: usize, atol: f64, rtol: f64, out: usize): bool {
  return block(a, b, end, true, atol, rtol, out);
}

/** Looks for the largest distance in relation to `b`. */
function findRelative(a: usize, b: usize, end: usize, out: usize): void {
  let largest = load<f64>(out, MAX_RELATIVE);
  for (; a < end; a += 4, b += 4) {
    const second = <f64>load<f32>(b);
    const distance = abs(<f64>load<f32>(a) - second);
    const size = abs(second);
    if (size > 0 && distance > largest * ABOUT * size) largest = max(largest, distance / size);
  }
  store<f64>(out, largest, MAX_RELATIVE);
}

/** Where the first pair lies that is so far apart, in elements from `a`. */
function find(distance: f64, a: usize, b: usize): usize {
  let at: usize = 0;
  while (abs(<f64>load<f32>(a + (at << 2)) - <f64>load<f32>(b + (at << 2))) != distance) at++;
  return at;
}

/**
 * What `count` float32, a multiple of 4, at `a` differ in from those at `b`; the first is element `first`. At `out`, where there is
 * room for 128 bytes, are left, each in two parts as float64: the distances summed, their products, the squares of both. Behind
 * these stand the largest distance and its element, the largest in relation to `b`, as float64, which go on from what stands there; how
 * many distances exceed `atol + rtol * |b|`, as 64 bits, and how many floats lie between, plus one, at the most, as a word.
 * Where some are not finite, neither are the squares, and the rest means nothing.
 */
export function differenceOfFloat32(
  a: usize,
  b: usize,
  count: usize,
  first: f64,
  atol: f64,
  rtol: f64,
  out: usize,
): void {
  for (let at = SUM; at < MAX_ABS; at += 16) v128.store(out + at, i32x4.splat(0));
  store<u64>(out, 0, DIFFERING);
  store<u32>(out, 0, MAX_ULP);
  const within = atol != 0 || rtol != 0;
  const start = a;
  const end = a + (count << 2);
  while (a < end) {
    const stop = min(a + BLOCK, end);
    const further = within ? nearBlock(a, b, stop, atol, rtol, out) : equalBlock(a, b, stop, out);
    const largest = max(load<f64>(out, ROOM), load<f64>(out, ROOM + 8));
    if (largest > load<f64>(out, MAX_ABS)) {
      // Of what is not finite there is none, and nothing means anything.
      if (largest - largest != 0) return;
      store<f64>(out, largest, MAX_ABS);
      store<f64>(out, first + <f64>((a - start) >> 2) + <f64>find(largest, a, b), AT);
    }
    if (further) findRelative(a, b, stop, out);
    b += stop - a;
    a = stop;
  }
}
