/**
 * TensorShapeProto { repeated Dim dim = 2 { int64 size = 1; string name = 2 } bool unknown_rank = 3 } and
 * TensorSliceProto { repeated Extent extent = 1 { int64 start = 1; oneof { int64 length = 2 } } }.
 * Source: tensorflow/core/framework/tensor_shape.proto, tensor_slice.proto.
 */
import { ByteWriter } from '../bytes/byte-writer.ts';
import { hasAt } from '../bytes/text.ts';
import { type Cursor, readVarint } from '../bytes/varint.ts';
import type { Shape } from '../tensor/shape.ts';
import type { Extent, TensorSlice } from '../tensor/tensor-slice.ts';
import {
  DELIMITED,
  enterDelimited,
  readDelimited,
  readTag,
  skipField,
  writeDelimitedField,
  writeVarintField,
} from './wire.ts';

const SHAPE_DIM = 0x12;
const DIM_SIZE = 0x08;
const SLICE_EXTENT = 0x0a;
const EXTENT_START = 0x08;
const EXTENT_LENGTH = 0x10;

function decodeDim(cursor: Cursor): number {
  let size = 0;
  while (cursor.at < cursor.end) {
    const tag = readTag(cursor);
    if (tag === DIM_SIZE) size = readVarint(cursor);
    else skipField(cursor, tag);
  }
  return size;
}

const SCALAR: Shape = Object.freeze([]);
/** Sizes gather here first, so that the array that is kept has no spare room: it matters when there are a million. */
const DIMS: number[] = [];

/** A shape that was decoded, and the bytes that said it: the same few come again and again in an index. */
interface KnownShape {
  readonly bytes: Uint8Array;
  readonly shape: Shape;
}

/** A power of two. */
const PLACES = 128;
const KNOWN: (KnownShape | undefined)[] = new Array(PLACES);
/** The one that came last: slots have the shape of their variable. */
let last: KnownShape | undefined;
/** Longer ones are rare. */
const MOST_KNOWN_BYTES = 64;

/** The sizes as they stand, negative ones too; the caller checks them. */
export function decodeShape(cursor: Cursor): Shape {
  const { bytes, at, end } = cursor;
  const length = end - at;
  if (length === 0) return SCALAR;
  if (length > MOST_KNOWN_BYTES || length < 2) return decodeDims(cursor);
  if (last?.bytes.length === length && hasAt(bytes, at, last.bytes)) {
    cursor.at = end;
    return last.shape;
  }
  const place =
    ((bytes[end - 1] as number) * 5 +
      (bytes[end - 2] as number) +
      length * 3 +
      (bytes[at + 3 < end ? at + 3 : at] as number) * 17) &
    (PLACES - 1);
  const known = KNOWN[place];
  if (known?.bytes.length === length && hasAt(bytes, at, known.bytes)) {
    cursor.at = end;
    last = known;
    return known.shape;
  }
  last = { bytes: bytes.slice(at, end), shape: Object.freeze(decodeDims(cursor)) };
  KNOWN[place] = last;
  return last.shape;
}

function decodeDims(cursor: Cursor): Shape {
  let rank = 0;
  while (cursor.at < cursor.end) {
    const tag = readTag(cursor);
    if (tag === SHAPE_DIM) {
      const outer = enterDelimited(cursor);
      DIMS[rank++] = decodeDim(cursor);
      cursor.end = outer;
    } else skipField(cursor, tag);
  }
  return DIMS.slice(0, rank);
}

/** Writes a TensorShapeProto as a field, also when it is empty. */
export function writeShape(writer: ByteWriter, field: number, shape: Shape): void {
  const start = writer.varint(field * 8 + DELIMITED).openLength();
  for (const size of shape) {
    const dim = writer.varint(SHAPE_DIM).openLength();
    writeVarintField(writer, 1, size);
    writer.closeLength(dim);
  }
  writer.closeLength(start);
}

function decodeExtent(cursor: Cursor): Extent {
  let start = 0;
  let length: number | undefined;
  while (cursor.at < cursor.end) {
    const tag = readTag(cursor);
    if (tag === EXTENT_START) start = readVarint(cursor);
    else if (tag === EXTENT_LENGTH) length = readVarint(cursor);
    else skipField(cursor, tag);
  }
  return { start, length };
}

/** Slices that are all of a tensor, by rank: nearly all that a V1 checkpoint lists are such. */
const WHOLE: TensorSlice[] = [];
const MOST_KNOWN_RANK = 8;

/** The slice at a cursor where it is encoded as the whole of some axes; undefined for any other. */
function wholeAt({ bytes, at, end }: Cursor): TensorSlice | undefined {
  const rank = (end - at) / 2;
  if (rank > MOST_KNOWN_RANK || rank % 1 !== 0) return undefined;
  for (let i = at; i < end; i += 2) if (bytes[i] !== SLICE_EXTENT || bytes[i + 1] !== 0) return undefined;
  WHOLE[rank] ??= Object.freeze(Array.from({ length: rank }, () => ({ start: 0, length: undefined })));
  return WHOLE[rank];
}

export function decodeTensorSlice(cursor: Cursor): TensorSlice {
  const whole = wholeAt(cursor);
  if (whole !== undefined) {
    cursor.at = cursor.end;
    return whole;
  }
  const slice: Extent[] = [];
  while (cursor.at < cursor.end) {
    const tag = readTag(cursor);
    if (tag === SLICE_EXTENT) slice.push(decodeExtent(readDelimited(cursor)));
    else skipField(cursor, tag);
  }
  return slice;
}

export function encodeTensorSlice(slice: TensorSlice): Uint8Array {
  const writer = new ByteWriter(slice.length * 8);
  for (const { start, length } of slice) {
    const extent = new ByteWriter(16);
    if (length !== undefined) {
      writeVarintField(extent, 1, start);
      extent.varint(EXTENT_LENGTH).varint(length);
    }
    writeDelimitedField(writer, 1, extent.view());
  }
  return writer.toBytes();
}
