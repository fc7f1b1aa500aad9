/** Short texts that come again and again among bytes, decoded once: those of one layer come again in the next. */
import { decodeText, hasAt } from './text.ts';

interface KnownText {
  readonly bytes: Uint8Array;
  readonly text: string;
}

/** A power of two. */
const PLACES = 1024;

export class KnownTexts {
  readonly #known: (KnownText | undefined)[] = new Array(PLACES);

  /** The text of bytes `start` to `end`. */
  of(bytes: Uint8Array, start: number, end: number): string {
    const length = end - start;
    const place = (length * 31 + (bytes[start] as number) * 7 + (bytes[end - 1] as number)) & (PLACES - 1);
    const known = this.#known[place];
    if (known?.bytes.length === length && hasAt(bytes, start, known.bytes)) return known.text;
    const made = { bytes: bytes.slice(start, end), text: decodeText(bytes, start, end) };
    this.#known[place] = made;
    return made.text;
  }
}
