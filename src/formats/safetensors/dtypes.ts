/**
 * What safetensors calls its dtypes, in its order of alignment, by which it sorts content (the enum `Dtype` of
 * safetensors/src/tensor.rs). Of the types narrower than a byte it packs the bits, the first element lowest.
 */
import { type DType, dtypeOf } from '../../tensor/dtype.ts';
import { elementCount, type Shape } from '../../tensor/shape.ts';

export interface SafetensorsDType {
  /** As the header spells it. */
  readonly tag: string;
  readonly dtype: DType;
  /** Bits an element takes in the file. */
  readonly bits: number;
  /** The larger comes first in a file. */
  readonly rank: number;
}

const ROWS = [
  ['BOOL', 'bool', 8],
  ['F4', 'float4_e2m1fn', 4],
  ['F6_E2M3', 'float6_e2m3fn', 6],
  ['F6_E3M2', 'float6_e3m2fn', 6],
  ['U8', 'uint8', 8],
  ['I8', 'int8', 8],
  ['F8_E5M2', 'float8_e5m2', 8],
  ['F8_E4M3', 'float8_e4m3fn', 8],
  ['F8_E8M0', 'float8_e8m0fnu', 8],
  ['F8_E4M3FNUZ', 'float8_e4m3fnuz', 8],
  ['F8_E5M2FNUZ', 'float8_e5m2fnuz', 8],
  ['I16', 'int16', 16],
  ['U16', 'uint16', 16],
  ['F16', 'float16', 16],
  ['BF16', 'bfloat16', 16],
  ['I32', 'int32', 32],
  ['U32', 'uint32', 32],
  ['F32', 'float32', 32],
  ['C64', 'complex64', 64],
  ['F64', 'float64', 64],
  ['I64', 'int64', 64],
  ['U64', 'uint64', 64],
] as const;

type Rows = ReadonlyMap<string, SafetensorsDType>;
let found: { readonly byTag: Rows; readonly byName: Rows } | undefined;

/** The rows by what they are called there and here, made when they are first asked for. */
function rows(): { readonly byTag: Rows; readonly byName: Rows } {
  if (found === undefined) {
    const all = ROWS.map(([tag, name, bits], rank) => ({ tag, dtype: dtypeOf(name), bits, rank }));
    found = {
      byTag: new Map(all.map((row) => [row.tag, row])),
      byName: new Map(all.map((row) => [row.dtype.name, row])),
    };
  }
  return found;
}

/** The row of a header's spelling. */
export function dtypeOfTag(tag: string): SafetensorsDType | undefined {
  return rows().byTag.get(tag);
}

/** The row that holds a dtype bit for bit; undefined where none does. */
export function rowOf(dtype: DType): SafetensorsDType | undefined {
  return rows().byName.get(dtype.name);
}

/** What TensorFlow's quantized and narrow integers lie as: plain numbers of the same bytes, which a record tells apart. */
const PLAIN: Readonly<Record<string, string>> = {
  qint8: 'int8',
  quint8: 'uint8',
  qint16: 'int16',
  quint16: 'uint16',
  qint32: 'int32',
  int4: 'int8',
  uint4: 'uint8',
  int2: 'int8',
  uint2: 'uint8',
};

/** How a dtype lies in a file; undefined for one that no file holds: strings, variants, complex128. */
export function typeOf(dtype: DType): SafetensorsDType | undefined {
  const plain = PLAIN[dtype.name];
  return rowOf(plain === undefined ? dtype : dtypeOf(plain));
}

/** How a tensor lies in a file: one of narrow elements that would not end at a whole byte lies as bytes. */
export function tensorType({
  dtype,
  shape,
}: {
  readonly dtype: DType;
  readonly shape: Shape;
}): SafetensorsDType | undefined {
  const type = typeOf(dtype);
  return type === undefined || (elementCount(shape) * type.bits) % 8 === 0 ? type : rows().byTag.get('U8');
}
