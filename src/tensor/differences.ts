/** What numbers of two tensors differ in, as far as it can be told of a part of them; parts are joined. */

/** How many float64 hold them. */
export const DIFFERENCES_WIDTH = 10;

/** Values are alike where |a - b| is at most `atol + rtol * |b|`. */
export interface AlikeWithin {
  readonly atol: number;
  readonly rtol: number;
  readonly equalNan: boolean;
}

const floats = new Float32Array(1);
const bits = new Int32Array(floats.buffer);

/** A float32 as a whole number in the order of all of them. */
function placeOf(value: number): number {
  floats[0] = value;
  const code = bits[0] as number;
  return code < 0 ? -(code & 0x7fffffff) : code;
}

export class DifferenceFigures {
  differing = 0;
  /** Pairs of which both are finite; over these are the figures that follow. */
  finite = 0;
  sum = 0;
  products = 0;
  squaresA = 0;
  squaresB = 0;
  maxAbs = 0;
  /** The element where the largest distance stands; -1 where there is none. */
  at = -1;
  maxRelative = 0;
  /** Floats that lie between, plus one, at the most. */
  maxUlp = 0;

  /** Adds float32 one by one; the first of them is element `first`. */
  addFew(a: Float32Array, b: Float32Array, first: number, { atol, rtol, equalNan }: AlikeWithin): void {
    for (let i = 0; i < a.length; i++) {
      const [x, y] = [a[i] as number, b[i] as number];
      if (x - x !== 0 || y - y !== 0) {
        if (x !== y && !(equalNan && Number.isNaN(x) && Number.isNaN(y))) this.differing++;
        continue;
      }
      this.finite++;
      this.products += x * y;
      this.squaresA += x * x;
      this.squaresB += y * y;
      if (x === y) continue;
      const [distance, size] = [Math.abs(x - y), Math.abs(y)];
      this.sum += distance;
      if (distance > atol + rtol * size) this.differing++;
      if (distance > this.maxAbs) {
        this.maxAbs = distance;
        this.at = first + i;
      }
      if (size > 0) this.maxRelative = Math.max(this.maxRelative, distance / size);
      this.maxUlp = Math.max(this.maxUlp, Math.abs(placeOf(x) - placeOf(y)));
    }
  }

  /** Adds elements that come behind. */
  join(other: DifferenceFigures): void {
    this.differing += other.differing;
    this.finite += other.finite;
    this.sum += other.sum;
    this.products += other.products;
    this.squaresA += other.squaresA;
    this.squaresB += other.squaresB;
    if (other.maxAbs > this.maxAbs) {
      this.maxAbs = other.maxAbs;
      this.at = other.at;
    }
    this.maxRelative = Math.max(this.maxRelative, other.maxRelative);
    this.maxUlp = Math.max(this.maxUlp, other.maxUlp);
  }

  /** Writes all into ten float64. */
  writeTo(target: Float64Array): void {
    const { differing, finite, sum, products, squaresA, squaresB, maxAbs, at, maxRelative, maxUlp } = this;
    target.set([differing, finite, sum, products, squaresA, squaresB, maxAbs, at, maxRelative, maxUlp]);
  }

  /** What {@link writeTo} wrote. */
  static from(values: Float64Array): DifferenceFigures {
    const [differing, finite, sum, products, squaresA, squaresB, maxAbs, at, maxRelative, maxUlp] = values;
    return Object.assign(new DifferenceFigures(), {
      ...{ differing, finite, sum, products, squaresA, squaresB, maxAbs, at, maxRelative, maxUlp },
    });
  }
}
