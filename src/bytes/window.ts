/** A view of any part of a large source: what lies close to the last look is in memory already. */
import { assertWithin, type ByteSource } from './source.ts';

/** What a look may take without another read of the source. */
export const WINDOW_BYTES = 64 * 1024;

export class Window {
  readonly byteLength: number;
  #bytes: Uint8Array = new Uint8Array(0);
  #start = 0;

  constructor(readonly source: ByteSource) {
    this.byteLength = source.byteLength;
  }

  /**
   * Bytes `offset` to `offset + length`, which the caller must have found affordable; borrowed until the next look.
   * Throws `CorruptError` when the source ends before them.
   */
  view(offset: number, length: number): Uint8Array {
    assertWithin(this.source, offset, length, 'window');
    const at = offset - this.#start;
    if (at < 0 || at + length > this.#bytes.length) return this.#look(offset, length);
    return this.#bytes.subarray(at, at + length);
  }

  #look(offset: number, length: number): Uint8Array {
    const bytes = new Uint8Array(Math.min(Math.max(length, WINDOW_BYTES), this.byteLength - offset));
    this.source.readInto(bytes, offset);
    if (bytes.length > WINDOW_BYTES) return bytes;
    this.#bytes = bytes;
    this.#start = offset;
    return bytes.subarray(0, length);
  }
}
