/** Words of integer and bool arrays. */
import type { NumericValues, TypedValues } from '../tensor/values.ts';
import type { ResolvedPrintOptions, SignMode } from './print-options.ts';
import { UnmeasuredFormat, type WordFormat } from './word-format.ts';

/** Prints integers, as wide as the widest of the largest and the smallest. */
export class IntegerFormat implements WordFormat {
  #sign: SignMode;
  #least: number | bigint | undefined;
  #most: number | bigint | undefined;
  #width = 0;

  constructor(options: ResolvedPrintOptions) {
    this.#sign = options.sign;
  }

  observe(values: TypedValues, count: number): void {
    const numbers = values as NumericValues;
    if (count === 0) return;
    let least = this.#least ?? numbers[0]!;
    let most = this.#most ?? numbers[0]!;
    for (let i = 0; i < count; i++) {
      const value = numbers[i]!;
      if (value < least) least = value;
      if (value > most) most = value;
    }
    this.#least = least;
    this.#most = most;
  }

  finish(): void {
    if (this.#least === undefined || this.#most === undefined) return;
    if (this.#sign === ' ' && this.#least < 0) this.#sign = '-';
    const room = this.#most >= 0 && this.#sign !== '-' ? 1 : 0;
    this.#width = Math.max(String(this.#most).length + room, String(this.#least).length);
  }

  word(values: TypedValues, index: number): string {
    const value = (values as NumericValues)[index]!;
    const sign = value < 0 || this.#sign === '-' ? '' : this.#sign;
    return (sign + String(value)).padStart(this.#width);
  }
}

/** Prints integers with no common width and no sign for positive ones, as numpy prints the sub-byte types of ml_dtypes. */
export class PlainIntegerFormat extends UnmeasuredFormat {
  word(values: TypedValues, index: number): string {
    return String(values[index]);
  }
}

/** Prints bools, right-aligned. */
export class BoolFormat extends UnmeasuredFormat {
  word(values: TypedValues, index: number): string {
    return values[index] === 0 ? 'False' : ' True';
  }
}
