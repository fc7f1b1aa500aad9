/**
 * Loops over floats in WebAssembly SIMD, in AssemblyScript: scripts/build-wasm.mjs compiles it. They work in the memory that
 * files are read into (bytes/crc32c-engine.ts) and have none of their own. All counts are of elements.
 */

import { constant, constantPair } from './constant.as';

const ABS: i32 = 0x7fffffff;
const INFINITY: i32 = 0x7f800000;
/** From these bits on, without the sign, a float32 is infinite as bfloat16, or was; or is NaN. */
const LEAST_INFINITE: i32 = 0x7f7f8000;
/** Up to these bits a float32 is zero as bfloat16. */
const MOST_ZERO: i32 = 0x8000;

/** Of four numbers at `at` as bfloat16, in the low halves of their lanes: rounded to nearest even, NaN quiet and with their signs. */
function rounded(at: usize): v128 {
  const x = v128.load(at);
  const odd = v128.and(i32x4.shr_u(x, 16), i32x4.splat(1));
  const near = i32x4.shr_u(i32x4.add(i32x4.add(x, i32x4.splat(0x7fff)), odd), 16);
  const nan = v128.or(v128.and(i32x4.shr_u(x, 16), i32x4.splat(0x8000)), i32x4.splat(0x7fc0));
  return v128.bitselect(near, nan, f32x4.eq(x, x));
}

/** Of four numbers at `at`: adds what becomes infinite and what zero, at `losses`; gives how far the others are from what they become. */
function tally(at: usize, losses: usize): v128 {
  const x = v128.load(at);
  const y = i32x4.shl(rounded(at), 16);
  const finite = f32x4.lt(f32x4.abs(x), i32x4.splat(INFINITY));
  const over = v128.and(finite, f32x4.eq(f32x4.abs(y), i32x4.splat(INFINITY)));
  const under = v128.andnot(f32x4.eq(y, f32x4.splat(0)), f32x4.eq(x, f32x4.splat(0)));
  store<u32>(losses, load<u32>(losses) + popcnt<u32>(i32x4.bitmask(over)));
  store<u32>(losses, load<u32>(losses, 4) + popcnt<u32>(i32x4.bitmask(under)), 4);
  return v128.andnot(v128.and(finite, f32x4.abs(f32x4.sub(x, y))), over);
}

/**
 * Casts `count` float32 at `from`, a multiple of 8, to bfloat16 at `to`. At `losses`, where there is room for 32 bytes, stand how
 * many became infinite and how many zero, as words, and the largest difference, as a float32; they grow.
 */
export function bfloat16OfFloat32(from: usize, to: usize, count: usize, losses: usize): void {
  const room = losses + 16;
  const abs = constant(room, ABS);
  const one = constant(room, 1);
  const half = constant(room, 0x7fff);
  const most = constant(room, LEAST_INFINITE - 1);
  const least = constant(room, MOST_ZERO + 1);
  const zero = constant(room, 0);
  let largest = zero;
  for (const end = from + (count << 2); from < end; from += 32, to += 16) {
    const a = v128.load(from);
    const b = v128.load(from, 16);
    const sizeA = v128.and(a, abs);
    const sizeB = v128.and(b, abs);
    // NaN, infinite now or then, or zero then, and now perhaps: each is rare, and takes a closer look.
    const large = i32x4.gt_s(i32x4.max_s(sizeA, sizeB), most);
    const small = i32x4.gt_s(least, i32x4.min_s(sizeA, sizeB));
    if (v128.any_true(v128.or(large, small))) {
      largest = f32x4.pmax(largest, f32x4.pmax(tally(from, losses), tally(from + 16, losses)));
      v128.store(to, i16x8.narrow_i32x4_u(rounded(from), rounded(from + 16)));
      continue;
    }
    const nearA = i32x4.shr_u(i32x4.add(i32x4.add(a, half), v128.and(i32x4.shr_u(a, 16), one)), 16);
    const nearB = i32x4.shr_u(i32x4.add(i32x4.add(b, half), v128.and(i32x4.shr_u(b, 16), one)), 16);
    const errorA = v128.and(f32x4.sub(a, i32x4.shl(nearA, 16)), abs);
    const errorB = v128.and(f32x4.sub(b, i32x4.shl(nearB, 16)), abs);
    largest = f32x4.pmax(largest, f32x4.pmax(errorA, errorB));
    v128.store(to, i16x8.narrow_i32x4_u(nearA, nearB));
  }
  for (let lane = 0; lane < 4; lane++) {
    store<f32>(losses, max(load<f32>(losses, 8), reinterpret<f32>(laneOf(largest, lane))), 8);
  }
}

/** Smaller numbers are subnormal as float16, or zero; from the other on they are infinite, or were, or are NaN. */
const LEAST_NORMAL: i32 = 0x38800000;
const LEAST_INFINITE_HALF: i32 = 0x477ff000;
/** What float32 adds to the exponents of float16. */
const BIAS: i32 = 0x38000000;

/** Of four numbers at `at` as float16, in the low halves of their lanes: rounded to nearest even, NaN with their signs. */
function halfOf(at: usize): v128 {
  const x = v128.load(at);
  const size = v128.and(x, i32x4.splat(ABS));
  const odd = v128.and(i32x4.shr_u(size, 13), i32x4.splat(1));
  const normal = i32x4.shr_u(i32x4.add(i32x4.sub(size, i32x4.splat(BIAS)), i32x4.add(odd, i32x4.splat(0xfff))), 13);
  // The sum with a half has the last place of a subnormal float16.
  const small = i32x4.sub(f32x4.add(size, f32x4.splat(0.5)), f32x4.splat(0.5));
  const finite = v128.bitselect(small, normal, i32x4.lt_s(size, i32x4.splat(LEAST_NORMAL)));
  const infinite = i32x4.ge_s(size, i32x4.splat(LEAST_INFINITE_HALF));
  // As numpy has it, NaN keep the upper part of their payload, or get one.
  const payload = i32x4.max_s(v128.and(i32x4.shr_u(size, 13), i32x4.splat(0x3ff)), i32x4.splat(1));
  const nan = v128.and(i32x4.gt_s(size, i32x4.splat(INFINITY)), payload);
  const code = v128.bitselect(v128.or(i32x4.splat(0x7c00), nan), finite, infinite);
  return v128.or(code, v128.and(i32x4.shr_u(x, 16), i32x4.splat(0x8000)));
}

/** The magnitudes of four finite float16 that lie in the low halves of their lanes. */
function sizeOfHalf(code: v128): v128 {
  const size = v128.and(code, i32x4.splat(ABS >>> 16));
  const normal = i32x4.add(i32x4.shl(size, 13), i32x4.splat(BIAS));
  const small = f32x4.mul(f32x4.convert_i32x4_u(size), f32x4.splat(5.9604644775390625e-8));
  return v128.bitselect(small, normal, i32x4.lt_s(size, i32x4.splat(0x400)));
}

/** As {@link tally}, for float16. */
function tallyHalf(at: usize, losses: usize): v128 {
  const size = v128.and(v128.load(at), i32x4.splat(ABS));
  const code = halfOf(at);
  const finite = i32x4.lt_s(size, i32x4.splat(INFINITY));
  const over = v128.and(finite, i32x4.ge_s(size, i32x4.splat(LEAST_INFINITE_HALF)));
  const none = i32x4.eq(v128.and(code, i32x4.splat(ABS >>> 16)), i32x4.splat(0));
  const under = v128.andnot(none, i32x4.eq(size, i32x4.splat(0)));
  store<u32>(losses, load<u32>(losses) + popcnt<u32>(i32x4.bitmask(over)));
  store<u32>(losses, load<u32>(losses, 4) + popcnt<u32>(i32x4.bitmask(under)), 4);
  return v128.andnot(v128.and(finite, f32x4.abs(f32x4.sub(size, sizeOfHalf(code)))), over);
}

/** As {@link bfloat16OfFloat32}, to float16. */
export function float16OfFloat32(from: usize, to: usize, count: usize, losses: usize): void {
  const room = losses + 16;
  const abs = constant(room, ABS);
  const one = constant(room, 1);
  const half = constant(room, 0xfff);
  const sign = constant(room, 0x8000);
  const bias = constant(room, BIAS);
  const most = constant(room, LEAST_INFINITE_HALF - 1);
  const least = constant(room, LEAST_NORMAL);
  let largest = constant(room, 0);
  for (const end = from + (count << 2); from < end; from += 32, to += 16) {
    const a = v128.load(from);
    const b = v128.load(from, 16);
    const sizeA = v128.and(a, abs);
    const sizeB = v128.and(b, abs);
    const large = i32x4.gt_s(i32x4.max_s(sizeA, sizeB), most);
    const small = i32x4.gt_s(least, i32x4.min_s(sizeA, sizeB));
    if (v128.any_true(v128.or(large, small))) {
      largest = f32x4.pmax(largest, f32x4.pmax(tallyHalf(from, losses), tallyHalf(from + 16, losses)));
      v128.store(to, i16x8.narrow_i32x4_u(halfOf(from), halfOf(from + 16)));
      continue;
    }
    const oddA = v128.and(i32x4.shr_u(sizeA, 13), one);
    const oddB = v128.and(i32x4.shr_u(sizeB, 13), one);
    const codeA = i32x4.shr_u(i32x4.add(i32x4.sub(sizeA, bias), i32x4.add(oddA, half)), 13);
    const codeB = i32x4.shr_u(i32x4.add(i32x4.sub(sizeB, bias), i32x4.add(oddB, half)), 13);
    const errorA = v128.and(f32x4.sub(sizeA, i32x4.add(i32x4.shl(codeA, 13), bias)), abs);
    const errorB = v128.and(f32x4.sub(sizeB, i32x4.add(i32x4.shl(codeB, 13), bias)), abs);
    largest = f32x4.pmax(largest, f32x4.pmax(errorA, errorB));
    const signA = v128.and(i32x4.shr_u(a, 16), sign);
    const signB = v128.and(i32x4.shr_u(b, 16), sign);
    v128.store(to, i16x8.narrow_i32x4_u(v128.or(codeA, signA), v128.or(codeB, signB)));
  }
  for (let lane = 0; lane < 4; lane++) {
    store<f32>(losses, max(load<f32>(losses, 8), reinterpret<f32>(laneOf(largest, lane))), 8);
  }
}

function laneOf(vector: v128, lane: i32): u32 {
  if (lane == 0) return i32x4.extract_lane(vector, 0);
  if (lane == 1) return i32x4.extract_lane(vector, 1);
  if (lane == 2) return i32x4.extract_lane(vector, 2);
  return i32x4.extract_lane(vector, 3);
}

const ABS_LONG: i64 = 0x7fffffffffffffff;
const INFINITY_LONG: i64 = 0x7ff0000000000000;
/** From these bits on, without the sign, a float64 is infinite as float32, or was, or is NaN; up to the others it is zero, or nearly. */
const LEAST_INFINITE_LONG: i64 = 0x47efffffe0000000;
const LEAST_NORMAL_LONG: i64 = 0x3810000000000000;

/** Casts four float64 at `from` to float32 at `to` one by one, and adds what is lost. */
function narrowOneByOne(from: usize, to: usize, losses: usize): void {
  for (const end = from + 32; from < end; from += 8, to += 4) {
    const bits = load<i64>(from);
    const size = bits & ABS_LONG;
    if (size > INFINITY_LONG) {
      // The upper part of a payload is kept, and the NaN made quiet.
      store<u32>(to, <u32>((bits >> 32) & 0x80000000) | 0x7fc00000 | <u32>((bits >> 29) & 0x3fffff));
      continue;
    }
    const value = load<f64>(from);
    const near = <f32>value;
    store<f32>(to, near);
    if (size == INFINITY_LONG) continue;
    if (abs(near) == <f32>Infinity) store<u32>(losses, load<u32>(losses) + 1);
    else store<f64>(losses, max(load<f64>(losses, 8), abs(value - <f64>near)), 8);
    if (near == 0 && value != 0) store<u32>(losses, load<u32>(losses, 4) + 1, 4);
  }
}

/** As {@link bfloat16OfFloat32}, of float64 to float32; `count` is a multiple of 4, and the largest difference is a float64. */
export function float32OfFloat64(from: usize, to: usize, count: usize, losses: usize): void {
  const room = losses + 16;
  const abs = constantPair(room, ABS_LONG);
  const most = constantPair(room, LEAST_INFINITE_LONG - 1);
  const least = constantPair(room, LEAST_NORMAL_LONG);
  let largest = constantPair(room, 0);
  for (const end = from + (count << 3); from < end; from += 32, to += 16) {
    const a = v128.load(from);
    const b = v128.load(from, 16);
    const sizeA = v128.and(a, abs);
    const sizeB = v128.and(b, abs);
    const large = v128.or(i64x2.gt_s(sizeA, most), i64x2.gt_s(sizeB, most));
    const small = v128.or(i64x2.gt_s(least, sizeA), i64x2.gt_s(least, sizeB));
    if (v128.any_true(v128.or(large, small))) {
      narrowOneByOne(from, to, losses);
      continue;
    }
    const nearA = f32x4.demote_f64x2_zero(a);
    const nearB = f32x4.demote_f64x2_zero(b);
    v128.store(to, i64x2.shuffle(nearA, nearB, 0, 2));
    const errorA = v128.and(f64x2.sub(a, f64x2.promote_low_f32x4(nearA)), abs);
    const errorB = v128.and(f64x2.sub(b, f64x2.promote_low_f32x4(nearB)), abs);
    largest = f64x2.pmax(largest, f64x2.pmax(errorA, errorB));
  }
  const found = max(f64x2.extract_lane(largest, 0), f64x2.extract_lane(largest, 1));
  store<f64>(losses, max(load<f64>(losses, 8), found), 8);
}
