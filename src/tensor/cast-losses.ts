/** What a cast does to numbers, counted element by element. */
import type { FloatName } from './code-tables.ts';
import { dtypeOf } from './dtype.ts';
import { floatCast } from './float-cast.ts';
import { type SmallFloatName, smallFloatTable } from './small-floats.ts';
import type { ComputeLosses } from './tensor.ts';

export type Losses = { -readonly [Key in keyof ComputeLosses]: ComputeLosses[Key] };

/** Adds what `count` numbers lost that were `old` and are `made`. */
export function addLosses(losses: Losses, old: Float64Array, made: Float64Array, count: number): void {
  let { overflow, underflow, largestError } = losses;
  for (let i = 0; i < count; i++) {
    const x = old[i]!;
    const y = made[i]!;
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

/** What each code of a small float loses: bit 0 overflow, bit 1 underflow, above them the place of its error in a list. */
export interface CodeLosses {
  readonly words: Uint32Array;
  /** Errors in their order, of which the first is 0. */
  readonly errors: Float64Array;
}

/** What is lost of the codes of a small float in a cast; undefined where that is nothing. */
export function codeLosses(from: SmallFloatName, to: FloatName): CodeLosses | undefined {
  const values = smallFloatTable(from);
  const { width } = dtypeOf(from);
  const codes = width === 1 ? new Uint8Array(values.length) : new Uint16Array(values.length);
  for (let code = 0; code < codes.length; code++) codes[code] = code;
  const cast = new Uint8Array(codes.length * dtypeOf(to).width);
  floatCast(from, to)(new Uint8Array(codes.buffer), cast);
  const made = new Float64Array(codes.length);
  floatCast(to, 'float64')(cast, new Uint8Array(made.buffer));
  const each = Array.from(made, (value, code) => {
    const losses = { overflow: 0, underflow: 0, largestError: 0 };
    addLosses(losses, Float64Array.of(values[code] as number), Float64Array.of(value), 1);
    return losses;
  });
  const errors = [...new Set([0, ...each.map(({ largestError }) => largestError)])].sort((a, b) => a - b);
  const places = new Map(errors.map((error, place) => [error, place]));
  const words = Uint32Array.from(each, ({ overflow, underflow, largestError }) => {
    return overflow | (underflow << 1) | ((places.get(largestError) as number) << 2);
  });
  return words.some((word) => word !== 0) ? { words, errors: Float64Array.from(errors) } : undefined;
}
