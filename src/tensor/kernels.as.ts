/**
 * Loops over floats in WebAssembly SIMD, in AssemblyScript: scripts/build-wasm.mjs compiles it. They work in the memory that
 * files are read into (bytes/crc32c-engine.ts) and have none of their own. All counts are of elements.
 */

const ABS: i32 = 0x7fffffff;
const INFINITY: i32 = 0x7f800000;

/** Four float32 as bfloat16, in the low halves of their lanes: rounded to nearest even, NaN quiet and with its sign. */
// @ts-ignore: decorator
@inline
function rounded(x: v128): v128 {
  const odd = v128.and(i32x4.shr_u(x, 16), i32x4.splat(1));
  const near = i32x4.shr_u(i32x4.add(i32x4.add(x, i32x4.splat(0x7fff)), odd), 16);
  const nan = v128.or(v128.and(i32x4.shr_u(x, 16), i32x4.splat(0x8000)), i32x4.splat(0x7fc0));
  return v128.bitselect(near, nan, f32x4.eq(x, x));
}

let overflow: v128;
let underflow: v128;
let largest: v128;

/** Adds what four numbers lost on the way to `near`, a code of bfloat16 in each lane. */
// @ts-ignore: decorator
@inline
function tally(x: v128, near: v128): void {
  const y = i32x4.shl(near, 16);
  const finite = f32x4.lt(f32x4.abs(x), i32x4.splat(INFINITY));
  const over = v128.and(finite, f32x4.eq(f32x4.abs(y), i32x4.splat(INFINITY)));
  const under = v128.andnot(f32x4.eq(y, f32x4.splat(0)), f32x4.eq(x, f32x4.splat(0)));
  const error = v128.andnot(v128.and(finite, f32x4.abs(f32x4.sub(x, y))), over);
  overflow = i32x4.sub(overflow, over);
  underflow = i32x4.sub(underflow, under);
  largest = f32x4.max(largest, error);
}

/**
 * Casts `count` float32 at `from`, a multiple of 8, to bfloat16 at `to`. At `losses` stand how many became infinite and how many
 * zero, as words, and the largest difference, as a float32; they grow.
 */
export function bfloat16OfFloat32(from: usize, to: usize, count: usize, losses: usize): void {
  overflow = i32x4.splat(0);
  underflow = i32x4.splat(0);
  largest = f32x4.splat(0);
  for (const end = from + (count << 2); from < end; from += 32, to += 16) {
    const a = v128.load(from);
    const b = v128.load(from, 16);
    const nearA = rounded(a);
    const nearB = rounded(b);
    tally(a, nearA);
    tally(b, nearB);
    v128.store(to, i16x8.narrow_i32x4_u(nearA, nearB));
  }
  for (let lane = 0; lane < 4; lane++) {
    store<u32>(losses, load<u32>(losses) + laneOf(overflow, lane));
    store<u32>(losses, load<u32>(losses, 4) + laneOf(underflow, lane), 4);
    store<f32>(losses, max(load<f32>(losses, 8), reinterpret<f32>(laneOf(largest, lane))), 8);
  }
}

function laneOf(vector: v128, lane: i32): u32 {
  if (lane == 0) return i32x4.extract_lane(vector, 0);
  if (lane == 1) return i32x4.extract_lane(vector, 1);
  if (lane == 2) return i32x4.extract_lane(vector, 2);
  return i32x4.extract_lane(vector, 3);
}

/**
 * Means of `count` float32, a multiple of 4, of `inputs` inputs: the first at `from`, each further one `stride` bytes on. The
 * weights are float64 at `weights`, their sum is `total`. Numbers whose largest exceeds `ratio` times the least, zeros aside, and
 * numbers that are not finite are not sure: their places, four at a time, are written as words at `doubts`. Returns how many
 * fours these are.
 */
export function meansOfFloat32(
  from: usize,
  stride: usize,
  inputs: i32,
  count: usize,
  to: usize,
  weights: usize,
  total: f64,
  ratio: f32,
  doubts: usize,
): u32 {
  let found: u32 = 0;
  const divisor = f64x2.splat(total);
  for (let i: usize = 0; i < count; i += 4) {
    let low = f64x2.splat(-0.0);
    let high = f64x2.splat(-0.0);
    let most = f32x4.splat(0);
    let least = i32x4.splat(INFINITY);
    let at = from + (i << 2);
    let weightAt = weights;
    for (let k = 0; k < inputs; k++, at += stride, weightAt += 8) {
      const x = v128.load(at);
      const weight = v128.load64_splat(weightAt);
      low = f64x2.add(low, f64x2.mul(f64x2.promote_low_f32x4(x), weight));
      high = f64x2.add(high, f64x2.mul(f64x2.promote_low_f32x4(i64x2.shuffle(x, x, 1, 0)), weight));
      const size = f32x4.abs(x);
      most = f32x4.max(most, size);
      least = f32x4.min(least, v128.bitselect(i32x4.splat(INFINITY), size, f32x4.eq(size, f32x4.splat(0))));
    }
    const lowMean = f32x4.demote_f64x2_zero(f64x2.div(low, divisor));
    const highMean = f32x4.demote_f64x2_zero(f64x2.div(high, divisor));
    v128.store(to + (i << 2), i64x2.shuffle(lowMean, highMean, 0, 2));
    const near = f32x4.le(most, f32x4.mul(least, f32x4.splat(ratio)));
    const sure = v128.and(near, f32x4.lt(most, i32x4.splat(INFINITY)));
    if (!i32x4.all_true(sure)) {
      store<u32>(doubts + (found << 2), <u32>i);
      found++;
    }
  }
  return found;
}
