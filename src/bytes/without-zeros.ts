/** What fills up a field of a fixed width, taken off. */

/** Bytes without the zeros behind them. */
export function withoutZeros(bytes: Uint8Array): Uint8Array {
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0) end--;
  return bytes.subarray(0, end);
}
