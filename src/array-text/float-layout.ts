/**
 * How the binary floats lie on the number line: for a float type, which reals round to a given value. A real between
 * `low` and `high` of a value reads back as that value, and so do the two bounds themselves where the value's last bit
 * is even.
 */

/** A binary float type: bits of its significand (with the leading one) and exponent of its smallest normal number. */
export interface FloatLayout {
  readonly significandBits: number;
  readonly minExponent: number;
}

export const FLOAT16: FloatLayout = { significandBits: 11, minExponent: -14 };
export const FLOAT32: FloatLayout = { significandBits: 24, minExponent: -126 };
export const FLOAT64: FloatLayout = { significandBits: 53, minExponent: -1022 };

const scratch = new Float64Array(1);
const words = new Uint32Array(scratch.buffer);
/** Where the word with sign and exponent lies on this host. */
const HIGH = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1 ? 1 : 0;
const LOW = 1 - HIGH;

/** floor(log2(value)) of a positive normal float64; -1023 for a subnormal one. */
export function binaryExponent(value: number): number {
  scratch[0] = value;
  return ((words[HIGH]! >>> 20) & 0x7ff) - 1023;
}

/** Whether a positive normal float64 is a power of two: the spacing below such a value is half the spacing above. */
export function isPowerOfTwo(value: number): boolean {
  scratch[0] = value;
  return words[LOW] === 0 && (words[HIGH]! & 0xfffff) === 0;
}

/** Exponent of the distance from `value` to the next larger number of the type, which is a power of two. */
export function spacingExponent(value: number, layout: FloatLayout): number {
  return Math.max(binaryExponent(value), layout.minExponent) - layout.significandBits + 1;
}

/** Whether the spacing below `value` is half the spacing above it. */
export function hasNarrowBelow(value: number, layout: FloatLayout): boolean {
  return isPowerOfTwo(value) && binaryExponent(value) > layout.minExponent;
}
