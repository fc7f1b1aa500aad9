/** A view of any part of a large source: what lies close to the last look is in memory already. */
import { assertWithin, type ByteSource } from './source.ts';

/** What a look may take without another read of the source. */
const WINDOW_BYTES = 64 * 1024;
/** What a read takes where the source goes on: fewer reads, and one array for all. */
export const READ_BYTES = 4 * WINDOW_BYTES;

export class Window {
  readonly byteLength: number;
  /** What was read last; {@link locate} says where in it something lies. */
  bytes: Uint8Array = new Uint8Array(0);
  #start = 0;
  #length = 0;

  constructor(readonly source: ByteSource) {
    this.byteLength = source.byteLength;
  }

  /**
   * Bytes `offset` to `offset + length`, which the caller must have found affordable; borrowed until the next look.
   * Throws `CorruptError` when the source ends before them.
   */
  view(offset: number, length: number): Uint8Array {
    const at = this.locate(offset, length);
    return this.bytes.subarray(at, at + length);
  }

  /** Where in {@link bytes} such bytes lie: a view without an object for it. */
  locate(offset: number, length: number): number {
    const at = offset - this.#start;
    if (at >= 0 && length >= 0 && at + length <= this.#length) return at;
    assertWithin(this.source, offset, length, 'window');
    // Where the last read ends the next one mostly begins; elsewhere, who jumps over a constant wants little.
    const goesOn = at >= 0 && at <= this.#length + WINDOW_BYTES;
    this.#length = Math.min(Math.max(length, goesOn ? READ_BYTES : WINDOW_BYTES), this.byteLength - offset);
    if (this.#length > this.bytes.length) {
      this.bytes = new Uint8Array(Math.max(this.#length, Math.min(READ_BYTES, this.byteLength)));
    }
    this.source.readInto(this.bytes.subarray(0, this.#length), offset);
    this.#start = offset;
    return 0;
  }
}
