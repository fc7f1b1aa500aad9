/** Bytes on their way to standard output: lines are put together from what lies in an index, without a string for each. */
import { stdout } from '../terminal/output.ts';

const BUFFER_BYTES = 64 * 1024;
/** The longest that a number takes. */
const NUMBER_BYTES = 24;
/** To copy fewer in a loop takes less time than to call for it. */
const SHORT_BYTES = 24;
const ENCODER = new TextEncoder();

/** Plain fields: private ones cost time in the innermost loop. */
export class ByteLines {
  bytes = new Uint8Array(BUFFER_BYTES);
  length = 0;

  /** Makes room for `more` bytes. */
  reserve(more: number): void {
    if (this.length + more <= this.bytes.length) return;
    this.flush();
    if (more > this.bytes.length) this.bytes = new Uint8Array(more);
  }

  /** The first `length` bytes of `source`. Of a long one all is copied, which is quicker than to cut it; the rest is overwritten. */
  put(source: Uint8Array, length: number = source.length): void {
    this.reserve(source.length);
    if (length <= SHORT_BYTES) {
      const { bytes, length: at } = this;
      for (let i = 0; i < length; i++) bytes[at + i] = source[i] as number;
    } else this.bytes.set(source, this.length);
    this.length += length;
  }

  /** Bytes `start` to `end` of `source`. */
  range(source: Uint8Array, start: number, end: number): void {
    this.reserve(end - start);
    const { bytes } = this;
    const at = this.length - start;
    for (let i = start; i < end; i++) bytes[at + i] = source[i] as number;
    this.length += end - start;
  }

  text(text: string): void {
    this.put(ENCODER.encode(text));
  }

  byte(byte: number): void {
    this.reserve(1);
    this.bytes[this.length++] = byte;
  }

  /** A number's digits; whole ones below 2^31 without a string. */
  number(value: number): void {
    if (value > 0x7fffffff || value < 0 || (value | 0) !== value) {
      this.text(String(value));
      return;
    }
    this.reserve(NUMBER_BYTES);
    const { bytes, length } = this;
    let digits = 1;
    for (let limit = 10; digits < 10 && value >= limit; limit *= 10) digits++;
    let rest = value;
    for (let at = length + digits - 1; at >= length; at--) {
      const tenth = (rest / 10) | 0;
      bytes[at] = 48 + rest - tenth * 10;
      rest = tenth;
    }
    this.length = length + digits;
  }

  shape(shape: readonly number[]): void {
    this.byte(0x5b);
    for (let axis = 0; axis < shape.length; axis++) {
      if (axis > 0) this.byte(0x2c);
      this.number(shape[axis] as number);
    }
    this.byte(0x5d);
  }

  flush(): void {
    stdout.bytes(this.bytes.subarray(0, this.length));
    this.length = 0;
  }
}

/** More texts than these are not kept: they do not come again. */
const MOST_WORDS = 4096;

/** Texts that come again and again, as bytes, made once each. */
export class ByteWords<Key> {
  readonly #words = new Map<Key, Uint8Array>();

  constructor(readonly textOf: (key: Key) => string) {}

  of(key: Key): Uint8Array {
    let word = this.#words.get(key);
    if (word === undefined) {
      word = ENCODER.encode(this.textOf(key));
      if (this.#words.size < MOST_WORDS) this.#words.set(key, word);
    }
    return word;
  }
}
