/**
 * Integers that take a part of their bytes: `precision` bits from bit `offset` on. HDF5's own type of them, and the filter nbit, which
 * stores these bits alone, the highest first.
 *
 * Source: HDF5 File Format Specification 3.0 (fixed-point datatypes); H5Znbit.c of HDF5 1.14, and files that h5py 3.14 wrote.
 */
import { type ByteSource, type Run, readBytes, runOfElements } from '../../bytes/source.ts';
import { CorruptError, UnsupportedError } from '../../errors.ts';
import { BitReader } from './bit-reader.ts';

/** Where the bits of an integer stand in its bytes. */
export interface BitField {
  readonly offset: number;
  readonly precision: number;
  readonly isSigned: boolean;
}

/** An element of `size` bytes as a number without a sign, and back. */
function numberIn(bytes: Uint8Array, at: number, size: number, isBig: boolean): bigint {
  let value = 0n;
  for (let i = 0; i < size; i++) value = (value << 8n) | BigInt(bytes[isBig ? at + i : at + size - 1 - i] as number);
  return value;
}

function putNumber(bytes: Uint8Array, at: number, size: number, isBig: boolean, value: bigint): void {
  for (let i = 0, rest = value; i < size; i++, rest >>= 8n)
    bytes[isBig ? at + size - 1 - i : at + i] = Number(rest & 0xffn);
}

/** The integers that some bits of each element are, as whole ones, little-endian. */
export class BitFieldSource implements ByteSource {
  readonly byteLength: number;

  constructor(
    readonly parent: ByteSource,
    readonly size: number,
    readonly field: BitField,
    readonly isBig: boolean,
  ) {
    this.byteLength = parent.byteLength;
  }

  readInto(target: Uint8Array, offset: number): void {
    const { size, field, isBig } = this;
    const run = runOfElements({ offset, length: target.length }, size, size);
    const bytes = readBytes(this.parent, run.offset, run.length);
    const width = BigInt(field.precision);
    for (let at = 0; at < bytes.length; at += size) {
      const bits = BigInt.asUintN(field.precision, numberIn(bytes, at, size, isBig) >> BigInt(field.offset));
      const isNegative = field.isSigned && bits >> (width - 1n) === 1n;
      putNumber(bytes, at, size, false, BigInt.asUintN(8 * size, isNegative ? bits - (1n << width) : bits));
    }
    target.set(bytes.subarray(offset - run.offset, offset - run.offset + target.length));
  }

  expect(runs: readonly Run[]): void {
    this.parent.expect?.(runs.map((run) => runOfElements(run, this.size, this.size)));
  }
}

/** Of the values of nbit: whether nothing was done, the kind of type, and what that is. */
const [IDLE_AT, KIND_AT, TYPE_AT] = [1, 3, 4];
const ATOMIC = 1;

/** Whether the filter found nothing to do. */
export function isIdleNbit(values: readonly number[]): boolean {
  return values[IDLE_AT] === 1;
}

/** Unpacks a chunk of `byteLength` bytes that nbit packed. Throws {@link CorruptError} for what is no such chunk. */
export function unpackNbit(packed: Uint8Array, values: readonly number[], byteLength: number): Uint8Array {
  const [size = 0, order = 0, precision = 0, offset = 0] = values.slice(TYPE_AT);
  if (values[KIND_AT] !== ATOMIC) {
    throw new UnsupportedError('it is packed with nbit, of elements that are no plain numbers', 'HDF5 filters');
  }
  if (size < 1 || size > 8 || precision < 1 || precision + offset > 8 * size)
    throw new CorruptError(`its filter nbit has ${precision} bits from bit ${offset} on of ${size} bytes`, {
      where: 'dataset',
    });
  const reader = new BitReader(packed, 0, 'nbit');
  const bytes = new Uint8Array(byteLength);
  for (let at = 0; at + size <= byteLength; at += size) {
    const high = precision > 32 ? BigInt(reader.bits(precision - 32)) << 32n : 0n;
    const bits = high | BigInt(reader.bits(Math.min(precision, 32)));
    putNumber(bytes, at, size, order === 1, bits << BigInt(offset));
  }
  return bytes;
}
