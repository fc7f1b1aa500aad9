/** Unpacking bytes that zlib packed, at once. */
import { inflateSync } from 'node:zlib';

/** Throws what zlib throws for bytes that it did not pack, and for more than `most` bytes of content. */
export function unpackZlib(packed: Uint8Array, most: number): Uint8Array {
  return inflateSync(packed, { maxOutputLength: Math.max(most, 1) });
}
