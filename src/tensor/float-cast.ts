/**
 * Floats of one dtype as floats of another, bit for bit as numpy and ml_dtypes cast them: rounded to nearest even, -0
 * and the sign of NaN kept, too large numbers as the type says. Each loop runs over typed arrays of fixed kinds, so that
 * the compiler sees one type in it.
 *
 * Two ways of rounding a float64 are told apart. A *cast* does what `astype` does: ml_dtypes' types are reached by way of
 * float32, which rounds twice. *Rounding* goes from the float64 to the result once, which sums and averages need.
 */
import { byteCodes, type FloatName, float32Bits, float64Bits, nanCode, wordCodes } from './code-tables.ts';
import { type BytesKernel, onHost } from './host-order.ts';
import { isSmallFloat, isTwoByteFloat, type SmallFloatName } from './small-floats.ts';

/** float16 from the sign and exponent of a float32: what is added to the rounded mantissa, the bits dropped, the bits added. */
interface HalfTables {
  readonly base: Uint16Array;
  readonly shift: Uint8Array;
  readonly mask: Uint32Array;
  readonly implicit: Uint32Array;
}

let halfTables: HalfTables | undefined;

/** One entry for each of the 512 values of sign and exponent; van der Zijp's tables, with rounding to nearest even. */
function makeHalfTables(): HalfTables {
  const tables = {
    base: new Uint16Array(512),
    shift: new Uint8Array(512).fill(13),
    mask: new Uint32Array(512),
    implicit: new Uint32Array(512),
  };
  for (let i = 0; i < 512; i++) {
    const sign = (i & 0x100) << 7;
    const exponent = i & 0xff;
    const isNormal = exponent >= 113 && exponent < 143;
    tables.mask[i] = exponent < 143 ? 0x7fffff : 0;
    tables.base[i] = exponent >= 143 ? sign | 0x7c00 : isNormal ? sign | ((exponent - 112) << 10) : sign;
    if (exponent < 113) {
      tables.shift[i] = Math.min(25, 126 - exponent);
      tables.implicit[i] = exponent === 0 ? 0 : 0x800000;
    }
  }
  return tables;
}

/** The code of float16 for the bits of a float32 that is no NaN. */
function halfOf(bits: number, { base, shift, mask, implicit }: HalfTables): number {
  const top = bits >>> 23;
  const drop = shift[top]!;
  const mantissa = (bits & mask[top]!) | implicit[top]!;
  return base[top]! + ((mantissa + ((1 << (drop - 1)) - 1) + ((mantissa >>> drop) & 1)) >>> drop);
}

/** numpy keeps the upper bits of a NaN's payload, and sets the lowest where none of them is set. */
function halfNan(bits: number): number {
  return ((bits >>> 16) & 0x8000) | 0x7c00 | ((bits & 0x7fffff) >>> 13 || 1);
}

function float32ToFloat16(from: Uint32Array, to: Uint16Array): void {
  halfTables ??= makeHalfTables();
  const tables = halfTables;
  for (let i = 0; i < from.length; i++) {
    const bits = from[i]!;
    to[i] = (bits & 0x7fffffff) > 0x7f800000 ? halfNan(bits) : halfOf(bits, tables);
  }
}

function float32ToBfloat16(from: Uint32Array, to: Uint16Array): void {
  for (let i = 0; i < from.length; i++) {
    const bits = from[i]!;
    const rounded = (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16;
    to[i] = (bits & 0x7fffffff) > 0x7f800000 ? ((bits >>> 16) & 0x8000) | 0x7fc0 : rounded;
  }
}

/**
 * Cut to 16 bits, with the lowest bit set where anything was cut off: from that, as from the number itself, rounding to a
 * type of at most five bits less comes to the same.
 */
function float32ToByte(from: Uint32Array, to: Uint8Array, codes: Uint8Array): void {
  for (let i = 0; i < from.length; i++) {
    const bits = from[i]!;
    to[i] = codes[(bits >>> 16) | ((bits & 0xffff) === 0 ? 0 : 1)]!;
  }
}

function float32ToFloat64(from: Float32Array, to: Float64Array): void {
  const bits = new Uint32Array(from.buffer, from.byteOffset, from.length);
  const words = new Uint32Array(to.buffer, to.byteOffset, to.length * 2);
  const high = highWord();
  for (let i = 0; i < from.length; i++) {
    const value = from[i]!;
    to[i] = value;
    if (Number.isNaN(value)) {
      const nan = bits[i]!;
      words[2 * i + high] = ((nan & 0x80000000) | 0x7ff80000 | ((nan & 0x7fffff) >>> 3)) >>> 0;
      words[2 * i + 1 - high] = (nan << 29) >>> 0;
    }
  }
}

/** Where the high word of a float64 lies among its two on this host. */
function highWord(): 0 | 1 {
  return new Uint8Array(Uint16Array.of(1).buffer)[0] === 1 ? 1 : 0;
}

const oneFloat = new Float32Array(1);
const oneFloatBits = new Uint32Array(oneFloat.buffer);

/** The processor quiets a NaN and cuts its payload. */
function float32Nan(high: number, low: number): number {
  return ((high & 0x80000000) | 0x7fc00000 | ((high & 0xfffff) << 3) | (low >>> 29)) >>> 0;
}

function float64ToFloat32(from: Float64Array, to: Float32Array): void {
  const words = new Uint32Array(from.buffer, from.byteOffset, from.length * 2);
  const bits = new Uint32Array(to.buffer, to.byteOffset, to.length);
  const high = highWord();
  for (let i = 0; i < from.length; i++) {
    const value = from[i]!;
    if (!Number.isNaN(value)) to[i] = value;
    else bits[i] = float32Nan(words[2 * i + high]!, words[2 * i + 1 - high]!);
  }
}

/** Cut to float32, with the lowest bit set where anything was cut off; from there every narrower type is rounded once. */
function float64ToOddFloat32(from: Float64Array, to: Float32Array): void {
  const bits = new Uint32Array(to.buffer, to.byteOffset, to.length);
  float64ToFloat32(from, to);
  for (let i = 0; i < from.length; i++) {
    const value = from[i]!;
    const near = to[i]!;
    if (near === value || Number.isNaN(value)) continue;
    bits[i] = (bits[i]! - (Math.abs(near) > Math.abs(value) ? 1 : 0)) | 1;
  }
}

/** The bits of float32 from a float64 that is cut as {@link float64ToOddFloat32} does; for one number. */
export function oddFloat32Bits(value: number): number {
  oneFloat[0] = value;
  const near = oneFloat[0];
  const bits = oneFloatBits[0]!;
  return near === value || Number.isNaN(value) ? bits : ((bits - (Math.abs(near) > Math.abs(value) ? 1 : 0)) | 1) >>> 0;
}

/** The payload of a NaN of float64 moves to float16 as it does from float32. */
function float64ToFloat16(from: Float64Array, to: Uint16Array): void {
  const narrow = new Float32Array(from.length);
  float64ToOddFloat32(from, narrow);
  float32ToFloat16(new Uint32Array(narrow.buffer), to);
  const words = new Uint32Array(from.buffer, from.byteOffset, from.length * 2);
  const high = highWord();
  for (let i = 0; i < from.length; i++) {
    if (!Number.isNaN(from[i])) continue;
    const word = words[2 * i + high]!;
    to[i] = ((word >>> 16) & 0x8000) | 0x7c00 | ((word & 0xfffff) >>> 10 || 1);
  }
}

function byteToByte(from: Uint8Array, to: Uint8Array, codes: Uint8Array): void {
  for (let i = 0; i < from.length; i++) to[i] = codes[from[i]!]!;
}
function byteToWord(from: Uint8Array, to: Uint16Array, codes: Uint16Array): void {
  for (let i = 0; i < from.length; i++) to[i] = codes[from[i]!]!;
}
function byteToFloat32(from: Uint8Array, to: Uint32Array, bits: Uint32Array): void {
  for (let i = 0; i < from.length; i++) to[i] = bits[from[i]!]!;
}
function wordToByte(from: Uint16Array, to: Uint8Array, codes: Uint8Array): void {
  for (let i = 0; i < from.length; i++) to[i] = codes[from[i]!]!;
}
function wordToWord(from: Uint16Array, to: Uint16Array, codes: Uint16Array): void {
  for (let i = 0; i < from.length; i++) to[i] = codes[from[i]!]!;
}
function wordToFloat32(from: Uint16Array, to: Uint32Array, bits: Uint32Array): void {
  for (let i = 0; i < from.length; i++) to[i] = bits[from[i]!]!;
}
function bfloat16ToFloat32(from: Uint16Array, to: Uint32Array): void {
  for (let i = 0; i < from.length; i++) to[i] = from[i]! << 16;
}
function codeToFloat64(from: Uint8Array | Uint16Array, to: Float64Array, bits: Uint32Array): void {
  const words = new Uint32Array(to.buffer, to.byteOffset, to.length * 2);
  const high = highWord();
  for (let i = 0; i < from.length; i++) {
    const at = 2 * from[i]!;
    words[2 * i + high] = bits[at + 1]!;
    words[2 * i + 1 - high] = bits[at]!;
  }
}

function ofSmall(from: SmallFloatName, to: FloatName): BytesKernel {
  const isWord = isTwoByteFloat(from);
  const source = isWord ? Uint16Array : Uint8Array;
  if (to === 'float64') {
    const bits = float64Bits(from);
    return onHost<Uint8Array | Uint16Array, Float64Array>(source, Float64Array, (a, b) => codeToFloat64(a, b, bits));
  }
  if (to === 'float32') {
    if (from === 'bfloat16') return onHost(Uint16Array, Uint32Array, bfloat16ToFloat32);
    const bits = float32Bits(from);
    return isWord
      ? onHost(Uint16Array, Uint32Array, (a, b) => wordToFloat32(a, b, bits))
      : onHost(Uint8Array, Uint32Array, (a, b) => byteToFloat32(a, b, bits));
  }
  if (isTwoByteFloat(to)) {
    const codes = wordCodes(from, to);
    return isWord
      ? onHost(Uint16Array, Uint16Array, (a, b) => wordToWord(a, b, codes))
      : onHost(Uint8Array, Uint16Array, (a, b) => byteToWord(a, b, codes));
  }
  const codes = byteCodes(from, to);
  return isWord
    ? onHost(Uint16Array, Uint8Array, (a, b) => wordToByte(a, b, codes))
    : onHost(Uint8Array, Uint8Array, (a, b) => byteToByte(a, b, codes));
}

function ofFloat32(to: FloatName): BytesKernel {
  if (to === 'float64') return onHost(Float32Array, Float64Array, float32ToFloat64);
  if (to === 'float16') return onHost(Uint32Array, Uint16Array, float32ToFloat16);
  if (to === 'bfloat16') return onHost(Uint32Array, Uint16Array, float32ToBfloat16);
  const codes = byteCodes('bfloat16', to as SmallFloatName);
  return onHost(Uint32Array, Uint8Array, (a, b) => float32ToByte(a, b, codes));
}

/** By way of float32, by rounding or by cutting, to a small float. */
function throughFloat32(to: SmallFloatName, narrow: (from: Float64Array, to: Float32Array) => void): BytesKernel {
  const last = ofFloat32(to);
  const target = isTwoByteFloat(to) ? Uint16Array : Uint8Array;
  let floats = new Float32Array(0);
  return onHost<Float64Array, Uint8Array | Uint16Array>(Float64Array, target, (from, codes) => {
    if (floats.length < from.length) floats = new Float32Array(from.length);
    const part = floats.subarray(0, from.length);
    narrow(from, part);
    last(
      new Uint8Array(part.buffer, 0, part.byteLength),
      new Uint8Array(codes.buffer, codes.byteOffset, codes.byteLength),
    );
  });
}

function copy(from: Uint8Array, to: Uint8Array): void {
  to.set(from);
}

const casts = new Map<string, BytesKernel>();

function made(key: string, make: () => BytesKernel): BytesKernel {
  let kernel = casts.get(key);
  if (kernel === undefined) {
    kernel = make();
    casts.set(key, kernel);
  }
  return kernel;
}

/** Turns little-endian floats into others as `astype` of numpy and ml_dtypes does; equal dtypes are copied. */
export function floatCast(from: FloatName, to: FloatName): BytesKernel {
  return made(`${from} ${to}`, () => {
    if (from === to) return copy;
    if (isSmallFloat(from)) return ofSmall(from, to);
    if (from === 'float32') return ofFloat32(to);
    if (to === 'float32') return onHost(Float64Array, Float32Array, float64ToFloat32);
    if (to === 'float16') return onHost(Float64Array, Uint16Array, float64ToFloat16);
    return throughFloat32(to as SmallFloatName, float64ToFloat32);
  });
}

/** Turns little-endian float64 into a float dtype, rounded once, to nearest even. */
export function roundedFloats(to: FloatName): BytesKernel {
  if (to === 'float64' || to === 'float32' || to === 'float16') return floatCast('float64', to);
  return made(`once ${to}`, () => throughFloat32(to as SmallFloatName, float64ToOddFloat32));
}

/** The code of a number in a small float, rounded once from float64, to nearest even. */
export function roundedCode(to: SmallFloatName, value: number): number {
  if (Number.isNaN(value)) return nanCode(to, false);
  const bits = oddFloat32Bits(value);
  halfTables ??= makeHalfTables();
  if (to === 'float16') return halfOf(bits, halfTables);
  if (to === 'bfloat16') return (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16;
  return byteCodes('bfloat16', to)[(bits >>> 16) | ((bits & 0xffff) === 0 ? 0 : 1)]!;
}
