/**
 * The keys of objects as bytes, for listings of a million (object-graph/checkpoint-key.ts has their form). What is not plain is
 * left to the rules for strings in key-role.ts.
 */

import { decodeText, hasAt } from '../bytes/text.ts';
import { VALUE_ENDING } from '../object-graph/object-graph-key.ts';
import type { TensorFacts } from '../tensor/tensor.ts';
import { isCalledOptimizer } from './key-role.ts';
import { KnownFront } from './known-front.ts';
import { slotWord } from './role-words.ts';

const ENCODER = new TextEncoder();
/** How the key of a variable's value ends. */
export const ENDING_BYTES = ENCODER.encode(VALUE_ENDING);
/** What stands between a variable and the path of its slot. */
export const SLOT_PART = ENCODER.encode('/.OPTIMIZER_SLOT/');

const SLASH = 0x2f;
const DOT = 0x2e;
const isDigit = (byte: number | undefined): boolean => byte !== undefined && byte >= 0x30 && byte <= 0x39;

export function endsWith(bytes: Uint8Array, end: number, word: Uint8Array): boolean {
  return end >= word.length && hasAt(bytes, end - word.length, word);
}

/** A part of a path, by its bytes: those of a layer come again in the next. */
interface Part {
  readonly bytes: Uint8Array;
  readonly isOptimizer: boolean;
  readonly kind: 'slot' | 'ema';
}

/** What of `metric` is looked for. */
const [LETTER_T, LETTER_R, LETTER_I] = [...ENCODER.encode('tri')];
const METRIC_BYTES = 3;

/** A power of two. */
const PLACES = 256;

export class KeyBytes {
  readonly #parts: (Part | undefined)[] = new Array(PLACES);
  readonly #dots = new KnownFront();
  readonly #metrics = new KnownFront();

  /** Must be told of every name before it is asked about it. */
  follow(facts: TensorFacts): void {
    this.#dots.follow(facts);
    this.#metrics.follow(facts);
  }

  /**
   * Where the path of a plain key ends: of a variable, the path itself; -1 for a key that takes a look at the whole. A slot's
   * path ends before the slot, and `isSlot` says so.
   */
  pathEnd(bytes: Uint8Array, length: number): number {
    this.isSlot = false;
    const end = length - ENDING_BYTES.length;
    if (end <= 0 || !endsWith(bytes, length, ENDING_BYTES)) return -1;
    for (let at = this.#dots.length; at < end; at++) {
      if (bytes[at] !== DOT) continue;
      if (!this.isSlot) this.#dots.length = at;
      if (this.isSlot || at === 0 || !hasAt(bytes, at - 1, SLOT_PART)) return -1;
      this.isSlot = true;
    }
    if (!this.isSlot) this.#dots.length = end;
    return end;
  }

  isSlot = false;

  /** Whether a path is that of a plain variable: no element of a list, none of a metric, nothing of what is called an optimizer. */
  isPlainVariable(bytes: Uint8Array, end: number): boolean {
    let last = end;
    while (last > 0 && bytes[last - 1] !== SLASH) last--;
    let digits = last;
    while (digits < end && isDigit(bytes[digits])) digits++;
    if (digits === end || this.#hasMetric(bytes, end)) return false;
    if (last === 0) return true;
    let owner = last - 1;
    while (owner > 0 && bytes[owner - 1] !== SLASH) owner--;
    return !this.#partAt(bytes, owner, last - 1).isOptimizer;
  }

  /** Whether a path may hold the word `metric`. */
  #hasMetric(bytes: Uint8Array, end: number): boolean {
    const front = this.#metrics;
    let at = Math.max(0, Math.min(front.length, end) - METRIC_BYTES + 1);
    while (at < end && (bytes[at] !== LETTER_T || bytes[at + 1] !== LETTER_R || bytes[at + 2] !== LETTER_I)) at++;
    front.length = Math.min(at + METRIC_BYTES - 1, end);
    return at < end - METRIC_BYTES + 1;
  }

  /** What the slot at the end of a path is. */
  slotKind(bytes: Uint8Array, end: number): 'slot' | 'ema' {
    let last = end;
    while (last > 0 && bytes[last - 1] !== SLASH) last--;
    return this.#partAt(bytes, last, end).kind;
  }

  #partAt(bytes: Uint8Array, start: number, end: number): Part {
    const length = end - start;
    const place = (length * 31 + (bytes[start] as number) * 7 + (bytes[end - 1] as number)) & (PLACES - 1);
    const known = this.#parts[place];
    if (known !== undefined && known.bytes.length === length && hasAt(bytes, start, known.bytes)) return known;
    const text = decodeText(bytes, start, end);
    const part = {
      bytes: bytes.slice(start, end),
      isOptimizer: isCalledOptimizer(text),
      kind: slotWord(text) ?? 'slot',
    } as const;
    this.#parts[place] = part;
    return part;
  }
}
