/**
 * Keys that sort as the values they encode, as TensorFlow's OrderedCode writes them; slices of partitioned tensors are
 * filed under such keys. Three encodings, each in both directions:
 *
 *     NumIncreasing   a count byte, then that many significant bytes, big-endian
 *     String          the bytes, with 00 as 00 ff and ff as ff 00; 00 01 ends it
 *     SignedNum       two's complement, big-endian, headed by as many equal bits as it has bytes (-64 to 63: one byte)
 *
 * Source: tensorflow/core/lib/strings/ordered_code.cc.
 */
import { CorruptError } from '../errors.ts';
import type { ByteWriter } from './byte-writer.ts';
import type { Cursor } from './varint.ts';

function corrupt(what: string, at: number): CorruptError {
  return new CorruptError(`ordered code: ${what} at byte ${at}`, { where: 'ordered code', offset: at });
}

function nextByte(cursor: Cursor): number {
  if (cursor.at >= cursor.end) throw corrupt('cut off', cursor.at);
  return cursor.bytes[cursor.at++] as number;
}

/** Appends a non-negative safe integer. */
export function encodeNumIncreasing(writer: ByteWriter, value: number): void {
  let unit = 1;
  let count = 0;
  for (; unit <= value; unit *= 256) count++;
  writer.byte(count);
  for (let rest = value; count > 0; count--) {
    unit /= 256;
    const byte = Math.floor(rest / unit);
    writer.byte(byte);
    rest -= byte * unit;
  }
}

export function decodeNumIncreasing(cursor: Cursor): number {
  const count = nextByte(cursor);
  if (count > 8) throw corrupt(`a number of ${count} bytes`, cursor.at - 1);
  let value = 0;
  for (let i = 0; i < count; i++) value = value * 256 + nextByte(cursor);
  if (!Number.isSafeInteger(value)) throw corrupt('a number above 2^53', cursor.at);
  return value;
}

/** Appends a byte string. */
export function encodeOrderedString(writer: ByteWriter, text: Uint8Array): void {
  for (const byte of text) {
    writer.byte(byte);
    if (byte === 0x00) writer.byte(0xff);
    else if (byte === 0xff) writer.byte(0x00);
  }
  writer.byte(0x00).byte(0x01);
}

export function decodeOrderedString(cursor: Cursor): Uint8Array {
  const out: number[] = [];
  for (;;) {
    const byte = nextByte(cursor);
    if (byte !== 0x00 && byte !== 0xff) {
      out.push(byte);
      continue;
    }
    const second = nextByte(cursor);
    if (byte === 0x00 && second === 0x01) return Uint8Array.from(out);
    if (byte + second !== 0xff) throw corrupt('an unknown escape', cursor.at - 2);
    out.push(byte);
  }
}

/** Bytes that a signed number takes: 7 payload bits in each. */
function signedLength(value: bigint): number {
  const magnitude = value < 0n ? ~value : value;
  const bits = magnitude === 0n ? 0 : magnitude.toString(2).length;
  return Math.floor(bits / 7) + 1;
}

/** The leading bits of a number of `length` bytes: `length` ones, then a zero, over the first two bytes. */
function headerOf(length: number): readonly [number, number] {
  const bits = (0xffff << (16 - length)) & 0xffff;
  return [bits >>> 8, bits & 0xff];
}

/** Appends a signed safe integer. */
export function encodeSignedNum(writer: ByteWriter, value: number): void {
  const wide = BigInt(value);
  const length = signedLength(wide);
  const header = headerOf(length);
  for (let i = 0; i < length; i++) {
    const byte = Number(BigInt.asUintN(8, wide >> BigInt(8 * (length - 1 - i))));
    writer.byte(i < 2 ? byte ^ (header[i] as number) : byte);
  }
}

/** Leading bits of a two-byte window that equal its first. */
function headerLength(first: number, second: number): number {
  const window = (first << 8) | second;
  let length = 0;
  while (length < 10 && (window & (0x8000 >>> length)) !== 0) length++;
  return length;
}

export function decodeSignedNum(cursor: Cursor): number {
  const start = cursor.at;
  const first = nextByte(cursor);
  const flip = first < 0x80 ? 0xff : 0;
  const second = cursor.at < cursor.end ? (cursor.bytes[cursor.at] as number) : flip;
  const length = headerLength(first ^ flip, second ^ flip);
  const header = headerOf(length);
  let value = BigInt((first ^ flip ^ header[0]) & 0xff);
  for (let i = 1; i < length; i++) {
    const byte = nextByte(cursor) ^ flip;
    value = (value << 8n) | BigInt(i === 1 ? byte ^ header[1] : byte);
  }
  if (flip !== 0) value = ~value;
  const number = Number(value);
  if (!Number.isSafeInteger(number)) throw corrupt('a number beyond 2^53', start);
  return number;
}
