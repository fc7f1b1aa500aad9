/** A sum of float64 with what rounding lost, so that cancellation costs no digits (Knuth's two-sum). */
export class ExactSum {
  high = 0;
  low = 0;

  add(value: number): void {
    const sum = this.high + value;
    const rounded = sum - this.high;
    this.low += this.high - (sum - rounded) + (value - rounded);
    this.high = sum;
  }

  /** Adds another sum. */
  join({ high, low }: { readonly high: number; readonly low: number }): void {
    this.add(high);
    this.add(low);
  }

  get value(): number {
    return this.high + this.low;
  }

  scale(by: number): void {
    this.high *= by;
    this.low *= by;
  }
}
