/**
 * Where a V1 record keeps the values of each dtype: the field of TensorProto, and how its numbers are encoded. Source:
 * tensorflow/core/util/saved_tensor_slice_util.h (TENSOR_PROTO_EXTRACT_TYPE) and tensor_slice_writer.cc
 * (MaxBytesPerElementOrZero).
 */
import { CorruptError } from '../../errors.ts';
import { type DType, type DTypeName, dtypeOf } from '../../tensor/dtype.ts';

export interface ValueField {
  /** Field number in TensorProto. */
  readonly number: number;
  /** Bytes of a number, or `varint`; a string is one field each. */
  readonly encoding: 4 | 8 | 'varint' | 'string';
  /** Numbers that make an element: two for complex dtypes. */
  readonly perElement: 1 | 2;
  readonly signed: boolean;
  /** The most bytes that TensorFlow's writer expects of an element; 0 for what it only reads. */
  readonly mostBytes: number;
}

const ROWS: readonly (readonly [DTypeName, number, ValueField['encoding'], 1 | 2, boolean, number])[] = [
  // dtype, field, encoding, numbers an element, signed, most bytes
  ['float32', 5, 4, 1, true, 4],
  ['float64', 6, 8, 1, true, 8],
  ['int32', 7, 'varint', 1, true, 10],
  ['uint8', 7, 'varint', 1, false, 2],
  ['int16', 7, 'varint', 1, true, 10],
  ['int8', 7, 'varint', 1, true, 10],
  ['string', 8, 'string', 1, false, 10],
  ['complex64', 9, 4, 2, true, 8],
  ['int64', 10, 'varint', 1, true, 10],
  ['bool', 11, 'varint', 1, false, 1],
  ['qint8', 7, 'varint', 1, true, 10],
  ['quint8', 7, 'varint', 1, false, 2],
  ['qint32', 7, 'varint', 1, true, 10],
  ['quint16', 7, 'varint', 1, false, 0],
  ['uint16', 7, 'varint', 1, false, 3],
  ['complex128', 12, 8, 2, true, 16],
  ['float16', 13, 'varint', 1, false, 3],
  ['uint32', 16, 'varint', 1, false, 0],
  ['uint64', 17, 'varint', 1, false, 0],
];

const FIELDS = new Map<string, ValueField>(
  ROWS.map(([dtype, number, encoding, perElement, signed, mostBytes]) => [
    dtype,
    { number, encoding, perElement, signed, mostBytes },
  ]),
);

/** The field of a dtype; undefined for one that no V1 record has. */
export function fieldOf(dtype: DType): ValueField | undefined {
  return FIELDS.get(dtype.name);
}

/** Whether TensorFlow's writer would put this dtype into a V1 file. */
export function tableHolds(dtype: DType): boolean {
  return (fieldOf(dtype)?.mostBytes ?? 0) > 0;
}

/** The one dtype whose values lie in a field of TensorProto; undefined where there are several, or none. */
export function dtypeOfField(number: number): DType | undefined {
  const [only, ...others] = ROWS.filter(([, field]) => field === number);
  return only === undefined || others.length > 0 ? undefined : dtypeOf(only[0]);
}

/** Throws {@link CorruptError} unless a record holds as many values as its slice has elements. */
export function checkCount(found: number, wanted: number): void {
  if (found === wanted) return;
  throw new CorruptError(`holds ${found} values, but its slice takes ${wanted}`, { where: 'values' });
}
