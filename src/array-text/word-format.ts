/**
 * What a dtype's way of printing looks like to the layout: elements go by once to be measured, then a second time to be
 * turned into words.
 */
import type { TypedValues } from '../tensor/values.ts';

/** Turns elements into words, once it has seen all the elements that share the format. */
export interface WordFormat {
  /** Measures the first `count` elements of `values`. */
  observe(values: TypedValues, count: number): void;
  /** Ends the measuring; only now ask for words. */
  finish(): void;
  /** The word of one element, padded as the array needs. */
  word(values: TypedValues, index: number): string;
}

/** A format that needs no measuring: every element's text is its own. */
export abstract class UnmeasuredFormat implements WordFormat {
  observe(): void {}
  finish(): void {}
  abstract word(values: TypedValues, index: number): string;
}
