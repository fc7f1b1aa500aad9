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
import { CorruptError } from '../errors.ts';
import { elementCount, type Shape } from '../tensor/shape.ts';
import { StringsEncoder } from '../tensor/strings.ts';
import { decodeShape } from './tensor-shape.ts';
import { readDelimited, readTag, skipField } from './wire.ts';

export interface TensorMessage {
  readonly dtype: number;
  readonly shape: Shape;
  /** Little-endian elements, from tensor_content or a list of floats. */
  readonly content: Uint8Array;
  readonly integers: readonly number[];
  /** Undefined where there are none; never more than one beyond what the shape takes. */
  readonly strings: StringsEncoder | undefined;
}

export interface VariantMessage {
  readonly typeName: string;
  readonly metadata: Uint8Array;
  readonly tensors: readonly TensorMessage[];
}

/** No program puts more into one element: a byte or two in a file becomes a hundred in memory. */
const MOST_TENSORS = 1 << 17;

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

function varintsOf(cursor: Cursor, most: number): number[] {
  const values: number[] = [];
  while (cursor.at < cursor.end && values.length <= most) values.push(readVarint(cursor));
  return values;
}

/** The shape comes first of all: a list that is longer is not held. */
function shapeOf({ bytes, at, end }: Cursor): Shape {
  const cursor: Cursor = { bytes, at, end };
  let shape: Shape = [];
  while (cursor.at < cursor.end) {
    const tag = readTag(cursor);
    if (tag === TENSOR_SHAPE) shape = decodeShape(readDelimited(cursor));
    else skipField(cursor, tag);
  }
  return shape;
}

function decodeTensorMessage(cursor: Cursor): TensorMessage {
  const shape = shapeOf(cursor);
  const most = elementCount(shape);
  let dtype = 0;
  let content = new Uint8Array(0);
  let integers: readonly number[] = [];
  let strings: StringsEncoder | undefined;
  while (cursor.at < cursor.end) {
    const tag = readTag(cursor);
    if (tag === TENSOR_DTYPE) dtype = readVarint(cursor);
    else if (tag === STRING_VAL) {
      const { bytes, at, end } = readDelimited(cursor);
      strings ??= new StringsEncoder();
      if (strings.count <= most) strings.add(bytes.subarray(at, end));
    } else if (AS_STORED.includes(tag)) content = bytesOf(readDelimited(cursor));
    else if (VARINTS.includes(tag)) integers = varintsOf(readDelimited(cursor), most);
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
    else if (tag === TENSORS) {
      if (tensors.length === MOST_TENSORS)
        throw new CorruptError(`a variant holds more than ${MOST_TENSORS} tensors`, { where: 'variant' });
      tensors.push(decodeTensorMessage(readDelimited(cursor)));
    } else skipField(cursor, tag);
  }
  return { typeName, metadata, tensors };
}
