/**
 * The key that a stored piece of a tensor is filed under, the same in V1 and V2: OrderedCode of
 * 0, name, rank, then start and length of every axis; a whole axis is 0, -1.
 * Source: tensorflow/core/util/saved_tensor_slice_util.cc (EncodeTensorNameSlice).
 */
import { ByteWriter } from '../bytes/byte-writer.ts';
import {
  decodeNumIncreasing,
  decodeOrderedString,
  decodeSignedNum,
  encodeNumIncreasing,
  encodeOrderedString,
  encodeSignedNum,
} from '../bytes/ordered-code.ts';
import { decodeText, encodeText } from '../bytes/text.ts';
import type { Cursor } from '../bytes/varint.ts';
import { CorruptError } from '../errors.ts';
import { MAX_RANK } from './shape.ts';
import type { Extent, TensorSlice } from './tensor-slice.ts';

const WHOLE_AXIS = -1;

export function encodeSliceKey(name: string, slice: TensorSlice): Uint8Array {
  const writer = new ByteWriter(name.length + 8 + slice.length * 4);
  encodeNumIncreasing(writer, 0);
  encodeOrderedString(writer, encodeText(name));
  encodeNumIncreasing(writer, slice.length);
  for (const { start, length } of slice) {
    encodeSignedNum(writer, length === undefined ? 0 : start);
    encodeSignedNum(writer, length ?? WHOLE_AXIS);
  }
  return writer.toBytes();
}

/** The name and slice behind a key; throws {@link CorruptError} for bytes that are no such key. */
export function decodeSliceKey(key: Uint8Array): { readonly name: string; readonly slice: TensorSlice } {
  const cursor: Cursor = { bytes: key, at: 0, end: key.length };
  const marker = decodeNumIncreasing(cursor);
  const name = decodeText(decodeOrderedString(cursor));
  const rank = decodeNumIncreasing(cursor);
  if (marker !== 0 || rank > MAX_RANK) throw new CorruptError('not the key of a slice', { where: 'slice key' });
  const slice: Extent[] = [];
  for (let axis = 0; axis < rank; axis++) {
    const start = decodeSignedNum(cursor);
    const length = decodeSignedNum(cursor);
    slice.push({ start, length: length === WHOLE_AXIS ? undefined : length });
  }
  if (cursor.at !== cursor.end) throw new CorruptError('not the key of a slice', { where: 'slice key' });
  return { name, slice };
}
