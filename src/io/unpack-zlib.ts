/** Unpacking bytes that zlib packed, at once. */
import { inflateSync } from 'node:zlib';

/** Made in one piece up to here, of which what is not filled takes no memory: several pieces are copied together. */
const MOST_PIECE = 128 << 20;
/** The least that zlib takes for a piece. */
const LEAST_PIECE = 64;

/** Throws what zlib throws for bytes that it did not pack, and for more than `most` bytes of content. */
export function unpackZlib(packed: Uint8Array, most: number): Uint8Array {
  const chunkSize = Math.min(Math.max(most, LEAST_PIECE), MOST_PIECE);
  return inflateSync(packed, { maxOutputLength: Math.max(most, 1), chunkSize });
}
