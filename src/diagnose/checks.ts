/** What the bytes of a file look like: zeros, line ends that were changed, text where no text should be. */

import { type ByteSource, chunksOf, readBytes } from '../bytes/source.ts';
import { decodeBytes } from '../bytes/text.ts';
import { readHead } from '../io/recognise.ts';
import type { Store } from '../io/store.ts';

const LOOK_BYTES = 1 << 16;

/** How many bytes at the end of a source are zero: all of them, or those behind the last byte that is not. */
export function zeroTail(source: ByteSource): number {
  for (let end = source.byteLength; end > 0; end -= LOOK_BYTES) {
    const start = Math.max(0, end - LOOK_BYTES);
    const chunk = readBytes(source, start, end - start);
    for (let i = chunk.length - 1; i >= 0; i--) if (chunk[i] !== 0) return source.byteLength - (start + i + 1);
  }
  return source.byteLength;
}

export interface Patterns {
  /** CR LF. */
  readonly crlf: number;
  /** LF without a CR before it. */
  readonly bareLf: number;
  /** EF BF BD, the character that stands for bytes which are no text. */
  readonly replaced: number;
}

/** Counts what a treatment as text leaves behind; reads the whole source. */
export function textPatterns(source: ByteSource): Patterns {
  let [crlf, bareLf, replaced] = [0, 0, 0];
  let [last, beforeLast] = [0, 0];
  for (const chunk of chunksOf(source)) {
    for (const byte of chunk) {
      if (byte === 0x0a) {
        if (last === 0x0d) crlf++;
        else bareLf++;
      } else if (byte === 0xbd && last === 0xbf && beforeLast === 0xef) replaced++;
      beforeLast = last;
      last = byte;
    }
  }
  return { crlf, bareLf, replaced };
}

/** The bytes with every CR LF as the LF that it was. */
export function withPlainLineEnds(bytes: Uint8Array): Uint8Array {
  const plain = new Uint8Array(bytes.length);
  let length = 0;
  for (const [i, byte] of bytes.entries()) if (byte !== 0x0d || bytes[i + 1] !== 0x0a) plain[length++] = byte;
  return plain.subarray(0, length);
}

/** What a web page or an error in XML says of itself. */
export function pageTitle(store: Store, path: string): string | undefined {
  const text = decodeBytes(readHead(store, path));
  return /<(title|Code)>\s*([^<]{1,120}?)\s*<\/\1>/i.exec(text)?.[2];
}
