/**
 * What an element is. One table holds every dtype that TensorFlow can store: TensorFlow's enum number
 * (tensorflow/core/framework/types.proto), numpy's or ml_dtypes' name, TensorFlow's own short name
 * (`DataTypeString` in types.cc), and how wide an element is on disk.
 */
import { UnsupportedError } from '../errors.ts';

export type DTypeKind = 'float' | 'int' | 'uint' | 'bool' | 'complex' | 'string' | 'variant' | 'unknown';

export interface DType {
  /** numpy's or ml_dtypes' name; quantized types have TensorFlow's. */
  readonly name: DTypeName;
  /** `DataType` enum number; negative for a dtype that TensorFlow does not know and another format holds. */
  readonly number: number;
  readonly kind: DTypeKind;
  /** Bytes an element takes on disk; 0 for strings and variants, whose elements vary. */
  readonly width: number;
  /** Bytes that swap together between byte orders: 1 where there is nothing to swap. */
  readonly swapUnit: 1 | 2 | 4 | 8;
  /** Meaningful low bits of each stored byte; less than 8 only for the sub-byte types, which TensorFlow stores one a byte. */
  readonly bits: number;
  /** TensorFlow's short name, as `DataTypeString` prints it. */
  readonly tfName: string;
}

const ROWS = [
  // number, name, kind, width, swapUnit, bits, tfName
  [1, 'float32', 'float', 4, 4, 32, 'float'],
  [2, 'float64', 'float', 8, 8, 64, 'double'],
  [3, 'int32', 'int', 4, 4, 32, 'int32'],
  [4, 'uint8', 'uint', 1, 1, 8, 'uint8'],
  [5, 'int16', 'int', 2, 2, 16, 'int16'],
  [6, 'int8', 'int', 1, 1, 8, 'int8'],
  [7, 'string', 'string', 0, 1, 8, 'string'],
  [8, 'complex64', 'complex', 8, 4, 64, 'complex64'],
  [9, 'int64', 'int', 8, 8, 64, 'int64'],
  [10, 'bool', 'bool', 1, 1, 8, 'bool'],
  [11, 'qint8', 'int', 1, 1, 8, 'qint8'],
  [12, 'quint8', 'uint', 1, 1, 8, 'quint8'],
  [13, 'qint32', 'int', 4, 4, 32, 'qint32'],
  [14, 'bfloat16', 'float', 2, 2, 16, 'bfloat16'],
  [15, 'qint16', 'int', 2, 2, 16, 'qint16'],
  [16, 'quint16', 'uint', 2, 2, 16, 'quint16'],
  [17, 'uint16', 'uint', 2, 2, 16, 'uint16'],
  [18, 'complex128', 'complex', 16, 8, 128, 'complex128'],
  [19, 'float16', 'float', 2, 2, 16, 'half'],
  [21, 'variant', 'variant', 0, 1, 8, 'variant'],
  [22, 'uint32', 'uint', 4, 4, 32, 'uint32'],
  [23, 'uint64', 'uint', 8, 8, 64, 'uint64'],
  [24, 'float8_e5m2', 'float', 1, 1, 8, 'float8_e5m2'],
  [25, 'float8_e4m3fn', 'float', 1, 1, 8, 'float8_e4m3fn'],
  [26, 'float8_e4m3fnuz', 'float', 1, 1, 8, 'float8_e4m3fnuz'],
  [27, 'float8_e4m3b11fnuz', 'float', 1, 1, 8, 'float8_e4m3b11fnuz'],
  [28, 'float8_e5m2fnuz', 'float', 1, 1, 8, 'float8_e5m2fnuz'],
  [29, 'int4', 'int', 1, 1, 4, 'int4'],
  [30, 'uint4', 'uint', 1, 1, 4, 'uint4'],
  [31, 'int2', 'int', 1, 1, 2, 'int2'],
  [32, 'uint2', 'uint', 1, 1, 2, 'uint2'],
  [33, 'float4_e2m1fn', 'float', 1, 1, 4, 'float4_e2m1fn'],
] as const satisfies readonly (readonly [number, string, DTypeKind, number, 1 | 2 | 4 | 8, number, string])[];

/** Dtypes of other formats: ml_dtypes' names, one element a byte as TensorFlow would store them. */
const FOREIGN_ROWS = [
  [-1, 'float8_e8m0fnu', 'float', 1, 1, 8, 'float8_e8m0fnu'],
  [-2, 'float6_e2m3fn', 'float', 1, 1, 6, 'float6_e2m3fn'],
  [-3, 'float6_e3m2fn', 'float', 1, 1, 6, 'float6_e3m2fn'],
] as const satisfies readonly (readonly [number, string, DTypeKind, number, 1 | 2 | 4 | 8, number, string])[];

export type DTypeName = (typeof ROWS)[number][1] | (typeof FOREIGN_ROWS)[number][1] | 'unknown';

type Row = (typeof ROWS)[number] | (typeof FOREIGN_ROWS)[number];
const dtypeOfRow = ([number, name, kind, width, swapUnit, bits, tfName]: Row): DType =>
  Object.freeze({ name, number, kind, width, swapUnit, bits, tfName });

/**
 * Every dtype that TensorFlow can store, in the order of its enum.
 *
 * @example
 * console.log(DTYPES.map(({ name, width }) => `${name}: ${width} bytes`));
 */
export const DTYPES: readonly DType[] = ROWS.map(dtypeOfRow);

/** Dtypes that TensorFlow has not, and other formats have. */
export const FOREIGN_DTYPES: readonly DType[] = FOREIGN_ROWS.map(dtypeOfRow);

/** Stands in listings for a number that is no storable dtype; content of it cannot be read. */
export const UNKNOWN_DTYPE: DType = Object.freeze({
  name: 'unknown',
  number: 0,
  kind: 'unknown',
  width: 0,
  swapUnit: 1,
  bits: 8,
  tfName: 'INVALID',
});

const BY_NUMBER: readonly (DType | undefined)[] = DTYPES.reduce<(DType | undefined)[]>((table, dtype) => {
  table[dtype.number] = dtype;
  return table;
}, []);
const BY_NAME = new Map<string, DType>([...DTYPES, ...FOREIGN_DTYPES].map((dtype) => [dtype.name, dtype]));

/** Reference dtypes (`DT_FLOAT_REF` = 101, ...) name the same elements. */
const REF_OFFSET = 100;

/** The dtype of a `DataType` enum number, or undefined for one that is not storable (0 invalid, 20 resource, unknown). */
export function dtypeOfNumber(number: number): DType | undefined {
  return BY_NUMBER[number > REF_OFFSET ? number - REF_OFFSET : number];
}

/** Whether a dtype has this name. */
export function isDTypeName(name: string): name is DTypeName {
  return BY_NAME.has(name);
}

/**
 * The dtype of a name; throws {@link UnsupportedError} for a name that is not in the table.
 *
 * @example
 * console.log(dtypeOf('bfloat16').width); // 2
 */
export function dtypeOf(name: string): DType {
  const dtype = BY_NAME.get(name);
  if (dtype === undefined) {
    throw new UnsupportedError(`no dtype is called '${name}'; known are ${[...BY_NAME.keys()].join(', ')}`, 'dtype');
  }
  return dtype;
}
