/**
 * Which way of printing belongs to which dtype, in arrays and for a single element. Quantized integers print as plain
 * ones: that is how TensorFlow's checkpoint reader hands them out.
 */
import { UnsupportedError } from '../errors.ts';
import type { DType } from '../tensor/dtype.ts';
import type { TypedValues } from '../tensor/values.ts';
import { BytesFormat, bytesText } from './bytes-text.ts';
import { ComplexFormat } from './complex-format.ts';
import { FloatFormat } from './float-format.ts';
import { FLOAT16, FLOAT32, FLOAT64, type FloatLayout } from './float-layout.ts';
import { GeneralFloatFormat, generalText } from './general-float.ts';
import { BoolFormat, IntegerFormat, PlainIntegerFormat } from './integer-format.ts';
import type { ResolvedPrintOptions } from './print-options.ts';
import { complexScalarText, floatScalarText } from './scalar-text.ts';
import type { WordFormat } from './word-format.ts';

/** The layout of the float types that numpy knows itself; ml_dtypes' types have none here. */
function nativeLayout(dtype: DType): FloatLayout | undefined {
  switch (dtype.name) {
    case 'float16':
      return FLOAT16;
    case 'float32':
    case 'complex64':
      return FLOAT32;
    case 'float64':
    case 'complex128':
      return FLOAT64;
    default:
      return undefined;
  }
}

function noText(dtype: DType): UnsupportedError {
  return new UnsupportedError(`elements of dtype ${dtype.name} have no text`, 'dtype');
}

/** The format of an array's elements. */
export function elementFormat(dtype: DType, options: ResolvedPrintOptions): WordFormat {
  const layout = nativeLayout(dtype);
  switch (dtype.kind) {
    case 'float':
      return layout === undefined ? new GeneralFloatFormat() : new FloatFormat(layout, options);
    case 'complex':
      return new ComplexFormat(layout!, options);
    case 'int':
    case 'uint':
      return dtype.bits < 8 ? new PlainIntegerFormat() : new IntegerFormat(options);
    case 'bool':
      return new BoolFormat();
    case 'string':
      return new BytesFormat();
    case 'variant':
    case 'unknown':
      throw noText(dtype);
  }
}

/**
 * The text of one element on its own, as Python prints numpy's scalar: floats with the shortest digits that read back.
 * It is also what an array of rank 0 prints as. No print option applies.
 */
export function formatScalar(dtype: DType, values: TypedValues, index = 0): string {
  const layout = nativeLayout(dtype);
  switch (dtype.kind) {
    case 'float':
      if (layout === undefined) return generalText(values[index] as number);
      return floatScalarText(values[index] as number, layout);
    case 'complex':
      return complexScalarText(values[2 * index] as number, values[2 * index + 1] as number, layout!);
    case 'int':
    case 'uint':
      return String(values[index]);
    case 'bool':
      return values[index] === 0 ? 'False' : 'True';
    case 'string':
      return bytesText((values as Uint8Array[])[index]!);
    case 'variant':
    case 'unknown':
      throw noText(dtype);
  }
}

/** Texts of floats that have at most 65,536 values, by dtype: each is made once. */
const known = new Map<DType, Map<number, string>>();

/** `formatScalar` for many elements of a dtype, which may have few values. */
export function repeatedText(dtype: DType, values: TypedValues, index: number): string {
  const value = values[index] as number;
  // A map takes 0 and -0 for one.
  if (dtype.kind !== 'float' || dtype.width > 2 || value === 0) return formatScalar(dtype, values, index);
  let texts = known.get(dtype);
  if (texts === undefined) {
    texts = new Map();
    known.set(dtype, texts);
  }
  let text = texts.get(value);
  if (text === undefined) {
    text = formatScalar(dtype, values, index);
    texts.set(value, text);
  }
  return text;
}
