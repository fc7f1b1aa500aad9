/** What each input of a mean counts. */
import type { FloatName } from './code-tables.ts';
import { precisionOf } from './exact-mean.ts';

/** Weights as whole numbers, if they are short: products with them are exact where the sum of all is. */
export interface Weights {
  readonly each: Float64Array;
  readonly total: number;
  /** Bits that a product has beyond those of a number; infinite for weights that are no short whole numbers. */
  readonly bits: number;
}

const MOST_WEIGHT_BITS = 12;

/** Weights in the right proportion, as whole numbers where few bits say it. */
export function weightsOf(given: ArrayLike<number>): Weights {
  const least = Math.min(...Array.from(given).filter((weight) => weight > 0));
  const equal = Array.from(given).every((weight) => weight === least);
  if (equal) return { each: new Float64Array(given.length).fill(1), total: given.length, bits: 0 };
  for (let bits = 0; bits <= 2 * MOST_WEIGHT_BITS; bits++) {
    const each = Float64Array.from(given, (weight) => weight * 2 ** bits);
    const largest = Math.max(...each);
    if (largest >= 2 ** MOST_WEIGHT_BITS) break;
    if (each.every(Number.isInteger)) {
      return { each, total: each.reduce((sum, weight) => sum + weight, 0), bits: Math.ceil(Math.log2(largest + 1)) };
    }
  }
  const each = Float64Array.from(given);
  return { each, total: each.reduce((sum, weight) => sum + weight, 0), bits: Number.POSITIVE_INFINITY };
}

/** How many times the least term the largest may be, zeros aside, for a sum in float64 to be exact and to round as it should. */
export function meanRatio(name: FloatName, { each, total, bits }: Weights): number {
  return 2 ** (53 - precisionOf(name) - bits) / (4 * each.length * total);
}

/** Below these, products with a float32 lose bits to their exponent. */
const LEAST_SHARE = 2 ** -800;

/** Each weight in relation to all; undefined where one is too small to be counted on. */
export function sharesOf({ each, total }: Weights): Float64Array | undefined {
  const shares = each.map((weight) => weight / total);
  return shares.every((share) => share >= LEAST_SHARE) ? shares : undefined;
}

/** Half a unit in the last place of float64, relative. */
export const EPSILON = 2 ** -53;

/** How far a sum of so many shares may be off that was added up in float64, in relation to the sizes of all terms. */
export const shareOf = (inputs: number): number => (2 * inputs + 6) * EPSILON;
