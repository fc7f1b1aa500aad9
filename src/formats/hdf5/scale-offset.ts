/**
 * The filter scaleoffset: of each number of a chunk its distance from the least one, in as few bits as all of them need.
 *
 *     bits of a distance (4) | bytes of the least (1) | the least (8, of 16 that are kept for it) | distances, bit by bit
 *
 * A distance of ones alone is the fill value, where there is one. That of floats is in units of 10^-digits.
 *
 * Source: H5Zscaleoffset.c of HDF5 1.14, and chunks that h5py 3.14 wrote.
 */
import { CorruptError, UnsupportedError } from '../../errors.ts';
import { BitReader } from './bit-reader.ts';

/** A number of eight bytes, as two without a sign. */
interface Halves {
  readonly low: number;
  readonly high: number;
}

/** What the filter's values say of a dataset. */
interface Parameters {
  readonly isFloat: boolean;
  /** Of floats, decimal digits; of integers, the bits that they are given: 0 for as many as it takes. */
  readonly scale: number;
  /** Bytes of an element. */
  readonly size: number;
  readonly isBigEndian: boolean;
  readonly fill: Halves | undefined;
}

type WriteElement = (at: number, distance: Halves) => void;

const LEAST_AT = 5;
const DATA_AT = 21;
const FILL_AT = 8;
const INTEGERS = 2;
const DECIMAL_FLOATS = 0;
const HALF = 2 ** 32;

function parametersOf(values: readonly number[]): Parameters {
  const [kind, scale = 0, , type, size = 0, , order, hasFill] = values;
  const isFloat = type === 1;
  const isSound = size === 4 || size === 8 || (!isFloat && (size === 1 || size === 2));
  if (values.length < FILL_AT || !isSound)
    throw new CorruptError(`its filter scaleoffset is for elements of ${size} bytes`, { where: 'dataset' });
  if (kind !== (isFloat ? DECIMAL_FLOATS : INTEGERS)) {
    const what = `it is packed with scaleoffset of kind ${kind}, which is not read; h5repack -f GZIP=4 makes it so`;
    throw new UnsupportedError(what, 'HDF5 filters');
  }
  const fill = hasFill === 1 ? { low: values[FILL_AT] ?? 0, high: values[FILL_AT + 1] ?? 0 } : undefined;
  return { isFloat, scale: scale | 0, size, isBigEndian: order === 1, fill };
}

/** Unpacks a chunk of `byteLength` bytes, in the byte order of the dataset. Throws {@link CorruptError} for what is no such chunk. */
export function unpackScaleOffset(packed: Uint8Array, values: readonly number[], byteLength: number): Uint8Array {
  const parameters = parametersOf(values);
  const { isFloat, scale, size, isBigEndian } = parameters;
  if (!isFloat && scale === 8 * size) return packed; // as many bits as there are: nothing was done
  const reader = new BitReader(packed, DATA_AT, 'scaleoffset');
  if (packed.length < DATA_AT) throw reader.damaged();
  const header = new DataView(packed.buffer, packed.byteOffset, DATA_AT);
  const bits = header.getUint32(0, true);
  const isWhole = bits === 8 * size;
  if (bits > 8 * size || (isWhole && packed.length < DATA_AT + byteLength)) throw reader.damaged();
  const bytes = isWhole ? packed.slice(DATA_AT, DATA_AT + byteLength) : new Uint8Array(byteLength);
  if (!isWhole) {
    const write = (isFloat ? floatWriter : integerWriter)(bytes, parameters, leastOf(header));
    unpackDistances(reader, bits, parameters, byteLength, write);
  }
  if (isBigEndian && size > 1) for (let at = 0; at < bytes.length; at += size) bytes.subarray(at, at + size).reverse();
  return bytes;
}

function leastOf(header: DataView): Halves {
  const bytes = new Uint8Array(8);
  const length = Math.min(header.getUint8(LEAST_AT - 1), bytes.length);
  for (let i = 0; i < length; i++) bytes[i] = header.getUint8(LEAST_AT + i);
  const view = new DataView(bytes.buffer);
  return { low: view.getUint32(0, true), high: view.getUint32(4, true) };
}

/** Reads the distances; one of ones alone is the fill value. */
function unpackDistances(
  reader: BitReader,
  bits: number,
  { size, fill }: Parameters,
  byteLength: number,
  write: { readonly fill: WriteElement; readonly distance: WriteElement },
): void {
  const [lowBits, highBits] = [Math.min(bits, 32), Math.max(bits - 32, 0)];
  const [lowOnes, highOnes] = [2 ** lowBits - 1, 2 ** highBits - 1];
  for (let at = 0; at + size <= byteLength; at += size) {
    const high = reader.bits(highBits);
    const low = reader.bits(lowBits);
    if (fill !== undefined && low === lowOnes && high === highOnes) write.fill(at, fill);
    else write.distance(at, { low, high });
  }
}

function integerWriter(bytes: Uint8Array, { size }: Parameters, least: Halves) {
  const view = new DataView(bytes.buffer);
  const put: WriteElement = (at, { low, high }) => {
    if (size === 1) view.setUint8(at, low);
    else if (size === 2) view.setUint16(at, low, true);
    else view.setUint32(at, low, true);
    if (size === 8) view.setUint32(at + 4, high, true);
  };
  const distance: WriteElement = (at, { low, high }) => {
    const sum = low + least.low;
    put(at, { low: sum, high: high + least.high + (sum >= HALF ? 1 : 0) });
  };
  return { fill: put, distance };
}

/** As the library computes it: in the precision of the elements, rounded at each step. */
function floatWriter(bytes: Uint8Array, { size, scale }: Parameters, least: Halves) {
  const view = new DataView(bytes.buffer);
  const put: WriteElement = (at, { low, high }) => {
    view.setUint32(at, low, true);
    if (size === 8) view.setUint32(at + 4, high, true);
  };
  put(0, least);
  const first = size === 8 ? view.getFloat64(0, true) : view.getFloat32(0, true);
  const unit = size === 8 ? 10 ** scale : Math.fround(10 ** scale);
  const distance: WriteElement = (at, { low, high }) => {
    if (size === 8) view.setFloat64(at, (high * HALF + low) / unit + first, true);
    else view.setFloat32(at, Math.fround(Math.fround(low) / unit) + first, true);
  };
  return { fill: put, distance };
}
