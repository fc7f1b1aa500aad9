/** Numbers of any dtype as float64 and back, for arithmetic: there exactly, back rounded once to nearest even. */
import { UnsupportedError } from '../errors.ts';
import { isFloatName } from '../tensor/code-tables.ts';
import type { DType } from '../tensor/dtype.ts';
import { floatCast, roundedFloats } from '../tensor/float-cast.ts';
import { decodeValues } from '../tensor/values.ts';

/** Fills `out` with the elements of little-endian `bytes`; 64-bit integers beyond 2^53 round. */
export function floatsOfNumbers(dtype: DType): (bytes: Uint8Array, out: Float64Array) => void {
  if (isFloatName(dtype.name)) {
    const kernel = floatCast(dtype.name, 'float64');
    return (bytes, out) => kernel(bytes, new Uint8Array(out.buffer, out.byteOffset, out.byteLength));
  }
  if (dtype.kind === 'complex' || dtype.width === 0) {
    throw new UnsupportedError(`elements of dtype ${dtype.name} are no real numbers`, 'dtype');
  }
  return (bytes, out) => {
    const values = decodeValues(dtype, bytes);
    for (let i = 0; i < out.length; i++) out[i] = Number(values[i]);
  };
}

/** The little-endian bytes of float64 values in a dtype; the result is reused by the next call. */
export function numbersFromFloats(dtype: DType): (values: Float64Array) => Uint8Array {
  let bytes = new Uint8Array(0);
  const room = (count: number): Uint8Array => {
    if (bytes.length < count * dtype.width) bytes = new Uint8Array(count * dtype.width);
    return bytes.subarray(0, count * dtype.width);
  };
  if (isFloatName(dtype.name)) {
    const kernel = roundedFloats(dtype.name);
    return (values) => {
      const out = room(values.length);
      kernel(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), out);
      return out;
    };
  }
  return (values) => {
    const out = room(values.length);
    const view = new DataView(out.buffer, out.byteOffset, out.byteLength);
    for (const [i, value] of values.entries()) putInteger(view, i * dtype.width, dtype, BigInt(value));
    return out;
  };
}

/** Writes the low bytes of an integer, least first. */
export function putInteger(view: DataView, at: number, { width }: DType, value: bigint): void {
  if (width === 8) view.setBigUint64(at, BigInt.asUintN(64, value), true);
  else {
    const word = Number(BigInt.asUintN(32, value));
    if (width === 4) view.setUint32(at, word, true);
    else if (width === 2) view.setUint16(at, word & 0xffff, true);
    else view.setUint8(at, word & 0xff);
  }
}
