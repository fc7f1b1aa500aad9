/** Hashes of bytes and of pairs of numbers, for tables of numbers that take the place of maps by strings. */

/** Nobody who makes a file knows it, so that nobody makes one whose names all meet in one place. */
export const SEED = Math.trunc(Math.random() * 2 ** 32) | 1;
const PRIME = 0x9e3779b1;

/** Goes on with a hash over the next four bytes. */
export function hashWord(hash: number, bytes: Uint8Array, at: number): number {
  const word =
    (bytes[at] as number) |
    ((bytes[at + 1] as number) << 8) |
    ((bytes[at + 2] as number) << 16) |
    ((bytes[at + 3] as number) << 24);
  const mixed = Math.imul(hash ^ word, PRIME);
  return mixed ^ (mixed >>> 15);
}

/** Ends a hash with the bytes that fill no four. */
export function hashEnd(hash: number, bytes: Uint8Array, at: number, end: number): number {
  let mixed = hash ^ (end - at);
  for (let i = at; i < end; i++) mixed = Math.imul(mixed ^ (bytes[i] as number), PRIME);
  return Math.imul(mixed ^ (mixed >>> 16), SEED) >>> 8;
}

export function hashOf(bytes: Uint8Array, start: number, end: number, seed = SEED): number {
  let hash = seed;
  let at = start;
  for (; at + 4 <= end; at += 4) hash = hashWord(hash, bytes, at);
  return hashEnd(hash, bytes, at, end);
}

/** The hash of two whole numbers of 32 bits. */
export function hashPair(first: number, second: number): number {
  const mixed = Math.imul(Math.imul(first ^ SEED, PRIME) ^ second, 0x85ebca6b);
  return Math.imul(mixed ^ (mixed >>> 15), SEED) >>> 8;
}

/** How many places a table has, a power of two, at most half of which are taken. */
export function capacityFor(count: number): number {
  let capacity = 16;
  while (capacity < 2 * count) capacity *= 2;
  return capacity;
}
