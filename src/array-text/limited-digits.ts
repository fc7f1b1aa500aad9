/**
 * Shortest digits with limits on how many: no more than some, and no fewer. Where a limit bites, the digits are those
 * of the exact value rounded there, not of its shortest form.
 */
import { type Decimal, exactDigits } from './exact-digits.ts';
import { type FloatLayout, isPowerOfTwo } from './float-layout.ts';
import { fixedText, placeDigits, type Scientific, scientificText, toScientific } from './rounded-digits.ts';
import { shortestDigits } from './shortest-digits.ts';

/** How many digits after the point (or, in scientific notation, after the first digit) are wanted. */
export interface ObjectPaths {
  /** Digits past the shortest form are added up to here. */
  readonly least: number;
  /** Digits are cut off here; Infinity never cuts. */
  readonly most: number;
}

/** Near a power of two "closest" and "reads back" can disagree about the last digit, so the digits are drawn one by one. */
function drawn(value: number, layout: FloatLayout, places: ObjectPaths, relative: boolean): Decimal {
  return exactDigits(value, layout, { last: -places.most, least: -places.least }, relative);
}

function withoutTrailingZeros(fraction: string, least: number): string {
  let end = fraction.length;
  while (end > least && fraction.charCodeAt(end - 1) === 48) end--;
  return end === fraction.length ? fraction : fraction.slice(0, end);
}

/** A finite float ≥ 0 in positional notation; always with a point. */
export function limitedFixed(value: number, layout: FloatLayout, places: ObjectPaths): string {
  const { least, most } = places;
  if (value !== 0 && isPowerOfTwo(value)) return placeDigits(drawn(value, layout, places, false), least);
  if (least === most) return fixedText(value, most);
  const shortest = shortestDigits(value, layout);
  const needed = shortest.digits.length - 1 - shortest.exponent;
  if (needed < least) return fixedText(value, least);
  if (needed <= most) return placeDigits(shortest, least);
  const text = fixedText(value, most);
  return withoutTrailingZeros(text, text.indexOf('.') + 1 + least);
}

/** A finite float ≥ 0 in scientific notation. */
export function limitedScientific(value: number, layout: FloatLayout, places: ObjectPaths): Scientific {
  const { least, most } = places;
  if (value !== 0 && isPowerOfTwo(value)) return toScientific(drawn(value, layout, places, true), least);
  if (least === most) return scientificText(value, most);
  const shortest = shortestDigits(value, layout);
  const needed = shortest.digits.length - 1;
  if (needed < least) return scientificText(value, least);
  if (needed <= most) return toScientific(shortest, least);
  const rounded = scientificText(value, most);
  return { ...rounded, fraction: withoutTrailingZeros(rounded.fraction, least) };
}

/** An exponent as numpy writes it: sign, and at least `width` digits. */
export function exponentText(exponent: number, width = 2): string {
  return (exponent < 0 ? '-' : '+') + String(Math.abs(exponent)).padStart(width, '0');
}
