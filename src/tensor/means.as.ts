/**
 * Means of float32 in WebAssembly SIMD, in AssemblyScript: scripts/build-wasm.mjs compiles it. They work in the memory that
 * files are read into (bytes/crc32c-engine.ts) and have none of their own. All counts are of elements.
 */

import { constant, constantPair } from './constant.as';

const ABS: i32 = 0x7fffffff;
const INFINITY: i32 = 0x7f800000;
const ABS_LONG: i64 = 0x7fffffffffffffff;

/** What {@link meansOfFloat32} does; weights that are equal are 1. */
// @ts-ignore: decorator
@inline
function means(
  from: usize,
  stride: usize,
  inputs: i32,
  count: usize,
  to: usize,
  weights: usize,
  total: f64,
  ratio: f32,
  doubts: usize,
  isEqual: bool,
): u32 {
  const room = weights + (inputs << 3);
  const abs = constant(room, ABS);
  const one = constant(room, 1);
  const infinity = constant(room, INFINITY);
  const none = constant(room, -1);
  const zero = constant(room, 0);
  const widest = f32x4.splat(ratio);
  const exponentAlone = (reinterpret<u64>(total) & 0xfffffffffffff) == 0 && total > 1e-300 && total < 1e300;
  const divisor = f64x2.splat(exponentAlone ? 1 / total : total);
  let found: u32 = 0;
  for (let i: usize = 0; i < count; i += 4) {
    let low = f64x2.splat(-0.0);
    let high = f64x2.splat(-0.0);
    let most = zero;
    let least = none;
    let at = from + (i << 2);
    let weightAt = weights;
    for (let k = 0; k < inputs; k++, at += stride, weightAt += 8) {
      const x = v128.load(at);
      const first = f64x2.promote_low_f32x4(x);
      const second = f64x2.promote_low_f32x4(v128.load64_zero(at, 8));
      if (isEqual) {
        low = f64x2.add(low, first);
        high = f64x2.add(high, second);
      } else {
        const weight = v128.load64_splat(weightAt);
        low = f64x2.add(low, f64x2.mul(first, weight));
        high = f64x2.add(high, f64x2.mul(second, weight));
      }
      const size = v128.and(x, abs);
      most = i32x4.max_s(most, size);
      // One less, so that zeros are the largest of all.
      least = i32x4.min_u(least, i32x4.sub(size, one));
    }
    // A multiplication takes a fifth of the time, and is the same where the total is a power of two.
    if (exponentAlone) {
      low = f64x2.mul(low, divisor);
      high = f64x2.mul(high, divisor);
    } else {
      low = f64x2.div(low, divisor);
      high = f64x2.div(high, divisor);
    }
    v128.store(to + (i << 2), i64x2.shuffle(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high), 0, 2));
    const isWide = f32x4.lt(f32x4.mul(i32x4.add(least, one), widest), most);
    if (v128.any_true(v128.or(isWide, i32x4.ge_s(most, infinity)))) {
      store<u32>(doubts + (found << 2), <u32>i);
      found++;
    }
  }
  return found;
}
function equalMeans(
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
  return means(from, stride, inputs, count, to, weights, total, ratio, doubts, true);
}
function weighedMeans(
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
  return means(from, stride, inputs, count, to, weights, total, ratio, doubts, false);
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
  // Weights are whole numbers above zero.
  if (total == <f64>inputs) return equalMeans(from, stride, inputs, count, to, weights, total, ratio, doubts);
  return weighedMeans(from, stride, inputs, count, to, weights, total, ratio, doubts);
}

/** Four float32 of two pairs of float64. */
// @ts-ignore: decorator
@inline
function narrowed(low: v128, high: v128): v128 {
  return i64x2.shuffle(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high), 0, 2);
}

/**
 * As {@link meansOfFloat32}, for weights of any kind, which add up to about 1: rounding may be off by `share` of the sizes of all
 * terms. What both ends of that round to is sure, where it is not zero, and so is the mean of zeros alone.
 */
export function meansWithinOfFloat32(
  from: usize,
  stride: usize,
  inputs: i32,
  count: usize,
  to: usize,
  weights: usize,
  share: f64,
  doubts: usize,
): u32 {
  const room = weights + (inputs << 3);
  const abs = constantPair(room, ABS_LONG);
  const nothing = constantPair(room, reinterpret<i64>(-0.0));
  const part = constantPair(room, reinterpret<i64>(share));
  const zero = constantPair(room, 0);
  let found: u32 = 0;
  for (let i: usize = 0; i < count; i += 4) {
    let low = nothing;
    let high = nothing;
    let lowSize = zero;
    let highSize = zero;
    let at = from + (i << 2);
    let weightAt = weights;
    for (let k = 0; k < inputs; k++, at += stride, weightAt += 8) {
      const x = v128.load(at);
      const weight = v128.load64_splat(weightAt);
      const first = f64x2.mul(f64x2.promote_low_f32x4(x), weight);
      const second = f64x2.mul(f64x2.promote_low_f32x4(v128.load64_zero(at, 8)), weight);
      low = f64x2.add(low, first);
      high = f64x2.add(high, second);
      lowSize = f64x2.add(lowSize, v128.and(first, abs));
      highSize = f64x2.add(highSize, v128.and(second, abs));
    }
    const lowError = f64x2.mul(lowSize, part);
    const highError = f64x2.mul(highSize, part);
    const least = narrowed(f64x2.sub(low, lowError), f64x2.sub(high, highError));
    const most = narrowed(f64x2.add(low, lowError), f64x2.add(high, highError));
    const isSure = v128.andnot(f32x4.eq(least, most), f32x4.eq(least, zero));
    if (i32x4.all_true(isSure)) {
      v128.store(to + (i << 2), least);
      continue;
    }
    v128.store(to + (i << 2), narrowed(low, high));
    if (!v128.any_true(v128.or(lowSize, highSize))) continue;
    store<u32>(doubts + (found << 2), <u32>i);
    found++;
  }
  return found;
}
