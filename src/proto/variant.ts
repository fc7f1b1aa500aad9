/**
 * VariantTensorDataProto { string type_name = 1; bytes metadata = 2; repeated TensorProto tensors = 3 } with, of
 * TensorProto { DataType dtype = 1; TensorShapeProto tensor_shape = 2; bytes tensor_content = 4; float float_val = 5;
 * double double_val = 6; int32 int_val = 7; bytes string_val = 8; float scomplex_val = 9; int64 int64_val = 10; bool
 * bool_val = 11; double dcomplex_val = 12; int32 half_val = 13; uint32 uint32_val = 16; uint64 uint64_val = 17; ... }, the
 * lists packed: what a variant that was saved to a checkpoint holds.
 * Source: tensorflow/core/framework/tensor.proto.
 */
import { decodeText } from '../bytes/text.ts';
import { type Cursor, readVarint } from '../bytes/varint.ts';
import type { Shape } from '../tensor/shape.ts';
import { decodeShape } from './tensor-shape.ts';
import { readDelimited, readTag, skipField } from './wire.ts';

export interface TensorMessage {
  readonly dtype: number;
  readonly shape: Shape;
  /** Little-endian elements, from tensor_content or a list of floats. */
  readonly content: Uint8Array;
  readonly integers: readonly number[];
  readonly strings: readonly Uint8Array[];
}

export interface VariantMessage {
  readonly typeName: string;
  readonly metadata: Uint8Array;
  readonly tensors: readonly TensorMessage[];
}

const TYPE_NAME = 0x0a;
const METADATA = 0x12;
const TENSORS = 0x1a;
const TENSOR_DTYPE = 0x08;
const TENSOR_SHAPE = 0x12;
const STRING_VAL = 0x42;
/** tensor_content, float_val, double_val, scomplex_val, dcomplex_val: bytes that already are the elements. */
const AS_STORED: readonly number[] = [0x22, 0x2a, 0x32, 0x4a, 0x62];
/** int_val, int64_val, bool_val, half_val, uint32_val, uint64_val. */
const VARINTS: readonly number[] = [0x3a, 0x52, 0x5a, 0x6a, 0x82, 0x8a];

function bytesOf({ bytes, at, end }: Cursor): Uint8Array<ArrayBuffer> {
  return bytes.slice(at, end);
}

function varintsOf(cursor: Cursor): number[] {
  const values: number[] = [];
  while (cursor.at < cursor.end) values.push(readVarint(cursor));
  return values;
}

function decodeTensorMessage(cursor: Cursor): TensorMessage {
  let dtype = 0;
  let shape: Shape = [];
  let content = new Uint8Array(0);
  let integers: readonly number[] = [];
  const strings: Uint8Array[] = [];
  while (cursor.at < cursor.end) {
    const tag = readTag(cursor);
    if (tag === TENSOR_DTYPE) dtype = readVarint(cursor);
    else if (tag === TENSOR_SHAPE) shape = decodeShape(readDelimited(cursor));
    else if (tag === STRING_VAL) strings.push(bytesOf(readDelimited(cursor)));
    else if (AS_STORED.includes(tag)) content = bytesOf(readDelimited(cursor));
    else if (VARINTS.includes(tag)) integers = varintsOf(readDelimited(cursor));
    else skipField(cursor, tag);
  }
  return { dtype, shape, content, integers, strings };
}

/** Decodes the message of one element of a variant tensor; throws a `CkptError` for bytes that are none. */
export function decodeVariant(bytes: Uint8Array): VariantMessage {
  const cursor: Cursor = { bytes, at: 0, end: bytes.length };
  let typeName = '';
  let metadata = new Uint8Array(0);
  const tensors: TensorMessage[] = [];
  while (cursor.at < cursor.end) {
    const tag = readTag(cursor);
    if (tag === TYPE_NAME) typeName = decodeText(bytesOf(readDelimited(cursor)));
    else if (tag === METADATA) metadata = bytesOf(readDelimited(cursor));
    else if (tag === TENSORS) tensors.push(decodeTensorMessage(readDelimited(cursor)));
    else skipField(cursor, tag);
  }
  return { typeName, metadata, tensors };
}
