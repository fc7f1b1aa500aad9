/** Datatype messages: what an element is, both ways. */

import type { ByteOrder } from '../../bytes/byte-order.ts';
import { decodeBytes } from '../../bytes/text.ts';
import { type DType, type DTypeName, dtypeOf } from '../../tensor/dtype.ts';
import type { Structure } from './address-space.ts';
import type { BitField } from './bit-fields.ts';

/** How a text of a fixed size ends: at its first zero byte, before the zeros behind it, or before the blanks. */
export type TextPadding = 'terminated' | 'zeros' | 'blanks';
const PADDINGS: readonly TextPadding[] = ['terminated', 'zeros', 'blanks'];

/** What an element of a dataset or attribute is. */
export type ElementType =
  | {
      readonly kind: 'number';
      readonly dtype: DType;
      readonly order: ByteOrder;
      readonly size: number;
      /** The bits that an integer is, where it is not all of its bytes. */
      readonly field?: BitField | undefined;
    }
  | { readonly kind: 'text'; readonly size: number; readonly padding: TextPadding }
  | { readonly kind: 'variable-text'; readonly size: number }
  /** Bytes without a meaning of their own; an attribute may name it. */
  | { readonly kind: 'opaque'; readonly size: number }
  | { readonly kind: 'other'; readonly what: string; readonly size: number };

const CLASSES = [
  'integer',
  'float',
  'time',
  'string',
  'bit field',
  'opaque',
  'compound',
  'reference',
  'enum',
  'variable length',
  'array',
];
const INTEGERS: Readonly<Record<string, DTypeName>> = {
  '1u': 'uint8',
  '1s': 'int8',
  '2u': 'uint16',
  '2s': 'int16',
  '4u': 'uint32',
  '4s': 'int32',
  '8u': 'uint64',
  '8s': 'int64',
};
/** Size, bits of the exponent, bits of the mantissa. */
const FLOATS: Readonly<Record<string, DTypeName>> = {
  '2 5 10': 'float16',
  '2 8 7': 'bfloat16',
  '4 8 23': 'float32',
  '8 11 52': 'float64',
};
const HEADER_BYTES = 8;

/** Reads a datatype message. */
export function decodeType(message: Structure): ElementType {
  const kind = message.u8(0) & 0x0f;
  const bits = message.u8(1) | (message.u8(2) << 8) | (message.u8(3) << 16);
  const size = message.u32(4);
  const order: ByteOrder = (bits & 1) === 0 ? 'little' : 'big';
  const other = { kind: 'other', what: CLASSES[kind] ?? `class ${kind}`, size } as const;
  const number = (name: DTypeName | undefined): ElementType =>
    name === undefined ? other : { kind: 'number', dtype: dtypeOf(name), order, size };
  switch (kind) {
    case 0:
      return integerType(message, size, (bits & 8) !== 0, order) ?? other;
    case 1:
      return number(FLOATS[`${size} ${message.u8(HEADER_BYTES + 5)} ${message.u8(HEADER_BYTES + 7)}`]);
    case 3:
      return { kind: 'text', size, padding: PADDINGS[bits & 0x0f] ?? 'zeros' };
    case 5:
      return { kind: 'opaque', size };
    case 6:
      return complexType(message, bits & 0xffff, size) ?? other;
    case 8:
      if (isBool(message, bits & 0xffff, size)) return number('bool');
      return enumType(message) ?? other;
    case 9:
      return (bits & 0x0f) === 1 ? { kind: 'variable-text', size } : other;
    default:
      return other;
  }
}

function integerType(message: Structure, size: number, isSigned: boolean, order: ByteOrder): ElementType | undefined {
  const name = INTEGERS[`${size}${isSigned ? 's' : 'u'}`];
  const [offset, precision] = [message.u16(HEADER_BYTES), message.u16(HEADER_BYTES + 2)];
  if (name === undefined || precision === 0 || offset + precision > 8 * size) return undefined;
  const field = precision === 8 * size ? undefined : { offset, precision, isSigned };
  return { kind: 'number', dtype: dtypeOf(name), order, size, field };
}

/** h5py's bool: an enum of FALSE and TRUE over int8. */
function isBool(message: Structure, members: number, size: number): boolean {
  if (members !== 2 || size !== 1) return false;
  const text = decodeBytes(message.bytes.subarray(HEADER_BYTES));
  return text.includes('FALSE\0') && text.includes('TRUE\0');
}

/** An enum that is no bool: the integers that its names stand for, as h5py gives them. */
function enumType(message: Structure): ElementType | undefined {
  const base = decodeType(message.slice(HEADER_BYTES, message.length - HEADER_BYTES));
  return base.kind === 'number' && (base.dtype.kind === 'int' || base.dtype.kind === 'uint') ? base : undefined;
}

/** Where the type of the first member stands in a compound: behind its name and its place, which each version writes its way. */
const FIRST_MEMBER_AT: Readonly<Record<number, number>> = { 1: 8 + 32, 2: 8 + 4, 3: 2 + 1, 4: 2 + 1, 5: 2 + 1 };

/** h5py's complex: a compound of floats called r and i. */
function complexType(message: Structure, members: number, size: number): ElementType | undefined {
  const at = FIRST_MEMBER_AT[message.u8(0) >> 4];
  if (at === undefined || members !== 2 || message.u8(HEADER_BYTES) !== 0x72) return undefined;
  const start = HEADER_BYTES + at;
  const part = decodeType(message.slice(start, message.length - start));
  if (part.kind !== 'number' || 2 * part.size !== size) return undefined;
  const name = part.dtype.name === 'float32' ? 'complex64' : part.dtype.name === 'float64' ? 'complex128' : undefined;
  return name === undefined ? undefined : { kind: 'number', dtype: dtypeOf(name), order: part.order, size };
}

function fixedPoint(size: number, signed: boolean): Uint8Array {
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, 0x10);
  view.setUint8(1, signed ? 8 : 0);
  view.setUint32(4, size, true);
  view.setUint16(10, size * 8, true);
  return bytes.subarray(0, 12);
}

/** Size, sign bit, place and bits of the exponent, bits of the mantissa, bias. */
const FLOAT_LAYOUTS: Readonly<Record<string, readonly [number, number, number, number, number, number]>> = {
  float16: [2, 15, 10, 5, 10, 15],
  float32: [4, 31, 23, 8, 23, 127],
  float64: [8, 63, 52, 11, 52, 1023],
};

function floatingPoint([size, sign, exponentAt, exponent, mantissa, bias]: readonly [
  number,
  number,
  number,
  number,
  number,
  number,
]): Uint8Array {
  const bytes = new Uint8Array(20);
  const view = new DataView(bytes.buffer);
  bytes.set([0x11, 0x20, sign, 0]);
  view.setUint32(4, size, true);
  view.setUint16(10, size * 8, true);
  bytes.set([exponentAt, exponent, 0, mantissa], 12);
  view.setUint32(16, bias, true);
  return bytes;
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** A name that ends in a zero byte, padded to eight. */
function paddedName(name: string): Uint8Array {
  const bytes = new Uint8Array(Math.ceil((name.length + 1) / 8) * 8);
  for (let i = 0; i < name.length; i++) bytes[i] = name.charCodeAt(i);
  return bytes;
}

function headerOf(versionAndClass: number, bits: number, size: number): Uint8Array {
  const bytes = Uint8Array.of(versionAndClass, bits & 0xff, bits >> 8, 0, 0, 0, 0, 0);
  new DataView(bytes.buffer).setUint32(4, size, true);
  return bytes;
}

function boolean(): Uint8Array {
  return joined(
    headerOf(0x18, 2, 1),
    fixedPoint(1, true),
    paddedName('FALSE'),
    paddedName('TRUE'),
    Uint8Array.of(0, 1),
  );
}

/** A compound of two floats; a member of version 1 has 32 bytes of dimensions that say nothing for a scalar. */
function complex(part: Uint8Array, size: number): Uint8Array {
  const member = (name: string, offset: number): Uint8Array => {
    const place = new Uint8Array(32);
    new DataView(place.buffer).setUint32(0, offset, true);
    return joined(paddedName(name), place, part);
  };
  return joined(headerOf(0x16, 2, 2 * size), member('r', 0), member('i', size));
}

/** Opaque bytes with an empty tag, as h5py writes numpy's void. */
function opaque(size: number): Uint8Array {
  return headerOf(0x15, 0, size);
}

/** Text of variable length in UTF-8, as h5py writes Python's strings. */
export function variableTextType(): Uint8Array {
  const character = Uint8Array.of(0x10, 0, 0, 0, 1, 0, 0, 0, 0, 0, 8, 0);
  return joined(headerOf(0x19, 0x0101, 16), character);
}

/** Text of a fixed size in UTF-8, filled up with zeros. */
export function fixedTextType(size: number): Uint8Array {
  return headerOf(0x13, 0x11, size);
}

/** Bytes of a fixed size, filled up with zeros, as numpy's `S`. */
export function fixedBytesType(size: number): Uint8Array {
  return headerOf(0x13, 0x01, size);
}

/** The datatype message of a dtype; undefined for one that HDF5 has no type for. */
export function encodeType(dtype: DType): Uint8Array | undefined {
  const layout = FLOAT_LAYOUTS[dtype.name];
  if (layout !== undefined) return floatingPoint(layout);
  if (dtype.name === 'bool') return boolean();
  if (dtype.name === 'complex64') return complex(floatingPoint(FLOAT_LAYOUTS.float32!), 4);
  if (dtype.name === 'complex128') return complex(floatingPoint(FLOAT_LAYOUTS.float64!), 8);
  if (isStoredOpaque(dtype)) return opaque(dtype.width);
  if (/^u?int(8|16|32|64)$/.test(dtype.name)) return fixedPoint(dtype.width, dtype.kind === 'int');
  return undefined;
}

/** Whether a dtype is stored as bytes that an attribute `dtype` names, as Keras stores bfloat16. */
export function isStoredOpaque({ name }: DType): boolean {
  return name === 'bfloat16' || name.startsWith('float8_');
}

/** Whether HDF5 has a type for a dtype; strings are stored in a fixed width. */
export function hdf5Holds(dtype: DType): boolean {
  return dtype.kind === 'string' || encodeType(dtype) !== undefined;
}
