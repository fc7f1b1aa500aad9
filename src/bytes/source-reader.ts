/** Reads a source front to back through a small window: varints and fixed words that lie anywhere in a large source. */
import { CorruptError } from '../errors.ts';
import type { ByteSource } from './source.ts';
import { type Cursor, readVarint } from './varint.ts';

const WINDOW_BYTES = 64 * 1024;
const LONGEST_VARINT = 10;

export class SourceReader {
  readonly #window: Uint8Array;
  #cursor: Cursor = { bytes: new Uint8Array(0), at: 0, end: 0 };
  #windowStart: number;

  constructor(
    readonly source: ByteSource,
    start = 0,
    readonly end: number = source.byteLength,
  ) {
    this.#window = new Uint8Array(Math.max(0, Math.min(WINDOW_BYTES, end - start)));
    this.#windowStart = start;
  }

  /** Where the next read starts. */
  get position(): number {
    return this.#windowStart + this.#cursor.at;
  }

  /** Makes sure that `wanted` bytes, or all that are left, are in the window. */
  #fill(wanted: number): void {
    if (this.#cursor.end - this.#cursor.at >= wanted) return;
    const start = this.position;
    const length = Math.min(this.#window.length, this.end - start);
    const bytes = this.#window.subarray(0, length);
    if (length > 0) this.source.readInto(bytes, start);
    this.#windowStart = start;
    this.#cursor = { bytes, at: 0, end: length };
  }

  varint(): number {
    const cursor = this.#cursor;
    const first = cursor.at < cursor.end ? (cursor.bytes[cursor.at] as number) : 0x80;
    if (first < 0x80) {
      cursor.at++;
      return first;
    }
    this.#fill(LONGEST_VARINT);
    try {
      return readVarint(this.#cursor);
    } catch (cause) {
      const message = cause instanceof Error ? cause.message : String(cause);
      throw new CorruptError(message, { where: 'varint', offset: this.position }, { cause });
    }
  }

  /** The next `length` bytes (at most a window), borrowed until the next read. */
  bytes(length: number): Uint8Array {
    this.#fill(length);
    const { at, end, bytes } = this.#cursor;
    if (end - at < length) {
      const offset = this.position;
      throw new CorruptError(`wants ${length} bytes at ${offset}, but only ${end - at} are left`, {
        where: 'content',
        offset,
      });
    }
    this.#cursor.at += length;
    return bytes.subarray(at, at + length);
  }

  /** Moves on without reading. */
  skip(length: number): void {
    const target = this.position + length;
    if (length < 0 || target > this.end) {
      throw new CorruptError(`a length of ${length} at ${this.position} runs past the end at ${this.end}`, {
        where: 'content',
        offset: this.position,
      });
    }
    if (length <= this.#cursor.end - this.#cursor.at) {
      this.#cursor.at += length;
      return;
    }
    this.#windowStart = target;
    this.#cursor = { bytes: this.#window, at: 0, end: 0 };
  }
}
