/** Single floats and complex numbers as numpy's scalars print. */
import { FLOAT16, FLOAT32, FLOAT64, type FloatLayout } from './float-layout.ts';
import { exponentText } from './limited-digits.ts';
import { placeDigits } from './rounded-digits.ts';
import { shortestDigits } from './shortest-digits.ts';

/** From this magnitude on a scalar is printed in scientific notation; below 1e-4 all types are. */
function scientificFrom(layout: FloatLayout): number {
  if (layout === FLOAT16) return 1e3;
  return layout === FLOAT32 ? 1e6 : 1e16;
}

/** A float with at least `places` digits after the point in positional notation; no point without digits after it. */
function signedText(value: number, layout: FloatLayout, places: number): string {
  if (Number.isNaN(value)) return 'nan';
  const magnitude = Math.abs(value);
  if (layout === FLOAT64 && magnitude >= 1e-4 && magnitude < 1e16) {
    // JavaScript's own text has the same digits, and there no exponent.
    return places > 0 && Number.isInteger(value) ? `${value}.0` : `${value}`;
  }
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  if (magnitude === Number.POSITIVE_INFINITY) return sign + 'inf';
  const shortest = shortestDigits(magnitude, layout);
  if (magnitude === 0 || (magnitude >= 1e-4 && magnitude < scientificFrom(layout))) {
    return sign + placeDigits(shortest, places).replace(/\.$/, '');
  }
  const { digits, exponent } = shortest;
  return sign + digits[0] + (digits.length > 1 ? '.' + digits.slice(1) : '') + 'e' + exponentText(exponent);
}

/** A float scalar; whole numbers end in `.0`. */
export function floatScalarText(value: number, layout: FloatLayout): string {
  return signedText(value, layout, 1);
}

/** A complex scalar: `(1+2j)`, or `2j` where the real part is 0 and not -0. */
export function complexScalarText(real: number, imaginary: number, layout: FloatLayout): string {
  const imaginaryText = signedText(imaginary, layout, 0) + 'j';
  if (Object.is(real, 0)) return imaginaryText;
  const plus = imaginaryText.startsWith('-') ? '' : '+';
  return `(${signedText(real, layout, 0)}${plus}${imaginaryText})`;
}
