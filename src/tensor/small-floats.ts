/**
 * Floats narrower than 32 bits: float16, bfloat16, the five float8 types TensorFlow stores and float4_e2m1fn; and what
 * safetensors holds beyond them, the two float6 types and the powers of two of float8_e8m0fnu. One row
 * per format says how its bits are laid out; decoding tables and the encoder follow from the row. Codes and rounding are
 * those of numpy (float16) and ml_dtypes (all others).
 */

export type SmallFloatName =
  | 'float16'
  | 'bfloat16'
  | 'float8_e5m2'
  | 'float8_e4m3fn'
  | 'float8_e4m3fnuz'
  | 'float8_e4m3b11fnuz'
  | 'float8_e5m2fnuz'
  | 'float4_e2m1fn'
  | 'float6_e2m3fn'
  | 'float6_e3m2fn'
  | 'float8_e8m0fnu';

/**
 * What the codes beyond the finite numbers mean. `ieee`: the top exponent holds infinities and NaN. `fn`: no
 * infinities, only the code of all ones is NaN. `fnuz`: no infinities and no -0, whose code is the one NaN. `finite`:
 * neither infinities nor NaN. `powers`: each code is a power of two, all ones is NaN, and there is neither sign nor zero.
 */
type Specials = 'ieee' | 'fn' | 'fnuz' | 'finite' | 'powers';

interface SmallFloatFormat {
  readonly exponentBits: number;
  readonly mantissaBits: number;
  readonly bias: number;
  readonly specials: Specials;
  /** Code that NaN becomes. In `finite` formats that is -0, which ml_dtypes stores for want of a NaN. */
  readonly nan: number;
  /** Code, without the sign, that a number too large newNameOf: infinity, NaN, or the largest number. */
  readonly overflow: number;
}

const FORMATS: Readonly<Record<SmallFloatName, SmallFloatFormat>> = {
  float16: { exponentBits: 5, mantissaBits: 10, bias: 15, specials: 'ieee', nan: 0x7e00, overflow: 0x7c00 },
  bfloat16: { exponentBits: 8, mantissaBits: 7, bias: 127, specials: 'ieee', nan: 0x7fc0, overflow: 0x7f80 },
  float8_e5m2: { exponentBits: 5, mantissaBits: 2, bias: 15, specials: 'ieee', nan: 0x7e, overflow: 0x7c },
  float8_e4m3fn: { exponentBits: 4, mantissaBits: 3, bias: 7, specials: 'fn', nan: 0x7f, overflow: 0x7f },
  float8_e4m3fnuz: { exponentBits: 4, mantissaBits: 3, bias: 8, specials: 'fnuz', nan: 0x80, overflow: 0x80 },
  float8_e4m3b11fnuz: { exponentBits: 4, mantissaBits: 3, bias: 11, specials: 'fnuz', nan: 0x80, overflow: 0x80 },
  float8_e5m2fnuz: { exponentBits: 5, mantissaBits: 2, bias: 16, specials: 'fnuz', nan: 0x80, overflow: 0x80 },
  float4_e2m1fn: { exponentBits: 2, mantissaBits: 1, bias: 1, specials: 'finite', nan: 0x8, overflow: 0x7 },
  float6_e2m3fn: { exponentBits: 2, mantissaBits: 3, bias: 1, specials: 'finite', nan: 0x20, overflow: 0x1f },
  float6_e3m2fn: { exponentBits: 3, mantissaBits: 2, bias: 3, specials: 'finite', nan: 0x20, overflow: 0x1f },
  float8_e8m0fnu: { exponentBits: 8, mantissaBits: 0, bias: 127, specials: 'powers', nan: 0xff, overflow: 0xff },
};

/** Whether a dtype is one of the floats of this file. */
export function isSmallFloat(name: string): name is SmallFloatName {
  return Object.hasOwn(FORMATS, name);
}

function signBitOf(format: SmallFloatFormat): number {
  return 2 ** (format.exponentBits + format.mantissaBits);
}

function decodeCode(format: SmallFloatFormat, code: number): number {
  const { exponentBits, mantissaBits, bias, specials } = format;
  if (specials === 'powers') return code === format.nan ? Number.NaN : 2 ** (code - bias);
  const signBit = signBitOf(format);
  const magnitude = code % signBit;
  // ml_dtypes reads a float4 byte with any high bit set as negative; the wider formats fill their bytes.
  const negative = code >= signBit;
  if (specials === 'fnuz' && negative && magnitude === 0) return Number.NaN;
  if (specials === 'fn' && magnitude === signBit - 1) return Number.NaN;
  const exponent = Math.floor(magnitude / 2 ** mantissaBits);
  const mantissa = magnitude % 2 ** mantissaBits;
  const top = specials === 'ieee' && exponent === 2 ** exponentBits - 1;
  if (top && mantissa !== 0) return Number.NaN;
  const significand = exponent === 0 ? mantissa : mantissa + 2 ** mantissaBits;
  const value = top ? Number.POSITIVE_INFINITY : significand * 2 ** (Math.max(exponent, 1) - bias - mantissaBits);
  return negative ? -value : value;
}

const decodeTables = new Map<SmallFloatName, Float32Array>();

/** The value of every code of a format, indexed by the stored byte or 16-bit word. */
export function smallFloatTable(name: SmallFloatName): Float32Array {
  const known = decodeTables.get(name);
  if (known !== undefined) return known;
  const format = FORMATS[name];
  const table = new Float32Array(Math.max(256, 2 * signBitOf(format)));
  for (let code = 0; code < table.length; code++) table[code] = decodeCode(format, code);
  decodeTables.set(name, table);
  return table;
}

/** Whether a format's elements are stored as 16-bit words rather than bytes. */
export function isTwoByteFloat(name: SmallFloatName): boolean {
  return name === 'float16' || name === 'bfloat16';
}

const scratchFloat64 = new Float64Array(1);
const scratchWords = new Uint32Array(scratchFloat64.buffer);
/** Where the high word of a float64 sits in memory on this host. */
const HIGH_WORD = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1 ? 1 : 0;

/** floor(log2(|value|)) for a normal float64; anything at most -1023 for zero and subnormals. */
function binaryExponent(value: number): number {
  scratchFloat64[0] = value;
  return ((scratchWords[HIGH_WORD]! >>> 20) & 0x7ff) - 1023;
}

function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest > 0.5) return floor + 1;
  return rest === 0.5 && floor % 2 === 1 ? floor + 1 : floor;
}

function encodeCode(format: SmallFloatFormat, value: number): number {
  const { mantissaBits, bias, specials, overflow } = format;
  if (Number.isNaN(value)) return format.nan;
  if (specials === 'powers') return encodePower(format, value);
  const negative = value < 0 || Object.is(value, -0);
  const magnitude = Math.abs(value);
  const signBit = negative ? signBitOf(format) : 0;
  if (magnitude === Number.POSITIVE_INFINITY) return overflow | signBit;
  // Codes of one sign count up with the numbers, so rounding up past a power of two carries into the exponent by itself.
  const steps = Math.max(binaryExponent(magnitude), 1 - bias) + bias - 1;
  const rounded = roundHalfEven(magnitude * 2 ** (mantissaBits + bias - 1 - steps));
  const code = steps * 2 ** mantissaBits + rounded;
  if (code > largestCode(format)) return overflow | signBit;
  return specials === 'fnuz' && code === 0 ? 0 : code | signBit;
}

/** The nearest power of two; halfway, the larger one, as ml_dtypes decides. */
function encodePower({ bias, nan }: SmallFloatFormat, value: number): number {
  if (value <= 0 || value === Number.POSITIVE_INFINITY) return nan;
  const exponent = binaryExponent(value);
  const code = exponent + (value >= 1.5 * 2 ** exponent ? 1 : 0) + bias;
  return Math.min(Math.max(code, 0), nan);
}

function largestCode(format: SmallFloatFormat): number {
  const codes = signBitOf(format);
  if (format.specials === 'ieee') return codes - 2 ** format.mantissaBits - 1;
  return format.specials === 'fn' ? codes - 2 : codes - 1;
}

/**
 * The code that stores `value` in a format, rounded to nearest even. numpy makes a float16 from a float64 in one
 * rounding; ml_dtypes' formats are reached by way of float32.
 */
export function encodeSmallFloat(name: SmallFloatName, value: number): number {
  return encodeCode(FORMATS[name], name === 'float16' ? value : Math.fround(value));
}

/** The code that stores `value` as float16, rounded to nearest even. */
export function encodeFloat16(value: number): number {
  return encodeSmallFloat('float16', value);
}

/** The code that stores `value` as bfloat16, rounded to float32 and then to nearest even. */
export function encodeBfloat16(value: number): number {
  return encodeSmallFloat('bfloat16', value);
}

/** The stored little-endian bytes of numbers in a format. */
export function encodeSmallFloats(name: SmallFloatName, values: ArrayLike<number>): Uint8Array {
  const twoByte = isTwoByteFloat(name);
  const bytes = new Uint8Array(values.length * (twoByte ? 2 : 1));
  for (let i = 0; i < values.length; i++) {
    const code = encodeSmallFloat(name, values[i]!);
    if (!twoByte) {
      bytes[i] = code;
      continue;
    }
    bytes[2 * i] = code;
    bytes[2 * i + 1] = code >>> 8;
  }
  return bytes;
}
