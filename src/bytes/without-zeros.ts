/** What fills up a field of a fixed width, taken off. */

/** Where bytes end that stand before zeros, from `start` to `end`. */
export function endBeforeZeros(bytes: Uint8Array, start: number, end: number): number {
  let at = end;
  while (at > start && bytes[at - 1] === 0) at--;
  return at;
}

/** Bytes without the zeros behind them. */
export function withoutZeros(bytes: Uint8Array): Uint8Array {
  return bytes.subarray(0, endBeforeZeros(bytes, 0, bytes.length));
}
