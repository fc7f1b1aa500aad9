/** Words of complex arrays: two columns of floats, the imaginary one always signed, measured apart. */
import type { TypedValues } from '../tensor/values.ts';
import { FloatFormat } from './float-format.ts';
import type { FloatLayout } from './float-layout.ts';
import type { ResolvedPrintOptions } from './print-options.ts';
import type { WordFormat } from './word-format.ts';

/** Prints pairs (real, imaginary). */
export class ComplexFormat implements WordFormat {
  readonly #real: FloatFormat;
  readonly #imaginary: FloatFormat;

  constructor(layout: FloatLayout, options: ResolvedPrintOptions) {
    this.#real = new FloatFormat(layout, options, 2, 0);
    this.#imaginary = new FloatFormat(layout, { ...options, sign: '+' }, 2, 1);
  }

  observe(values: TypedValues, count: number): void {
    this.#real.observe(values, count);
    this.#imaginary.observe(values, count);
  }

  finish(): void {
    this.#real.finish();
    this.#imaginary.finish();
  }

  word(values: TypedValues, index: number): string {
    const imaginary = this.#imaginary.word(values, index);
    const text = imaginary.trimEnd();
    return this.#real.word(values, index) + text + 'j' + imaginary.slice(text.length);
  }
}
