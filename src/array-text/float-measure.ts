/**
 * What numpy looks at before it prints floats: which signs and specials there are, the largest and smallest magnitudes,
 * and how many digits after the point the elements need in either notation. One pass gathers all of it, so that a large
 * array is read twice and not three times.
 */
import { encodeFloat16, smallFloatTable } from '../tensor/small-floats.ts';
import { FLOAT16, FLOAT32, type FloatLayout, isPowerOfTwo } from './float-layout.ts';
import { limitedFixed, limitedScientific } from './limited-digits.ts';
import type { ResolvedPrintOptions } from './print-options.ts';

/** From this magnitude on an array is printed in scientific notation: the decimal digits of the type, at most 8. */
function scientificFrom(layout: FloatLayout): number {
  if (layout === FLOAT16) return 1e3;
  return layout === FLOAT32 ? 1e6 : 1e8;
}

/** Rounds to the type: numpy compares and divides in the array's own type. */
function roundTo(layout: FloatLayout, value: number): number {
  if (layout === FLOAT16) return smallFloatTable('float16')[encodeFloat16(Math.fround(value))]!;
  return layout === FLOAT32 ? Math.fround(value) : value;
}

/** Measures of the numbers that go through {@link FloatMeasure.add}. */
export class FloatMeasure {
  readonly #layout: FloatLayout;
  readonly #options: ResolvedPrintOptions;
  readonly #smallest: number;
  readonly #largest: number;
  /** Powers of two take the slow way, and arrays are full of 0.5, 1 and 2; there are few different ones. */
  readonly #seenPowers = new Set<number>();
  hasFinite = false;
  hasNegative = false;
  hasNonFinite = false;
  hasNegativeInfinity = false;
  /** Largest magnitude among the numbers with and without a minus; -1 when there are none. */
  maxNegative = -1;
  maxPositive = -1;
  /** Extreme magnitudes of the numbers that are not zero. */
  maxNonZero = 0;
  minNonZero = Number.POSITIVE_INFINITY;
  /** Most digits after the point that a number needs, in positional and in scientific notation. */
  fixedPlaces = 0;
  scientificPlaces = 0;
  /** Most places numbers are asked for. */
  readonly cap: number;

  constructor(layout: FloatLayout, options: ResolvedPrintOptions) {
    this.#layout = layout;
    this.#options = options;
    this.#smallest = roundTo(layout, 1e-4);
    this.#largest = scientificFrom(layout);
    this.cap = options.floatmode === 'unique' ? Number.POSITIVE_INFINITY : options.precision;
    if (options.floatmode === 'fixed') this.fixedPlaces = this.scientificPlaces = this.cap;
  }

  /** Measures every `stride`-th number from `start` to `end`. */
  add(numbers: ArrayLike<number>, start: number, end: number, stride: number): void {
    this.#addExtremes(numbers, start, end, stride);
    for (let i = start; i < end && this.#isOpen; i += stride) {
      const magnitude = Math.abs(numbers[i]!);
      if (magnitude > 0 && magnitude < Number.POSITIVE_INFINITY) this.#countPlaces(magnitude);
    }
  }

  /** In variables rather than fields: a short array is over before the engine has compiled this, and then each access counts. */
  #addExtremes(numbers: ArrayLike<number>, start: number, end: number, stride: number): void {
    let negative = -1;
    let positive = -1;
    let least = this.minNonZero;
    for (let i = start; i < end; i += stride) {
      const value = numbers[i]!;
      const magnitude = value < 0 ? -value : value;
      if (!(magnitude > 0 && magnitude < Number.POSITIVE_INFINITY)) {
        this.#addSpecial(value);
        continue;
      }
      if (magnitude < least) least = magnitude;
      if (value < 0) {
        if (magnitude > negative) negative = magnitude;
      } else if (magnitude > positive) positive = magnitude;
    }
    this.minNonZero = least;
    this.maxNonZero = Math.max(this.maxNonZero, negative, positive);
    this.maxNegative = Math.max(this.maxNegative, negative);
    this.maxPositive = Math.max(this.maxPositive, positive);
    this.hasNegative ||= negative >= 0;
    this.hasFinite ||= negative >= 0 || positive >= 0;
  }

  /** Zeros, infinities and NaN. */
  #addSpecial(value: number): void {
    if (value !== 0) {
      this.hasNonFinite = true;
      if (value === Number.NEGATIVE_INFINITY) this.hasNegativeInfinity = true;
      return;
    }
    this.hasFinite = true;
    if (1 / value > 0) this.maxPositive = Math.max(this.maxPositive, 0);
    else {
      this.hasNegative = true;
      this.maxNegative = Math.max(this.maxNegative, 0);
    }
  }

  /** Whether a further number could still ask for more places. */
  get #isOpen(): boolean {
    return this.scientificPlaces < this.cap || (this.fixedPlaces < this.cap && !this.isScientific);
  }

  /** Whether the numbers so far call for scientific notation; once they do, no further number changes it. */
  get isScientific(): boolean {
    if (this.maxNonZero === 0) return false;
    if (this.maxNonZero >= this.#largest) return true;
    if (this.#options.suppress) return false;
    return this.minNonZero < this.#smallest || roundTo(this.#layout, this.maxNonZero / this.minNonZero) > 1000;
  }

  #countPlaces(magnitude: number): void {
    if (isPowerOfTwo(magnitude)) {
      if (this.#seenPowers.has(magnitude)) return;
      this.#seenPowers.add(magnitude);
    }
    const places = { least: 0, most: this.cap };
    if (this.scientificPlaces < this.cap) {
      const { fraction } = limitedScientific(magnitude, this.#layout, places);
      this.scientificPlaces = Math.max(this.scientificPlaces, fraction.length);
    }
    if (this.fixedPlaces < this.cap && !this.isScientific) {
      const text = limitedFixed(magnitude, this.#layout, places);
      this.fixedPlaces = Math.max(this.fixedPlaces, text.length - 1 - text.indexOf('.'));
    }
  }
}
