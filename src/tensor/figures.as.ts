/**
 * Loops that take figures of float32 in WebAssembly SIMD, in AssemblyScript: scripts/build-wasm.mjs compiles it. They work in the
 * memory that files are read into (bytes/crc32c-engine.ts) and have none of their own.
 */
import { constant } from './constant.as';

const ABS: i32 = 0x7fffffff;
const INFINITY: i32 = 0x7f800000;

/**
 * What is known of `count` float32, a multiple of 4, at `from`. At `out`, where there is room for 128 bytes: the sum in four parts
 * as float64, what rounding lost of each in four more, then for each of four lanes the least, the largest, how many are zero, and
 * the bits of the largest without the sign: where these reach infinity, the rest means nothing.
 */
export function momentsOfFloat32(from: usize, count: usize, out: usize): void {
  const abs = constant(out, ABS);
  const zero = constant(out, 0);
  let lowSum = zero;
  let highSum = zero;
  let lowLost = zero;
  let highLost = zero;
  let least = constant(out, INFINITY);
  let most = constant(out, 0xff800000);
  let zeros = zero;
  let size = zero;
  for (const end = from + (count << 2); from < end; from += 16) {
    const x = v128.load(from);
    least = f32x4.pmin(least, x);
    most = f32x4.pmax(most, x);
    zeros = i32x4.sub(zeros, f32x4.eq(x, zero));
    size = i32x4.max_s(size, v128.and(x, abs));
    const low = f64x2.promote_low_f32x4(x);
    const high = f64x2.promote_low_f32x4(i64x2.shuffle(x, x, 1, 0));
    // Knuth's two-sum.
    const lowNext = f64x2.add(lowSum, low);
    const highNext = f64x2.add(highSum, high);
    const lowPart = f64x2.sub(lowNext, lowSum);
    const highPart = f64x2.sub(highNext, highSum);
    const lowRest = f64x2.add(f64x2.sub(lowSum, f64x2.sub(lowNext, lowPart)), f64x2.sub(low, lowPart));
    const highRest = f64x2.add(f64x2.sub(highSum, f64x2.sub(highNext, highPart)), f64x2.sub(high, highPart));
    lowLost = f64x2.add(lowLost, lowRest);
    highLost = f64x2.add(highLost, highRest);
    lowSum = lowNext;
    highSum = highNext;
  }
  v128.store(out, lowSum);
  v128.store(out, highSum, 16);
  v128.store(out, lowLost, 32);
  v128.store(out, highLost, 48);
  v128.store(out, least, 64);
  v128.store(out, most, 80);
  v128.store(out, zeros, 96);
  v128.store(out, size, 112);
}

/**
 * The squares of the distances of `count` float32, a multiple of 4, at `from` from `middle`, summed, and the distances themselves:
 * two parts of each as float64 at `out`, where there is room for 32 bytes.
 */
export function spreadOfFloat32(from: usize, count: usize, middle: f64, out: usize): void {
  store<f64>(out, middle);
  const mean = v128.load64_splat(out);
  const zero = constant(out, 0);
  let lowSquares = zero;
  let highSquares = zero;
  let lowRest = zero;
  let highRest = zero;
  for (const end = from + (count << 2); from < end; from += 16) {
    const x = v128.load(from);
    const low = f64x2.sub(f64x2.promote_low_f32x4(x), mean);
    const high = f64x2.sub(f64x2.promote_low_f32x4(i64x2.shuffle(x, x, 1, 0)), mean);
    lowSquares = f64x2.add(lowSquares, f64x2.mul(low, low));
    highSquares = f64x2.add(highSquares, f64x2.mul(high, high));
    lowRest = f64x2.add(lowRest, low);
    highRest = f64x2.add(highRest, high);
  }
  v128.store(out, f64x2.add(lowSquares, highSquares));
  v128.store(out, f64x2.add(lowRest, highRest), 16);
}

/** Counts `count` float32 at `from` by their upper 16 bits, in a table of words at `counts`. */
export function countsOfFloat32(from: usize, count: usize, counts: usize): void {
  for (const end = from + (count << 2); from < end; from += 4) {
    const at = counts + ((<usize>load<u16>(from, 2)) << 2);
    store<u32>(at, load<u32>(at) + 1);
  }
}

/**
 * What `count` float32, a multiple of 4, at `a` differ in from those at `b`. At `out`, where there is room for 224 bytes, each in two
 * parts as float64: the distances summed, their products, the squares of both, the largest distance; how many distances exceed
 * `atol + rtol * |b|`, in two parts as words of 64 bits; then for each of four lanes as float32 about the largest distance in
 * relation to `b`, how many floats lie between, plus one, at the most, and the bits of the largest without the sign: where these
 * reach infinity, the rest means nothing.
 */
export function differenceOfFloat32(a: usize, b: usize, count: usize, atol: f64, rtol: f64, out: usize): void {
  const abs = constant(out, ABS);
  const zero = constant(out, 0);
  store<u64>(out, 0x7fffffffffffffff);
  const absLong = v128.load64_splat(out);
  store<f64>(out, atol);
  const least = v128.load64_splat(out);
  store<f64>(out, rtol);
  const share = v128.load64_splat(out);
  let sum = zero;
  let products = zero;
  let squaresA = zero;
  let squaresB = zero;
  let largest = zero;
  let differing = zero;
  let relative = zero;
  let between = zero;
  let size = zero;
  for (const end = a + (count << 2); a < end; a += 16, b += 16) {
    const x = v128.load(a);
    const y = v128.load(b);
    const sizeY = v128.and(y, abs);
    size = i32x4.max_s(size, i32x4.max_s(v128.and(x, abs), sizeY));
    const ratio = f32x4.div(v128.and(f32x4.sub(x, y), abs), sizeY);
    relative = f32x4.pmax(relative, v128.and(ratio, i32x4.gt_s(sizeY, zero)));
    // Negative floats in the order of integers.
    const signX = i32x4.shr_s(x, 31);
    const signY = i32x4.shr_s(y, 31);
    const placeX = i32x4.sub(v128.xor(v128.and(x, abs), signX), signX);
    const placeY = i32x4.sub(v128.xor(sizeY, signY), signY);
    between = i32x4.max_u(between, i32x4.sub(i32x4.max_s(placeX, placeY), i32x4.min_s(placeX, placeY)));
    for (let half = 0; half < 2; half++) {
      const first = f64x2.promote_low_f32x4(half == 0 ? x : i64x2.shuffle(x, x, 1, 0));
      const second = f64x2.promote_low_f32x4(half == 0 ? y : i64x2.shuffle(y, y, 1, 0));
      const distance = v128.and(f64x2.sub(first, second), absLong);
      const bound = f64x2.add(least, f64x2.mul(share, v128.and(second, absLong)));
      sum = f64x2.add(sum, distance);
      largest = f64x2.pmax(largest, distance);
      differing = i64x2.sub(differing, f64x2.gt(distance, bound));
      products = f64x2.add(products, f64x2.mul(first, second));
      squaresA = f64x2.add(squaresA, f64x2.mul(first, first));
      squaresB = f64x2.add(squaresB, f64x2.mul(second, second));
    }
  }
  v128.store(out, sum);
  v128.store(out, products, 16);
  v128.store(out, squaresA, 32);
  v128.store(out, squaresB, 48);
  v128.store(out, largest, 64);
  v128.store(out, differing, 80);
  v128.store(out, relative, 96);
  v128.store(out, between, 112);
  v128.store(out, size, 128);
}
