/** Lists of numbers that grow, in as few bytes as numbers take: for facts about a million tensors. */

/** What a typed array of numbers offers here. */
type Numbers = Int32Array | Float64Array;

const FIRST_CAPACITY = 64;
const GROWTH = 1.5;

abstract class Column<T extends Numbers> {
  protected abstract values: T;
  length = 0;

  protected abstract make(capacity: number): T;

  /** Returns the length there is then, as an array's `push` does. */
  push(value: number): number {
    if (this.length === this.values.length) this.reserve(Math.ceil(Math.max(this.length, FIRST_CAPACITY) * GROWTH));
    this.values[this.length++] = value;
    return this.length;
  }

  /** Makes room for so many values. Memory that is not written to costs nothing. */
  reserve(capacity: number): void {
    if (capacity <= this.values.length) return;
    const grown = this.make(capacity);
    grown.set(this.view());
    this.values = grown;
  }

  at(i: number): number {
    return this.values[i] as number;
  }

  set(i: number, value: number): void {
    this.values[i] = value;
  }

  /** All values, borrowed until the next push. */
  view(): T {
    return this.values.subarray(0, this.length) as T;
  }
}

/** Whole numbers that fit in 31 bits: counts, and numbers of files. */
export class SmallColumn extends Column<Int32Array> {
  protected values: Int32Array = new Int32Array(0);

  protected make(capacity: number): Int32Array {
    return new Int32Array(capacity);
  }
}

/** Any whole numbers that are exact in JavaScript: offsets, lengths, checksums. */
export class WideColumn extends Column<Float64Array> {
  protected values: Float64Array = new Float64Array(0);

  protected make(capacity: number): Float64Array {
    return new Float64Array(capacity);
  }
}
