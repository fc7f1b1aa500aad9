/** Bytes that grow as things are appended: for messages and table blocks, never for tensor content. */
import { varintLength, writeVarint } from './varint.ts';

/** Up to this many bytes a loop is the quickest copy. */
const SHORT_BYTES = 96;

/** Up to this many bytes a loop is the quickest way to move them. */
const MOST_MOVED = 512;
/** Up to so many units a loop is the quickest way into bytes. */
const SHORT_TEXT = 12;
/** UTF-8 of a unit of UTF-16. */
const MOST_BYTES_A_UNIT = 3;

interface FastWriter {
  utf8Write(text: string, offset: number, length: number): number;
}
/** Node's own encoder, where there is one. */
const utf8Write = (globalThis as { Buffer?: { readonly prototype: FastWriter } }).Buffer?.prototype.utf8Write;

export class ByteWriter {
  #bytes: Uint8Array;
  length = 0;

  constructor(capacity = 64) {
    this.#bytes = new Uint8Array(capacity);
  }

  #reserve(more: number): void {
    const wanted = this.length + more;
    if (wanted <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(wanted, this.#bytes.length * 2));
    grown.set(this.#bytes.subarray(0, this.length));
    this.#bytes = grown;
  }

  byte(value: number): this {
    this.#reserve(1);
    this.#bytes[this.length++] = value;
    return this;
  }

  bytes(value: Uint8Array): this {
    this.#reserve(value.length);
    this.#bytes.set(value, this.length);
    this.length += value.length;
    return this;
  }

  /** Bytes `start` to `end` of an array: what is short is copied byte by byte, which costs less than a view of it. */
  range(value: Uint8Array, start: number, end: number): this {
    const length = end - start;
    if (length > SHORT_BYTES) return this.bytes(value.subarray(start, end));
    this.#reserve(length);
    const bytes = this.#bytes;
    const at = this.length - start;
    for (let i = start; i < end; i++) bytes[at + i] = value[i] as number;
    this.length += length;
    return this;
  }

  /** What another writer holds; a view of a small array would cost more than the copy. */
  append(other: ByteWriter): this {
    return this.range(other.#bytes, 0, other.length);
  }

  /** A text of ASCII; false, with nothing written, for any other. */
  ascii(text: string): boolean {
    const { length } = text;
    this.#reserve(MOST_BYTES_A_UNIT * length);
    const bytes = this.#bytes;
    if (length > SHORT_TEXT && utf8Write !== undefined) {
      // What is not ASCII takes more bytes than units.
      if (utf8Write.call(bytes, text, this.length, MOST_BYTES_A_UNIT * length) !== length) return false;
      this.length += length;
      return true;
    }
    for (let i = 0; i < length; i++) {
      const unit = text.charCodeAt(i);
      if (unit > 0x7f) return false;
      bytes[this.length + i] = unit;
    }
    this.length += length;
    return true;
  }

  /** Leaves room for the length of what follows; gives where that begins. */
  openLength(): number {
    this.#reserve(1);
    return ++this.length;
  }

  /** Puts the length, base 128, before what was written since `start`, which {@link openLength} gave. */
  closeLength(start: number): this {
    const length = this.length - start;
    const more = varintLength(length) - 1;
    if (more > 0) {
      this.#reserve(more);
      const bytes = this.#bytes;
      if (length > MOST_MOVED) bytes.copyWithin(start + more, start, this.length);
      else for (let at = this.length - 1; at >= start; at--) bytes[at + more] = bytes[at] as number;
      this.length += more;
    }
    writeVarint(this.#bytes, start - 1, length);
    return this;
  }

  /** Moves on by `count` bytes whose content does not matter: for measuring. */
  skip(count: number): this {
    this.#reserve(count);
    this.length += count;
    return this;
  }

  /** A non-negative safe integer, base 128. */
  varint(value: number): this {
    this.#reserve(varintLength(value));
    this.length = writeVarint(this.#bytes, this.length, value);
    return this;
  }

  /** An unsigned 32-bit integer, little-endian. */
  uint32(value: number): this {
    this.#reserve(4);
    for (let shift = 0; shift < 32; shift += 8) this.#bytes[this.length++] = (value >>> shift) & 0xff;
    return this;
  }

  /** Zeros. */
  zeros(count: number): this {
    this.#reserve(count);
    this.#bytes.fill(0, this.length, this.length + count);
    this.length += count;
    return this;
  }

  /** Forgets what was written and keeps the memory. */
  clear(): void {
    this.length = 0;
  }

  /** What was written, borrowed: valid until the next append. */
  view(): Uint8Array {
    return this.#bytes.subarray(0, this.length);
  }

  /** What was written, copied. */
  toBytes(): Uint8Array {
    return this.#bytes.slice(0, this.length);
  }
}
