/**
 * Words of the float types that come from ml_dtypes (bfloat16, float8, float4). numpy prints each element by itself
 * with ml_dtypes' own text, which is C's `%g` of the value as float32: six significant digits, trailing zeros dropped.
 * No print option for floats applies.
 */
import type { TypedValues } from '../tensor/values.ts';
import { exponentText } from './limited-digits.ts';
import { placeDigits, scientificText } from './rounded-digits.ts';
import { UnmeasuredFormat } from './word-format.ts';

const SIGNIFICANT = 6;

function positiveText(value: number): string {
  const { first, fraction, exponent } = scientificText(value, SIGNIFICANT - 1);
  const digits = (first + fraction).replace(/0+$/, '') || '0';
  if (exponent < -4 || exponent >= SIGNIFICANT) {
    return digits[0] + (digits.length > 1 ? '.' + digits.slice(1) : '') + 'e' + exponentText(exponent);
  }
  return placeDigits({ digits, exponent }, 0).replace(/\.$/, '');
}

/** The text `%g` gives, but NaN never has a sign. */
export function generalText(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  const magnitude = Math.abs(value);
  return sign + (magnitude === Number.POSITIVE_INFINITY ? 'inf' : positiveText(magnitude));
}

/** None of these types has more values than this. */
const MEMO_LIMIT = 65536;

/** Prints ml_dtypes' floats. */
export class GeneralFloatFormat extends UnmeasuredFormat {
  readonly #memo = new Map<number, string>();

  word(values: TypedValues, index: number): string {
    const value = values[index] as number;
    if (value === 0) return generalText(value);
    let text = this.#memo.get(value);
    if (text === undefined) {
      text = generalText(value);
      if (this.#memo.size < MEMO_LIMIT) this.#memo.set(value, text);
    }
    return text;
  }
}
