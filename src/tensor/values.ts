/**
 * Stored elements as JavaScript values: `decodeValues` turns the little-endian bytes of a tensor into the typed array
 * that holds the same numbers. Floats narrower than 32 bits widen to float32, sub-byte integers to bytes, and complex
 * numbers become pairs (real, imaginary) in one array of twice the length.
 */
import { UnsupportedError, UsageError } from '../errors.ts';
import type { DType, DTypeName } from './dtype.ts';
import { elementsOf } from './host-order.ts';
import type { Shape } from './shape.ts';
import { isSmallFloat, isTwoByteFloat, type SmallFloatName, smallFloatTable } from './small-floats.ts';

/** The values of a tensor of numbers. */
export type NumericValues =
  | Float32Array
  | Float64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | BigInt64Array
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | BigUint64Array;

/** The values of a tensor: numbers, or one byte string an element. */
export type TypedValues = NumericValues | Uint8Array[];

interface TypedArrayConstructor {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): NumericValues;
}

/** Dtypes whose stored bytes already are a JavaScript typed array. */
const AS_STORED: Partial<Record<DTypeName, TypedArrayConstructor>> = {
  float32: Float32Array,
  float64: Float64Array,
  complex64: Float32Array,
  complex128: Float64Array,
  int8: Int8Array,
  int16: Int16Array,
  int32: Int32Array,
  int64: BigInt64Array,
  uint8: Uint8Array,
  uint16: Uint16Array,
  uint32: Uint32Array,
  uint64: BigUint64Array,
  qint8: Int8Array,
  qint16: Int16Array,
  qint32: Int32Array,
  quint8: Uint8Array,
  quint16: Uint16Array,
};

function decodeSmallFloat(name: SmallFloatName, bytes: Uint8Array): Float32Array {
  const codes = isTwoByteFloat(name) ? elementsOf(Uint16Array, bytes) : bytes;
  const table = smallFloatTable(name);
  const values = new Float32Array(codes.length);
  for (let i = 0; i < codes.length; i++) values[i] = table[codes[i]!]!;
  return values;
}

/** Sub-byte integers sit in the low bits of a byte each; what the high bits hold means nothing. */
function decodeSubByte(dtype: DType, bytes: Uint8Array): Int8Array | Uint8Array {
  const shift = 32 - dtype.bits;
  if (dtype.kind === 'int') return Int8Array.from(bytes, (byte) => (byte << shift) >> shift);
  return Uint8Array.from(bytes, (byte) => (byte << shift) >>> shift);
}

/**
 * The values of little-endian `bytes` at any alignment. The result may share memory with `bytes`: copy it before
 * reusing the buffer. Strings and variants are not stored as fixed-width bytes and are refused.
 */
export function decodeValues(dtype: DType, bytes: Uint8Array): NumericValues {
  if (dtype.width === 0) {
    throw new UnsupportedError(`elements of dtype ${dtype.name} have no fixed width to decode`, 'dtype');
  }
  if (bytes.length % dtype.width !== 0) {
    throw new UsageError(`${bytes.length} bytes are not a whole number of ${dtype.width}-byte ${dtype.name} elements`);
  }
  const type = AS_STORED[dtype.name];
  if (type !== undefined) return elementsOf(type, bytes);
  if (isSmallFloat(dtype.name)) return decodeSmallFloat(dtype.name, bytes);
  if (dtype.kind === 'bool') return Uint8Array.from(bytes, (byte) => (byte === 0 ? 0 : 1));
  return decodeSubByte(dtype, bytes);
}

/** How many numbers in {@link NumericValues} one element takes: 2 for complex, else 1. */
export function numbersPerElement(dtype: DType): 1 | 2 {
  return dtype.kind === 'complex' ? 2 : 1;
}

/** An array whose elements can be visited more than once, a chunk at a time. */
export interface ArrayValues {
  readonly dtype: DType;
  readonly shape: Shape;
  /** Decoded elements [start, start + length) in row-major order; they are used before the next call. */
  read(start: number, length: number): TypedValues;
}
