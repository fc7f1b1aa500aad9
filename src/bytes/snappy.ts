/**
 * Snappy's raw block format, decoding only: TensorFlow writes tables uncompressed, but builds inside Google compressed
 * them. A block is a varint with the plain length, then elements told apart by the low two bits of a tag byte:
 *
 *     00 literal   length-1 in the upper 6 bits; 60 to 63 mean "in the next 1 to 4 bytes", little-endian
 *     01 copy      length-4 in 3 bits, offset in 3 + 8 bits
 *     10 copy      length-1 in 6 bits, offset in the next 2 bytes
 *     11 copy      length-1 in 6 bits, offset in the next 4 bytes
 *
 * A copy may overlap what it writes. Source of the facts: Snappy's format description (google/snappy).
 */
import { CorruptError } from '../errors.ts';
import { type Cursor, readVarint } from './varint.ts';

/** What most bytes can come from: a copy of three gives 64. A claim beyond that is a lie, and nothing is allocated for it. */
const LONGEST_COPY = 64;
const SHORTEST_LONG_COPY = 3;

function corrupt(what: string, at: number): CorruptError {
  return new CorruptError(`snappy block: ${what} at byte ${at}`, { where: 'snappy block', offset: at });
}

function littleEndian(cursor: Cursor, width: number): number {
  if (cursor.at + width > cursor.end) throw corrupt('an element is cut off', cursor.at);
  let value = 0;
  for (let i = 0; i < width; i++) value += (cursor.bytes[cursor.at + i] as number) * 2 ** (8 * i);
  cursor.at += width;
  return value;
}

/** The plain bytes of a raw Snappy block; throws {@link CorruptError}. */
export function decodeSnappy(compressed: Uint8Array): Uint8Array {
  const cursor: Cursor = { bytes: compressed, at: 0, end: compressed.length };
  const length = readVarint(cursor);
  if (length < 0 || length * SHORTEST_LONG_COPY > compressed.length * LONGEST_COPY) {
    throw corrupt(`claims ${length} plain bytes for ${compressed.length} compressed ones`, 0);
  }
  const plain = new Uint8Array(length);
  let written = 0;
  while (cursor.at < cursor.end) {
    const tag = compressed[cursor.at++] as number;
    written = (tag & 3) === 0 ? copyLiteral(cursor, tag, plain, written) : copyBack(cursor, tag, plain, written);
  }
  if (written !== length) throw corrupt(`gives ${written} bytes where it claims ${length}`, cursor.at);
  return plain;
}

function copyLiteral(cursor: Cursor, tag: number, plain: Uint8Array, written: number): number {
  const short = tag >>> 2;
  const length = 1 + (short < 60 ? short : littleEndian(cursor, short - 59));
  if (length > cursor.end - cursor.at) throw corrupt('a literal is cut off', cursor.at);
  if (length > plain.length - written) throw corrupt('more plain bytes than claimed', cursor.at);
  plain.set(cursor.bytes.subarray(cursor.at, cursor.at + length), written);
  cursor.at += length;
  return written + length;
}

function copyBack(cursor: Cursor, tag: number, plain: Uint8Array, written: number): number {
  const kind = tag & 3;
  const length = kind === 1 ? ((tag >>> 2) & 7) + 4 : (tag >>> 2) + 1;
  const offset = kind === 1 ? (tag >>> 5) * 256 + littleEndian(cursor, 1) : littleEndian(cursor, kind === 2 ? 2 : 4);
  if (offset < 1 || offset > written) throw corrupt(`a copy reaches back ${offset} of ${written} bytes`, cursor.at);
  if (length > plain.length - written) throw corrupt('more plain bytes than claimed', cursor.at);
  if (offset >= length) plain.copyWithin(written, written - offset, written - offset + length);
  else for (let i = 0; i < length; i++) plain[written + i] = plain[written + i - offset] as number;
  return written + length;
}
