/**
 * Positive floats rounded to a number of decimals, exactly and half to even. JavaScript's `toFixed` and `toExponential`
 * round the exact value too, but ties away from zero: a tie is found by counting the bits after the point, and then the
 * last digit is set right.
 */
import { type Decimal, exactDigits } from './exact-digits.ts';
import { FLOAT64 } from './float-layout.ts';

/** What `toFixed` and `toExponential` can do. */
const MOST_PLACES = 100;
const FIXED_LIMIT = 1e21;

/** Whether `value` may lie half way between two multiples of 10^-places; certain where `places` is not negative. */
function mayBeTie(value: number, places: number): boolean {
  if (places < 0) return value % 5 === 0 && value % 10 ** -places !== 0;
  // An odd multiple of 10^-places / 2 has exactly places + 1 bits after the point.
  const scaled = value * 2 ** (places + 1);
  return scaled % 2 === 1;
}

/** Ties were rounded up; an odd last digit then is one too large. It is not 0, so nothing is borrowed. */
function lowerLast(text: string, end: number): string {
  return text.slice(0, end - 1) + String(Number(text[end - 1]) - 1) + text.slice(end);
}

function isOddDigit(text: string, end: number): boolean {
  return (text.charCodeAt(end - 1) & 1) === 1;
}

/** Digits placed around the point, with at least `places` digits after it; ends in '.' when there are none. */
export function placeDigits({ digits, exponent }: Decimal, places: number): string {
  const whole = exponent < 0 ? '0' : digits.slice(0, exponent + 1).padEnd(exponent + 1, '0');
  const after = exponent < 0 ? '0'.repeat(-exponent - 1) + digits : digits.slice(exponent + 1);
  return whole + '.' + after.padEnd(places, '0');
}

/** `value` ≥ 0 with exactly `places` digits after the point, which is there even when none follow. */
export function fixedText(value: number, places: number): string {
  if (value >= FIXED_LIMIT || places > MOST_PLACES) {
    if (value === 0) return '0.' + '0'.repeat(places);
    return placeDigits(exactDigits(value, FLOAT64, { last: -places }), places);
  }
  let text = value.toFixed(places);
  if (isOddDigit(text, text.length) && mayBeTie(value, places)) text = lowerLast(text, text.length);
  return places === 0 ? text + '.' : text;
}

/** A number in scientific notation: `fraction` are the digits after the point. */
export interface Scientific {
  readonly first: string;
  readonly fraction: string;
  readonly exponent: number;
}

/** Digits as the first one and at least `places` more. */
export function toScientific({ digits, exponent }: Decimal, places: number): Scientific {
  return { first: digits[0]!, fraction: digits.slice(1).padEnd(places, '0'), exponent };
}

/**
 * A number in scientific notation as one text, `-1.250e-05`, where that is quickly had; undefined for what takes a closer
 * look: zero, ties, and exponents that do not fill two digits.
 */
export function quickScientific(value: number, places: number): string | undefined {
  if (value === 0 || places === 0 || places > MOST_PLACES) return undefined;
  const text = value.toExponential(places);
  const end = text.length - 3;
  if (text.charCodeAt(end) !== 0x65) return undefined;
  // Behind an odd last digit there may have been a tie.
  if ((text.charCodeAt(end - 1) & 1) === 1) {
    const digit = text.charCodeAt(end + 2) - 0x30;
    const exponent = text.charCodeAt(end + 1) === 0x2d ? -digit : digit;
    if (mayBeTie(Math.abs(value), places - exponent)) return undefined;
  }
  return text.slice(0, end + 2) + '0' + text[end + 2];
}

/** `value` ≥ 0 with exactly `places` digits after the first. */
export function scientificText(value: number, places: number): Scientific {
  if (places > MOST_PLACES) {
    if (value === 0) return { first: '0', fraction: '0'.repeat(places), exponent: 0 };
    return toScientific(exactDigits(value, FLOAT64, { last: -places }, true), places);
  }
  let text = value.toExponential(places);
  const end = text.indexOf('e');
  const exponent = Number(text.slice(end + 1));
  if (isOddDigit(text, end) && mayBeTie(value, places - exponent)) {
    if (places - exponent < 0) return toScientific(exactDigits(value, FLOAT64, { last: -places }, true), places);
    text = lowerLast(text, end);
  }
  return { first: text[0]!, fraction: text.slice(2, end), exponent };
}
