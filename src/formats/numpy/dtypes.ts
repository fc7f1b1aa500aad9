/**
 * numpy's spellings of dtypes (`dtype.str`) and ours. What numpy does not know, ml_dtypes makes of plain bytes: numpy stores
 * bfloat16 as `<V2` and the 8-bit types as `<V1`, and who loads it views it as what it was. Which of them it was, our own
 * files say in a remark, which numpy passes over.
 */
import { UnsupportedError } from '../../errors.ts';
import { type DType, dtypeOf, FOREIGN_DTYPES } from '../../tensor/dtype.ts';

export interface NumpyDType {
  readonly dtype: DType;
  readonly bigEndian: boolean;
  /** Bytes of an element of fixed-width strings; undefined for anything else. */
  readonly stringBytes?: number | undefined;
  /** Whether the strings are of 32-bit characters. */
  readonly wide?: boolean | undefined;
}

const PLAIN: Readonly<Record<string, string>> = {
  b1: 'bool',
  i1: 'int8',
  i2: 'int16',
  i4: 'int32',
  i8: 'int64',
  u1: 'uint8',
  u2: 'uint16',
  u4: 'uint32',
  u8: 'uint64',
  f2: 'float16',
  f4: 'float32',
  f8: 'float64',
  c8: 'complex64',
  c16: 'complex128',
  // ml_dtypes gives this one of its types a name that numpy cannot load again.
  f1: 'float8_e5m2',
};
const DESCR_OF = new Map(
  Object.entries(PLAIN)
    .filter(([code]) => code !== 'f1')
    .map(([code, name]) => [name, code]),
);
/** What bytes that nothing is said of are taken for: the one of two bytes, and of those of one byte the most used. */
const VOID_1 = 'float8_e4m3fn';
const VOID_2 = 'bfloat16';

/** Dtypes of one byte that ml_dtypes has, and TensorFlow's quantized types, whose plain integers a remark tells apart. */
const REMARKED = /^(bfloat16|float8_\w+|float6_\w+|float4_\w+|u?int[24]|qu?int(8|16|32))$/;

function refused(descr: string, what: string): UnsupportedError {
  return new UnsupportedError(`its dtype ${descr} ${what}`, 'dtype');
}

/** What is wrong with dtypes by their letter. */
const REASONS: Readonly<Record<string, string>> = {
  O: 'is of Python objects: a pickle, which is not opened, since a pickle can run code',
  M: 'is of dates, which no checkpoint holds; save it as int64',
  m: 'is of time spans, which no checkpoint holds; save it as int64',
};

/** The dtype of a header's description; throws {@link UnsupportedError} for one that no tensor has. */
export function dtypeOfDescr(descr: string, remark: string | undefined): NumpyDType {
  if (descr === 'structured') {
    throw refused('of several fields', 'makes records and not numbers; save each field as an array of its own');
  }
  const match = /^([<>|=]?)([a-zA-Z?])(\d*)(\[[^\]]*\])?$/.exec(descr);
  if (match === null) throw refused(JSON.stringify(descr.slice(0, 40)), 'is none that is known');
  const [, order, kind, size] = match as unknown as [string, string, string, string];
  const reason = REASONS[kind];
  if (reason !== undefined) throw refused(descr, reason);
  if (match[4] !== undefined) throw refused(descr, 'is none that is known');
  const bigEndian = order === '>';
  if (kind === 'S' || kind === 'a' || kind === 'U') {
    const width = Number(size) * (kind === 'U' ? 4 : 1);
    return { dtype: dtypeOf('string'), bigEndian, stringBytes: width, wide: kind === 'U' };
  }
  const remarked = remark !== undefined && REMARKED.test(remark) ? knownDType(remark) : undefined;
  const code = kind === '?' ? 'b1' : kind + size;
  if (code === 'V1' || code === 'V2') {
    const dtype = remarked?.width === Number(size) ? remarked : dtypeOf(code === 'V1' ? VOID_1 : VOID_2);
    return { dtype, bigEndian: false };
  }
  const name = PLAIN[code];
  if (name === undefined) throw refused(descr, 'is none that a tensor has');
  const plain = dtypeOf(name);
  const quantized = remarked !== undefined && remarked.width === plain.width && remarked.kind === plain.kind;
  return { dtype: quantized ? remarked : plain, bigEndian };
}

function knownDType(name: string): DType | undefined {
  try {
    return dtypeOf(name);
  } catch {
    return undefined;
  }
}

/** How a dtype is written: numpy's description, and the remark that brings it back where that alone does not. */
export interface WrittenDType {
  readonly descr: string;
  readonly remark: string | undefined;
}

/** How a dtype of numbers is written; undefined for strings and variants, of which numpy has no plain array. */
export function descrOf(dtype: DType): WrittenDType | undefined {
  const { name, kind, width } = dtype;
  const code = DESCR_OF.get(name);
  if (code !== undefined) return { descr: `${width === 1 ? '|' : '<'}${code}`, remark: undefined };
  if (width === 0) return undefined;
  if (name.startsWith('q'))
    return { descr: `${width === 1 ? '|' : '<'}${kind === 'int' ? 'i' : 'u'}${width}`, remark: name };
  return { descr: `<V${width}`, remark: name === VOID_1 || name === VOID_2 ? undefined : name };
}

/** How strings of bytes are written, all of one width. */
export function descrOfTexts(width: number): WrittenDType {
  return { descr: `|S${width}`, remark: undefined };
}

/** Whether a dtype is one of ml_dtypes, which who loads it must view the bytes as. */
export function isVoid(dtype: DType): boolean {
  return descrOf(dtype)?.descr.includes('V') === true;
}

/** Dtypes that numpy's formats hold beyond those that TensorFlow has. */
export const NUMPY_FOREIGN: readonly DType[] = FOREIGN_DTYPES;
