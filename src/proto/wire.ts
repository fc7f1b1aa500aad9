/**
 * Protocol buffers by hand, for the messages that stand in every index and in the object graph: a million entries are decoded
 * while a reader waits, and a general library takes three times as long and 20 ms to load.
 */
import type { ByteWriter } from '../bytes/byte-writer.ts';
import { type Cursor, readVarint } from '../bytes/varint.ts';
import { CorruptError } from '../errors.ts';

export const VARINT = 0;
export const FIXED64 = 1;
export const DELIMITED = 2;
export const FIXED32 = 5;

function corrupt(what: string, at: number): CorruptError {
  return new CorruptError(`message: ${what} at byte ${at}`, { where: 'message', offset: at });
}

/** Reads a length-delimited field and returns a cursor on its bytes; the outer cursor moves past them. */
export function readDelimited(cursor: Cursor): Cursor {
  const length = readVarint(cursor);
  const start = cursor.at;
  if (length < 0 || length > cursor.end - start) throw corrupt(`a field of ${length} bytes runs past the end`, start);
  cursor.at = start + length;
  return { bytes: cursor.bytes, at: start, end: start + length };
}

/**
 * Narrows a cursor to the length-delimited field that it stands at and returns the end it had; the caller reads the field
 * to its end and then gives that back. A million small messages are read without an object for each.
 */
export function enterDelimited(cursor: Cursor): number {
  const length = readVarint(cursor);
  const outer = cursor.end;
  if (length < 0 || length > outer - cursor.at) {
    throw corrupt(`a field of ${length} bytes runs past the end`, cursor.at);
  }
  cursor.end = cursor.at + length;
  return outer;
}

/** Reads four bytes, little-endian. */
export function readFixed32(cursor: Cursor): number {
  const { bytes, at } = cursor;
  if (at + 4 > cursor.end) throw corrupt('a 32-bit field is cut off', at);
  cursor.at = at + 4;
  const low = (bytes[at] as number) | ((bytes[at + 1] as number) << 8) | ((bytes[at + 2] as number) << 16);
  return (low | ((bytes[at + 3] as number) << 24)) >>> 0;
}

/** Moves past the value of a field that is not known, or not of the wire type that it should have. */
export function skipField(cursor: Cursor, tag: number): void {
  const wireType = tag & 7;
  if (wireType === VARINT) skipVarint(cursor);
  else if (wireType === DELIMITED) {
    const end = enterDelimited(cursor);
    cursor.at = cursor.end;
    cursor.end = end;
  } else if (wireType === FIXED32 || wireType === FIXED64) {
    cursor.at += wireType === FIXED32 ? 4 : 8;
    if (cursor.at > cursor.end) throw corrupt('a fixed field is cut off', cursor.end);
  } else throw corrupt(`wire type ${wireType}`, cursor.at);
}

/** Unlike a read, takes any 64-bit value: what is skipped need not fit a number. */
function skipVarint(cursor: Cursor): void {
  for (let i = 0; i < 10; i++) {
    if (cursor.at >= cursor.end) throw corrupt('a varint runs past the end', cursor.at);
    if ((cursor.bytes[cursor.at++] as number) < 0x80) return;
  }
  throw corrupt('a varint is longer than ten bytes', cursor.at);
}

/** Reads the tag of the next field; field number 0 does not exist. */
export function readTag(cursor: Cursor): number {
  const first = cursor.bytes[cursor.at] as number;
  if (first >= 8 && first < 0x80) {
    cursor.at++;
    return first;
  }
  const tag = readVarint(cursor);
  if (tag < 8 || tag > 0xffffffff) throw corrupt(`field tag ${tag}`, cursor.at);
  return tag;
}

/** Writes a varint field, unless it holds the default. */
export function writeVarintField(writer: ByteWriter, field: number, value: number): void {
  if (value !== 0) writer.varint(field * 8 + VARINT).varint(value);
}

/** Writes a length-delimited field, also when it is empty: presence has a meaning where this is used. */
export function writeDelimitedField(writer: ByteWriter, field: number, bytes: Uint8Array): void {
  writer
    .varint(field * 8 + DELIMITED)
    .varint(bytes.length)
    .bytes(bytes);
}
