/**
 * What is known of many numbers: how many, extremes, sum, and squares around their mean; of parts of them, joined (Chan, Golub and
 * LeVeque). Of numbers up to the size of float32: nothing overflows.
 */
import { ExactSum } from './exact-sum.ts';

const SPLITTER = 2 ** 27 + 1;

/** A quotient of a sum and a count, with what rounding lost of it: means that lie close together differ in the last digits. */
function exactQuotient({ high, low }: ExactSum, count: number): readonly [high: number, low: number] {
  const quotient = high / count;
  // Dekker's product of the quotient and the count, which is a whole number below 2^53.
  const [a, b] = [SPLITTER * quotient, SPLITTER * count];
  const [aHigh, bHigh] = [a - (a - quotient), b - (b - count)];
  const [aLow, bLow] = [quotient - aHigh, count - bHigh];
  const product = quotient * count;
  const lost = aLow * bLow - (product - aHigh * bHigh - aLow * bHigh - aHigh * bLow);
  return [quotient, (high - product - lost + low) / count];
}

/** How many float64 hold the moments of numbers. */
export const MOMENTS_WIDTH = 10;

export class Moments {
  finite = 0;
  zeros = 0;
  nan = 0;
  inf = 0;
  min = Number.POSITIVE_INFINITY;
  max = Number.NEGATIVE_INFINITY;
  readonly sum = new ExactSum();
  readonly squares = new ExactSum();

  get mean(): number {
    return this.sum.value / this.finite;
  }

  /** Adds other numbers: what lies apart is their mean from that of those before. */
  join(other: Moments): void {
    this.nan += other.nan;
    this.inf += other.inf;
    if (other.finite === 0) return;
    if (this.finite > 0) {
      const [own, its] = [exactQuotient(this.sum, this.finite), exactQuotient(other.sum, other.finite)];
      const apart = its[0] - own[0] + (its[1] - own[1]);
      this.squares.add(((apart * apart * this.finite) / (this.finite + other.finite)) * other.finite);
    }
    this.squares.join(other.squares);
    this.sum.join(other.sum);
    this.finite += other.finite;
    this.zeros += other.zeros;
    this.min = Math.min(this.min, other.min);
    this.max = Math.max(this.max, other.max);
  }

  /** Adds some numbers, of which few are left where they come by fours. */
  addFew(values: ArrayLike<number>): void {
    for (let i = 0; i < values.length; i++) {
      const value = values[i] as number;
      const one = new Moments();
      if (Number.isNaN(value)) one.nan = 1;
      else if (!Number.isFinite(value)) one.inf = 1;
      else {
        one.finite = 1;
        one.zeros = value === 0 ? 1 : 0;
        one.min = value;
        one.max = value;
        one.sum.high = value;
      }
      this.join(one);
    }
  }

  /** Writes all into ten float64. */
  writeTo(target: Float64Array): void {
    const { finite, zeros, nan, inf, min, max, sum, squares } = this;
    target.set([finite, zeros, nan, inf, min, max, sum.high, sum.low, squares.high, squares.low]);
  }

  /** What {@link writeTo} wrote. */
  static from(values: Float64Array): Moments {
    const moments = new Moments();
    const [finite, zeros, nan, inf, min, max, high, low, squares, lost] = values as unknown as readonly number[];
    Object.assign(moments, { finite, zeros, nan, inf, min, max });
    Object.assign(moments.sum, { high, low });
    Object.assign(moments.squares, { high: squares, low: lost });
    return moments;
  }
}
