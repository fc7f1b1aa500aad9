/**
 * The mean of some numbers, rounded once: as whole numbers over one power of two, divided exactly. Slow and always right; what
 * is quick asks for it where it cannot be sure.
 */
import type { FloatName } from './code-tables.ts';

interface FloatFormat {
  /** Bits of a significand, with the one that is not stored. */
  readonly precision: number;
  /** Exponent of the least number above zero. */
  readonly least: number;
}

const FORMATS: Readonly<Record<FloatName, FloatFormat>> = {
  float64: { precision: 53, least: -1074 },
  float32: { precision: 24, least: -149 },
  float16: { precision: 11, least: -24 },
  bfloat16: { precision: 8, least: -133 },
  float8_e5m2: { precision: 3, least: -16 },
  float8_e4m3fn: { precision: 4, least: -9 },
  float8_e4m3fnuz: { precision: 4, least: -10 },
  float8_e4m3b11fnuz: { precision: 4, least: -13 },
  float8_e5m2fnuz: { precision: 3, least: -17 },
  float4_e2m1fn: { precision: 2, least: -1 },
  float6_e2m3fn: { precision: 4, least: -3 },
  float6_e3m2fn: { precision: 3, least: -4 },
  float8_e8m0fnu: { precision: 1, least: -127 },
};

/** Bits of a significand. */
export const precisionOf = (name: FloatName): number => FORMATS[name].precision;

const scratch = new DataView(new ArrayBuffer(8));

/** A finite float64 as a whole number times two to an exponent. */
function takenApart(value: number): { readonly whole: bigint; readonly exponent: number } {
  scratch.setFloat64(0, value);
  const bits = scratch.getBigUint64(0);
  const biased = Number((bits >> 52n) & 0x7ffn);
  const stored = bits & 0xfffffffffffffn;
  const whole = biased === 0 ? stored : stored | 0x10000000000000n;
  return { whole: value < 0 ? -whole : whole, exponent: Math.max(biased, 1) - 1075 };
}

/** The sum of products of two lists of numbers, over one power of two. */
function sumOfProducts(values: ArrayLike<number>, weights: ArrayLike<number>): { sum: bigint; exponent: number } {
  const terms = Array.from(values, (value, i) => {
    const [a, b] = [takenApart(value), takenApart(weights[i] as number)];
    return { whole: a.whole * b.whole, exponent: a.exponent + b.exponent };
  });
  const exponent = Math.min(...terms.map((term) => term.exponent));
  const sum = terms.reduce((total, term) => total + (term.whole << BigInt(term.exponent - exponent)), 0n);
  return { sum, exponent };
}

const bitLength = (value: bigint): number => value.toString(2).length;

/** `numerator / denominator * 2^exponent`, both positive, rounded to nearest even in a format. */
function rounded(numerator: bigint, denominator: bigint, exponent: number, { precision, least }: FloatFormat): number {
  // The quotient lies in [2^(top-1), 2^(top+1)).
  const top = bitLength(numerator) - bitLength(denominator) + exponent;
  let unit = Math.max(top - precision, least);
  for (;;) {
    const shift = exponent - unit;
    const dividend = shift >= 0 ? numerator << BigInt(shift) : numerator;
    const divisor = shift >= 0 ? denominator : denominator << BigInt(-shift);
    let whole = dividend / divisor;
    if (bitLength(whole) > precision) {
      unit++;
      continue;
    }
    const twice = 2n * (dividend - whole * divisor);
    if (twice > divisor || (twice === divisor && (whole & 1n) === 1n)) whole++;
    return scaled(whole, unit);
  }
}

/** `whole * 2^exponent`, which a float64 holds, or which is too large for it. */
function scaled(whole: bigint, exponent: number): number {
  const half = Math.trunc(exponent / 2);
  return Number(whole) * 2 ** half * 2 ** (exponent - half);
}

/**
 * The mean of finite numbers with their weights, which are not negative and not all zero, rounded once to nearest even in a
 * dtype; given as the float64 that has this value, or one beyond the largest of the dtype.
 */
export function exactMean(name: FloatName, values: ArrayLike<number>, weights: ArrayLike<number>): number {
  const { sum, exponent } = sumOfProducts(values, weights);
  const total = sumOfProducts(
    weights,
    Float64Array.from(weights, () => 1),
  );
  if (sum === 0n) return Array.from(values).every((value) => Object.is(value, -0)) ? -0 : 0;
  const magnitude = sum < 0n ? -sum : sum;
  const mean = rounded(magnitude, total.sum, exponent - total.exponent, FORMATS[name]);
  return sum < 0n ? -mean : mean;
}
