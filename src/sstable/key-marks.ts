/**
 * Keys noted while the entries of a block are walked for the first time, so that no search walks them all again: what wrote the
 * block may have set one restart for a hundred thousand entries, and a large block is not held in memory.
 */
import { compareBytes } from '../bytes/text.ts';

/** Bytes of entries from one mark to the next, at least. */
const APART_BYTES = 4096;
/** Marks of a block, at most. */
const MOST_MARKS = 1 << 16;
/** A mark stands for so many times the bytes of its key, at least: what is held stays a fraction of the block. */
const KEYS_APART = 4;

/**
 * The bytes that the keys of a block may take when they are written out. A key says how much it shares with the one before, so
 * that three bytes may stand for a megabyte; with a restart every 16 entries, as TensorFlow sets them, no block comes near this.
 */
export const mostKeyBytes = (blockBytes: number): number => 64 * blockBytes + (1 << 16);

/** An entry: its key, and where its value lies; the next entry starts at `end`. */
export interface MarkedEntry {
  readonly key: Uint8Array;
  readonly start: number;
  readonly end: number;
}

export class KeyMarks {
  readonly #marks: MarkedEntry[] = [];
  readonly #apart: number;

  /** `length`: bytes of the block. */
  constructor(length: number) {
    this.#apart = Math.max(APART_BYTES, Math.ceil(length / MOST_MARKS));
  }

  /** Notes an entry of the walk if the last mark is far enough away; the first one always. */
  note(key: Uint8Array, start: number, end: number): void {
    const last = this.#marks.at(-1);
    if (last !== undefined && start - last.end < Math.max(this.#apart, KEYS_APART * key.length)) return;
    this.#marks.push({ key: key.slice(), start, end });
  }

  /** The last mark whose key is not above `key`, and the one behind it; undefined where there is none. */
  around(key: Uint8Array): { readonly mark: MarkedEntry; readonly next: MarkedEntry | undefined } | undefined {
    let low = 0;
    let high = this.#marks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compareBytes((this.#marks[middle] as MarkedEntry).key, key) <= 0) low = middle + 1;
      else high = middle;
    }
    const mark = this.#marks[low - 1];
    return mark === undefined ? undefined : { mark, next: this.#marks[low] };
  }
}
