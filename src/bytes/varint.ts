/**
 * Base-128 integers as protobuf and LevelDB write them: seven bits a byte, the low group first, the high bit says "more".
 * Values are JavaScript numbers; one that a number cannot hold exactly is refused, since no real file needs it.
 */
import { CorruptError } from '../errors.ts';

/** A place in bytes that moves as things are read; `end` bounds every read. */
export interface Cursor {
  readonly bytes: Uint8Array;
  at: number;
  end: number;
}

const LONGEST = 10;

function corrupt(message: string, at: number): CorruptError {
  return new CorruptError(`${message} at byte ${at}`, { where: 'varint', offset: at });
}

/** Reads a varint as a signed 64-bit integer; throws {@link CorruptError} beyond 2^53 or at the end of the bytes. */
export function readVarint(cursor: Cursor): number {
  const { bytes, end } = cursor;
  if (cursor.at < end) {
    const first = bytes[cursor.at] as number;
    if (first < 0x80) {
      cursor.at++;
      return first;
    }
    if (cursor.at + 4 <= end) return readShortVarint(cursor);
  }
  return readLongVarint(cursor);
}

/** Two to four bytes without a loop: sizes and shapes are nearly always that short. */
function readShortVarint(cursor: Cursor): number {
  const { bytes, at } = cursor;
  const second = bytes[at + 1] as number;
  let value = ((bytes[at] as number) & 0x7f) | ((second & 0x7f) << 7);
  if (second < 0x80) {
    cursor.at = at + 2;
    return value;
  }
  const third = bytes[at + 2] as number;
  value |= (third & 0x7f) << 14;
  if (third < 0x80) {
    cursor.at = at + 3;
    return value;
  }
  const fourth = bytes[at + 3] as number;
  if (fourth >= 0x80) return readLongVarint(cursor, 4, value | ((fourth & 0x7f) << 21));
  cursor.at = at + 4;
  return value | (fourth << 21);
}

/** Any varint; of its groups of seven bits the first `from` are in `known` already, none or four. */
function readLongVarint(cursor: Cursor, from = 0, known = 0): number {
  const { bytes, at: start, end } = cursor;
  let low = known;
  let middle = 0;
  let high = 0;
  for (let i = from; i < LONGEST; i++) {
    if (start + i >= end) throw corrupt('a varint runs past the end', start);
    const byte = bytes[start + i] as number;
    const bits = byte & 0x7f;
    if (i < 4) low |= bits << (7 * i);
    else if (i < 8) middle |= bits << (7 * (i - 4));
    else high |= bits << (7 * (i - 8));
    if (byte < 0x80) {
      cursor.at = start + i + 1;
      return assemble(low, middle, high, start);
    }
  }
  throw corrupt('a varint is longer than ten bytes', start);
}

/** `low` and `middle` hold 28 bits each, `high` the rest; bit 63 is the sign. */
function assemble(low: number, middle: number, high: number, start: number): number {
  if (high > 0xff) throw corrupt('a varint holds more than 64 bits', start);
  if (high >= 0x80) {
    const magnitude = ((~high & 0x7f) * 2 ** 28 + (~middle & 0xfffffff)) * 2 ** 28 + (~low & 0xfffffff);
    if (magnitude > Number.MAX_SAFE_INTEGER) throw corrupt('a number is below -2^53', start);
    return -magnitude - 1;
  }
  const value = (high * 2 ** 28 + middle) * 2 ** 28 + low;
  if (value > Number.MAX_SAFE_INTEGER) throw corrupt('a number is above 2^53', start);
  return value;
}

/** Reads a varint of any 64 bits, rounded where a number cannot hold it exactly; throws {@link CorruptError} at the end of the bytes. */
export function readRoundedVarint(cursor: Cursor): number {
  const { bytes, at, end } = cursor;
  let last = at;
  while (last < end && last - at < LONGEST && (bytes[last] as number) >= 0x80) last++;
  if (last - at < 7) return readVarint(cursor);
  if (last === end || last - at === LONGEST) throw corrupt('a varint does not end', at);
  let value = 0n;
  for (let i = last; i >= at; i--) value = (value << 7n) | BigInt((bytes[i] as number) & 0x7f);
  cursor.at = last + 1;
  return Number(BigInt.asIntN(64, value));
}

/** How many bytes {@link writeVarint} takes for a non-negative number. */
export function varintLength(value: number): number {
  let length = 1;
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) length++;
  return length;
}

/** Writes a non-negative safe integer at `at` and returns the place after it. */
export function writeVarint(bytes: Uint8Array, at: number, value: number): number {
  let rest = value;
  while (rest > 0x7fffffff) {
    bytes[at++] = (rest % 0x80) | 0x80;
    rest = Math.floor(rest / 0x80);
  }
  while (rest >= 0x80) {
    bytes[at++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  bytes[at++] = rest;
  return at;
}
