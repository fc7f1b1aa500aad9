/**
 * JavaScript values as stored elements, the way back of `decodeValues`: each is converted exactly, or refused. Plain numbers
 * are literals and round to the nearest float; a `Float32Array` is what floats of fewer bits come in, and rounds to them too.
 */
import { swapInPlace } from '../bytes/byte-order.ts';
import { encodeText } from '../bytes/text.ts';
import { MismatchError } from '../errors.ts';
import type { DType } from './dtype.ts';
import { HOST_IS_LITTLE_ENDIAN } from './host-order.ts';
import { encodeSmallFloat, encodeSmallFloats, isSmallFloat, smallFloatTable } from './small-floats.ts';
import { encodeStrings } from './strings.ts';

/** One element as a user writes it; a `Uint8Array` is a byte string. */
export type ElementValue = number | bigint | boolean | string | Uint8Array;

/** A typed array of numbers, in any element type that a dtype is stored as. */
export type NumberArray =
  | Float32Array
  | Float64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | BigInt64Array
  | Uint8Array
  | Uint8ClampedArray
  | Uint16Array
  | Uint32Array
  | BigUint64Array;

/** Elements of one kind, and whether numbers among them are literals, which round to a float. */
interface Given {
  readonly elements: ArrayLike<ElementValue>;
  readonly rounds: boolean;
}

function refuse(value: ElementValue, dtype: DType, why: string): MismatchError {
  const shown = typeof value === 'bigint' ? `${value}n` : value instanceof Uint8Array ? 'a byte string' : value;
  const text = typeof shown === 'string' && !(value instanceof Uint8Array) ? JSON.stringify(shown) : String(shown);
  return new MismatchError(`${text} is no ${dtype.name}: ${why}`, '', dtype.name, text);
}

/** The stored bytes of a typed array's elements, copied; the caller knows that they are of the dtype. */
function bytesOf(values: NumberArray, unit: number): Uint8Array {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength).slice();
  if (unit > 1 && !HOST_IS_LITTLE_ENDIAN) swapInPlace(bytes, unit);
  return bytes;
}

function checkNumber(value: ElementValue, dtype: DType): asserts value is number | bigint {
  if (typeof value !== 'number' && typeof value !== 'bigint') {
    throw refuse(value, dtype, `a ${value instanceof Uint8Array ? 'string' : typeof value} is no number`);
  }
}

/** Lowest and highest integer of a dtype. */
function rangeOf({ kind, bits }: DType): readonly [bigint, bigint] {
  return kind === 'uint' ? [0n, (1n << BigInt(bits)) - 1n] : [-(1n << BigInt(bits - 1)), (1n << BigInt(bits - 1)) - 1n];
}

function encodeIntegers({ elements }: Given, dtype: DType): Uint8Array {
  const [lowest, highest] = rangeOf(dtype);
  const bytes = new Uint8Array(elements.length * dtype.width);
  const view = new DataView(bytes.buffer);
  const [low, high] = [Number(lowest), Number(highest)];
  for (let i = 0; i < elements.length; i++) {
    const value = elements[i] as ElementValue;
    checkNumber(value, dtype);
    if (typeof value === 'number' && !Number.isInteger(value)) throw refuse(value, dtype, 'it is no whole number');
    const fits =
      dtype.width < 8 && typeof value === 'number' ? value >= low && value <= high : isBetween(value, lowest, highest);
    if (!fits) throw refuse(value, dtype, `the range is ${lowest} to ${highest}`);
    if (dtype.width === 1) view.setUint8(i, Number(value) & 0xff & ((1 << dtype.bits) - 1));
    else if (dtype.width === 2) view.setUint16(2 * i, Number(value) & 0xffff, true);
    else if (dtype.width === 4) view.setUint32(4 * i, Number(value) >>> 0, true);
    else view.setBigUint64(8 * i, BigInt.asUintN(64, BigInt(value)), true);
  }
  return bytes;
}

function isBetween(value: number | bigint, lowest: bigint, highest: bigint): boolean {
  return value >= lowest && value <= highest;
}

/** The float64 that a value is; a bigint must be one. */
function toDouble(value: ElementValue, dtype: DType): number {
  checkNumber(value, dtype);
  const number = Number(value);
  if (typeof value === 'bigint' && (!Number.isFinite(number) || BigInt(number) !== value)) {
    throw refuse(value, dtype, 'it would be rounded');
  }
  return number;
}

/** Throws where `stored` is not `number`, unless it is a literal that was rounded. */
function checkRounding(value: ElementValue, number: number, stored: number, dtype: DType, rounds: boolean): void {
  if (Object.is(stored, number) || stored === number || (Number.isNaN(number) && Number.isNaN(stored))) return;
  if (Number.isNaN(stored) || Number.isNaN(number) || !Number.isFinite(stored)) {
    throw refuse(value, dtype, `${dtype.name} cannot hold it`);
  }
  if (!rounds || typeof value === 'bigint') throw refuse(value, dtype, `it would be rounded to ${stored}`);
}

function encodeFloats({ elements, rounds }: Given, dtype: DType): Uint8Array {
  const double = dtype.width === 8 && dtype.kind === 'float';
  const values =
    double || dtype.name === 'complex128' ? new Float64Array(elements.length) : new Float32Array(elements.length);
  for (let i = 0; i < elements.length; i++) {
    const value = elements[i] as ElementValue;
    const number = toDouble(value, dtype);
    values[i] = number;
    checkRounding(value, number, values[i] as number, dtype, rounds);
  }
  return bytesOf(values, values.BYTES_PER_ELEMENT);
}

function encodeNarrow({ elements, rounds }: Given, dtype: DType): Uint8Array {
  const { name } = dtype;
  if (!isSmallFloat(name)) throw new MismatchError(`no values are of dtype ${name}`, '', 'numbers', name);
  const table = smallFloatTable(name);
  const numbers = new Float64Array(elements.length);
  for (let i = 0; i < elements.length; i++) {
    const value = elements[i] as ElementValue;
    const number = toDouble(value, dtype);
    numbers[i] = number;
    checkRounding(value, number, table[encodeSmallFloat(name, number)] as number, dtype, rounds);
  }
  return encodeSmallFloats(name, numbers);
}

function encodeBooleans({ elements }: Given, dtype: DType): Uint8Array {
  const bytes = new Uint8Array(elements.length);
  for (let i = 0; i < elements.length; i++) {
    const value = elements[i] as ElementValue;
    if (typeof value !== 'boolean') throw refuse(value, dtype, 'true or false is wanted');
    bytes[i] = value ? 1 : 0;
  }
  return bytes;
}

function encodeTexts({ elements }: Given, dtype: DType): Uint8Array {
  const strings = Array.from(elements, (value) => {
    if (typeof value === 'string') return encodeText(value);
    if (value instanceof Uint8Array) return value.slice();
    throw refuse(value, dtype, `a ${typeof value} is no string`);
  });
  return encodeStrings(strings);
}

/** The content of a tensor of `dtype` from single values, in row-major order; throws {@link MismatchError}. */
export function encodeElements(elements: ArrayLike<ElementValue>, dtype: DType): Uint8Array {
  return encode({ elements, rounds: true }, dtype);
}

function encode(given: Given, dtype: DType): Uint8Array {
  if (dtype.kind === 'string') return encodeTexts(given, dtype);
  if (dtype.kind === 'bool') return encodeBooleans(given, dtype);
  if (dtype.kind === 'int' || dtype.kind === 'uint') return encodeIntegers(given, dtype);
  if (dtype.kind === 'complex' || dtype.name === 'float32' || dtype.name === 'float64')
    return encodeFloats(given, dtype);
  return encodeNarrow(given, dtype);
}

/** Names of the typed arrays whose elements are stored as they are, by dtype. */
const STORED_AS: Readonly<Record<string, readonly string[]>> = {
  float32: ['Float32Array'],
  float64: ['Float64Array'],
  complex64: ['Float32Array'],
  complex128: ['Float64Array'],
  int8: ['Int8Array'],
  qint8: ['Int8Array'],
  int16: ['Int16Array'],
  qint16: ['Int16Array'],
  int32: ['Int32Array'],
  qint32: ['Int32Array'],
  int64: ['BigInt64Array'],
  uint8: ['Uint8Array', 'Uint8ClampedArray'],
  quint8: ['Uint8Array', 'Uint8ClampedArray'],
  uint16: ['Uint16Array'],
  quint16: ['Uint16Array'],
  uint32: ['Uint32Array'],
  uint64: ['BigUint64Array'],
};

/** The content of a tensor of `dtype` from a typed array, always a copy; throws {@link MismatchError}. */
export function encodeTypedArray(values: NumberArray, dtype: DType): Uint8Array {
  const type = values[Symbol.toStringTag];
  if (STORED_AS[dtype.name]?.includes(type) === true) return bytesOf(values, values.BYTES_PER_ELEMENT);
  if (dtype.kind === 'bool') {
    // A bool reads as a Uint8Array of 0 and 1, and is written as one.
    const wrong = type === 'Uint8Array' ? (values as Uint8Array).find((byte) => byte > 1) : (values[0] ?? 0);
    if (wrong !== undefined) throw refuse(wrong, dtype, '0 or 1 in a Uint8Array is wanted');
    return bytesOf(values, 1);
  }
  return encode({ elements: values, rounds: type === 'Float32Array' && isSmallFloat(dtype.name) }, dtype);
}
