/**
 * The messages of a V1 checkpoint (tensorflow/core/util/saved_tensor_slice.proto). Under the empty key lies what the file
 * holds, under each other key one slice of one tensor:
 *
 *     SavedTensorSlices    1 meta SavedTensorSliceMeta · 2 data SavedSlice
 *     SavedTensorSliceMeta 1 tensor repeated SavedSliceMeta · 2 versions VersionDef
 *     SavedSliceMeta       1 name · 2 shape TensorShapeProto, of the whole · 3 type DataType · 4 slice repeated TensorSliceProto
 *     SavedSlice           1 name · 2 slice TensorSliceProto · 3 data TensorProto, of which only the field of values is there
 */
import { ByteWriter } from '../bytes/byte-writer.ts';
import { decodeText, encodeText } from '../bytes/text.ts';
import { type Cursor, readVarint, varintLength } from '../bytes/varint.ts';
import { CkptError } from '../errors.ts';
import type { Shape } from '../tensor/shape.ts';
import type { TensorSlice } from '../tensor/tensor-slice.ts';
import { decodeShape, decodeTensorSlice, encodeTensorSlice, writeShape } from './tensor-shape.ts';
import { decodeVersionDef, encodeProducer, type VersionDef } from './version-def.ts';
import { readDelimited, readTag, skipField, writeDelimitedField, writeVarintField } from './wire.ts';

/** A tensor that a file lists: the shape of the whole, and the slices of it that lie in this file. */
export interface SavedSliceMeta {
  readonly name: string;
  readonly shape: Shape;
  /** Enum number of the dtype. */
  readonly type: number;
  readonly slices: readonly TensorSlice[];
  /** Why the rest of this cannot be decoded. */
  readonly problem?: CkptError | undefined;
}

export interface SavedTensorSliceMeta {
  readonly tensors: readonly SavedSliceMeta[];
  /** Absent in the oldest files. */
  readonly versions: VersionDef | undefined;
}

/** `TF_CHECKPOINT_VERSION`. */
const VERSION = 1;

const META = 0x0a;
const DATA = 0x12;
const META_TENSOR = 0x0a;
const META_VERSIONS = 0x12;
const TENSOR_NAME = 0x0a;
const TENSOR_SHAPE = 0x12;
const TENSOR_TYPE = 0x18;
const TENSOR_SLICE = 0x22;
const SLICE_NAME = 0x0a;
const SLICE_PLACE = 0x12;
const SLICE_DATA = 0x1a;

/** Tags of a record, for who reads one that is too large to be held. */
export const RECORD_TAGS = { data: DATA, name: SLICE_NAME, slice: SLICE_PLACE, values: SLICE_DATA } as const;

function decodeTensor(cursor: Cursor): SavedSliceMeta {
  let name = '';
  let shape: Shape = [];
  let type = 0;
  const slices: TensorSlice[] = [];
  let problem: CkptError | undefined;
  try {
    while (cursor.at < cursor.end) {
      const tag = readTag(cursor);
      if (tag === TENSOR_NAME) name = textOf(readDelimited(cursor));
      else if (tag === TENSOR_SHAPE) shape = decodeShape(readDelimited(cursor));
      else if (tag === TENSOR_TYPE) type = readVarint(cursor);
      else if (tag === TENSOR_SLICE) slices.push(decodeTensorSlice(readDelimited(cursor)));
      else skipField(cursor, tag);
    }
  } catch (error) {
    if (!(error instanceof CkptError)) throw error;
    problem = error;
  }
  return { name, shape, type, slices, problem };
}

const textOf = ({ bytes, at, end }: Cursor): string => decodeText(bytes, at, end);

/** Decodes the value under the empty key; a tensor that cannot be decoded has a `problem` and does not hide the others. */
export function decodeSavedMeta(cursor: Cursor): SavedTensorSliceMeta {
  const tensors: SavedSliceMeta[] = [];
  let versions: VersionDef | undefined;
  while (cursor.at < cursor.end) {
    const tag = readTag(cursor);
    if (tag !== META) {
      skipField(cursor, tag);
      continue;
    }
    const meta = readDelimited(cursor);
    while (meta.at < meta.end) {
      const inner = readTag(meta);
      if (inner === META_TENSOR) tensors.push(decodeTensor(readDelimited(meta)));
      else if (inner === META_VERSIONS) versions = decodeVersionDef(readDelimited(meta));
      else skipField(meta, inner);
    }
  }
  return { tensors, versions };
}

/** The value under the empty key of a new file. */
export function encodeSavedMeta(tensors: Iterable<SavedSliceMeta>): Uint8Array {
  const meta = new ByteWriter(4096);
  const tensor = new ByteWriter(4096);
  for (const { name, shape, type, slices } of tensors) {
    tensor.length = 0;
    writeDelimitedField(tensor, 1, encodeText(name));
    writeShape(tensor, 2, shape);
    writeVarintField(tensor, 3, type);
    for (const slice of slices) writeDelimitedField(tensor, 4, encodeTensorSlice(slice));
    meta.varint(META_TENSOR).varint(tensor.length).append(tensor);
  }
  writeDelimitedField(meta, 2, encodeProducer(VERSION));
  const writer = new ByteWriter(meta.length + 8);
  writeDelimitedField(writer, 1, meta.view());
  return writer.toBytes();
}

/** The fields of a SavedSlice that say whose values follow. */
export function encodeSliceName(name: string, slice: TensorSlice): Uint8Array {
  const writer = new ByteWriter(64);
  writeDelimitedField(writer, 1, encodeText(name));
  writeDelimitedField(writer, 2, encodeTensorSlice(slice));
  return writer.toBytes();
}

/** How long {@link encodeRecordHead} is, after a slice's name of so many bytes. */
export function recordHeadBytes(sliceNameBytes: number, valueBytes: number): number {
  const data = sliceNameBytes + 1 + varintLength(valueBytes) + valueBytes;
  return 2 + varintLength(data) + sliceNameBytes + varintLength(valueBytes);
}

/** What stands in a record before its `valueBytes` bytes of TensorProto. */
export function encodeRecordHead(sliceName: Uint8Array, valueBytes: number): Uint8Array {
  const data = sliceName.length + 1 + varintLength(valueBytes) + valueBytes;
  const writer = new ByteWriter(sliceName.length + 24);
  return writer.byte(DATA).varint(data).bytes(sliceName).byte(SLICE_DATA).varint(valueBytes).toBytes();
}
