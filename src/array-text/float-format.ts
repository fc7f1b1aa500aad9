/**
 * Words of float16, float32 and float64 arrays: one notation, width and number of digits for all elements, as the
 * measures and the print options ask.
 */
import type { NumericValues, TypedValues } from '../tensor/values.ts';
import { type FloatLayout, isPowerOfTwo } from './float-layout.ts';
import { FloatMeasure } from './float-measure.ts';
import { exponentText, limitedFixed, limitedScientific, type ObjectPaths } from './limited-digits.ts';
import type { ResolvedPrintOptions } from './print-options.ts';
import { fixedText, quickScientific, scientificText } from './rounded-digits.ts';
import type { WordFormat } from './word-format.ts';

/** Powers of two take the slow way, and arrays are full of 0.5, 1 and 2. */
const MEMO_LIMIT = 4096;

/** Prints every `stride`-th number from `offset` on, so that it does for a complex array's parts as well. */
export class FloatFormat implements WordFormat {
  readonly #layout: FloatLayout;
  readonly #options: ResolvedPrintOptions;
  readonly #stride: number;
  readonly #offset: number;
  readonly #measure: FloatMeasure;
  readonly #memo = new Map<number, string>();
  #scientific = false;
  #places: ObjectPaths = { least: 0, most: 0 };
  #padLeft = 0;
  #padRight = 0;
  #exponentWidth = 2;
  #width = 0;
  /** Whether most words can be made without looking at their digits twice. */
  #quick = false;

  constructor(layout: FloatLayout, options: ResolvedPrintOptions, stride = 1, offset = 0) {
    this.#layout = layout;
    this.#options = options;
    this.#stride = stride;
    this.#offset = offset;
    this.#measure = new FloatMeasure(layout, options);
  }

  observe(values: TypedValues, count: number): void {
    const numbers = values as Float32Array | Float64Array;
    const end = count * this.#stride;
    this.#measure.add(numbers, this.#offset, end, this.#stride);
  }

  finish(): void {
    const measure = this.#measure;
    this.#scientific = measure.isScientific;
    if (measure.hasFinite) {
      if (this.#scientific) this.#finishScientific();
      else this.#finishFixed();
    }
    if (this.#options.sign === ' ' && !measure.hasNegative) this.#padLeft++;
    if (measure.hasNonFinite) this.#makeRoomForNonFinite();
    this.#width = this.#padLeft + 1 + this.#padRight;
    this.#quick = this.#scientific && this.#exponentWidth === 2 && this.#options.sign !== '+';
  }

  word(values: TypedValues, index: number): string {
    const value = (values as NumericValues)[index * this.#stride + this.#offset] as number;
    if (this.#quick && !isPowerOfTwo(value)) {
      const text = quickScientific(value, this.#places.most);
      if (text !== undefined) return text.length < this.#width ? text.padStart(this.#width) : text;
    }
    const width = this.#width;
    const negative = value < 0 || (value === 0 && 1 / value < 0);
    const sign = negative ? '-' : this.#options.sign === '+' ? '+' : '';
    const magnitude = Math.abs(value);
    if (magnitude < Number.POSITIVE_INFINITY) return (sign + this.#body(magnitude)).padStart(width);
    return (sign + (magnitude === Number.POSITIVE_INFINITY ? this.#options.infstr : this.#options.nanstr)).padStart(
      width,
    );
  }

  #finishScientific(): void {
    const measure = this.#measure;
    const first: ObjectPaths = { least: this.#options.floatmode === 'fixed' ? measure.cap : 0, most: measure.cap };
    // Exponents grow with the magnitude, so the widest is that of the largest or of the smallest number.
    for (const extreme of [measure.maxNonZero, measure.minNonZero]) {
      const { exponent } = this.#scientificOf(extreme, first);
      this.#exponentWidth = Math.max(this.#exponentWidth, exponentText(exponent).length - 1);
    }
    this.#places = { least: measure.scientificPlaces, most: measure.scientificPlaces };
    this.#padLeft = measure.hasNegative || this.#options.sign === '+' ? 2 : 1;
    this.#padRight = this.#exponentWidth + 2 + measure.scientificPlaces;
  }

  #finishFixed(): void {
    const { floatmode, sign } = this.#options;
    const { fixedPlaces, cap, maxNegative, maxPositive } = this.#measure;
    const equal = floatmode === 'fixed' || floatmode === 'maxprec_equal';
    this.#places = { least: floatmode === 'fixed' ? cap : 0, most: cap };
    if (maxNegative >= 0) this.#padLeft = 1 + this.#wholeLength(maxNegative);
    if (maxPositive >= 0)
      this.#padLeft = Math.max(this.#padLeft, this.#wholeLength(maxPositive) + (sign === '+' ? 1 : 0));
    if (equal) this.#places = { least: fixedPlaces, most: fixedPlaces };
    this.#padRight = fixedPlaces;
  }

  #wholeLength(magnitude: number): number {
    return this.#fixedOf(magnitude).indexOf('.');
  }

  #makeRoomForNonFinite(): void {
    const { nanstr, infstr, sign } = this.#options;
    const signWidth = sign !== '-' || this.#measure.hasNegativeInfinity ? 1 : 0;
    const after = this.#padRight + 1;
    this.#padLeft = Math.max(this.#padLeft, nanstr.length - after, infstr.length + signWidth - after);
  }

  #fixedOf(magnitude: number): string {
    const { least, most } = this.#places;
    if (this.#options.floatmode === 'fixed') return fixedText(magnitude, most);
    return limitedFixed(magnitude, this.#layout, { least, most });
  }

  #scientificOf(magnitude: number, places: ObjectPaths) {
    if (this.#options.floatmode === 'fixed') return scientificText(magnitude, places.most);
    return limitedScientific(magnitude, this.#layout, places);
  }

  #body(magnitude: number): string {
    if (magnitude === 0 || !isPowerOfTwo(magnitude)) return this.#makeBody(magnitude);
    let body = this.#memo.get(magnitude);
    if (body === undefined) {
      body = this.#makeBody(magnitude);
      if (this.#memo.size < MEMO_LIMIT) this.#memo.set(magnitude, body);
    }
    return body;
  }

  #makeBody(magnitude: number): string {
    if (this.#scientific) {
      const { first, fraction, exponent } = this.#scientificOf(magnitude, this.#places);
      return first + '.' + fraction + 'e' + exponentText(exponent, this.#exponentWidth);
    }
    const text = this.#fixedOf(magnitude);
    return text.padEnd(text.indexOf('.') + 1 + this.#padRight);
  }
}
