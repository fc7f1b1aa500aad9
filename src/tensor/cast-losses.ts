/** What a cast does to numbers, counted element by element. */
import type { ComputeLosses } from './tensor.ts';

export type Losses = { -readonly [Key in keyof ComputeLosses]: ComputeLosses[Key] };

/** Adds what `count` numbers lost that were `old` and are `made`. */
export function addLosses(losses: Losses, old: Float64Array, made: Float64Array, count: number): void {
  let { overflow, underflow, largestError } = losses;
  for (let i = 0; i < count; i++) {
    const [x, y] = [old[i]!, made[i]!];
    const error = Math.abs(x - y);
    if (error <= largestError) {
      if (y === 0 && x !== 0) underflow++;
    } else if (Math.abs(x) < Number.POSITIVE_INFINITY) {
      if (!(Math.abs(y) < Number.POSITIVE_INFINITY)) overflow++;
      else {
        largestError = error;
        if (y === 0 && x !== 0) underflow++;
      }
    }
  }
  losses.overflow = overflow;
  losses.underflow = underflow;
  losses.largestError = largestError;
}
