/**
 * Tables that turn the code of a float of 8 or 16 bits into the code of another float. What becomes of a NaN is what numpy
 * (float16, float32, float64) and ml_dtypes (all others) make of it, to the bit: between numpy's own types the payload
 * moves, everywhere else only the sign stays.
 */
import type { DTypeName } from './dtype.ts';
import { encodeSmallFloat, isSmallFloat, type SmallFloatName, smallFloatTable } from './small-floats.ts';

/** Every float dtype. */
export type FloatName = SmallFloatName | 'float32' | 'float64';

export function isFloatName(name: DTypeName): name is FloatName {
  return name === 'float32' || name === 'float64' || isSmallFloat(name);
}

/** NaN without and with a sign. The `fnuz` types have one NaN only, float8_e8m0fnu too, and the narrower
 * ones none: ml_dtypes stores zeros for it. */
const NAN_CODES: Readonly<Record<SmallFloatName, readonly [number, number]>> = {
  float16: [0x7e00, 0xfe00],
  bfloat16: [0x7fc0, 0xffc0],
  float8_e5m2: [0x7e, 0xfe],
  float8_e4m3fn: [0x7f, 0xff],
  float8_e4m3fnuz: [0x80, 0x80],
  float8_e4m3b11fnuz: [0x80, 0x80],
  float8_e5m2fnuz: [0x80, 0x80],
  float4_e2m1fn: [0x8, 0x0],
  float6_e2m3fn: [0x20, 0x0],
  float6_e3m2fn: [0x20, 0x0],
  float8_e8m0fnu: [0xff, 0xff],
};

/** What NaN becomes in a small float. */
export function nanCode(name: SmallFloatName, isNegative: boolean): number {
  return NAN_CODES[name][isNegative ? 1 : 0];
}

/** Whether a NaN's code has its sign set; the one NaN of a `fnuz` type counts as negative. */
function isNegativeNan(name: SmallFloatName, code: number): boolean {
  if (name === 'float8_e8m0fnu') return false;
  return code >= (name === 'float16' || name === 'bfloat16' ? 0x8000 : 0x80);
}

/** The bits of float32 that a NaN of a small float widens to. */
function widenedNan(name: SmallFloatName, code: number): number {
  if (name === 'bfloat16') return (code << 16) >>> 0;
  if (name === 'float16') return (((code & 0x8000) << 16) | 0x7f800000 | ((code & 0x3ff) << 13)) >>> 0;
  return isNegativeNan(name, code) ? 0xffc00000 : 0x7fc00000;
}

const kept = new Map<string, Uint8Array | Uint16Array | Uint32Array>();

function keep<T extends Uint8Array | Uint16Array | Uint32Array>(key: string, make: () => T): T {
  const known = kept.get(key) as T | undefined;
  if (known !== undefined) return known;
  const made = make();
  kept.set(key, made);
  return made;
}

function fillCodes(table: Uint8Array | Uint16Array, from: SmallFloatName, to: SmallFloatName): void {
  const values = smallFloatTable(from);
  for (let code = 0; code < table.length; code++) {
    const value = values[code] as number;
    table[code] = Number.isNaN(value) ? nanCode(to, isNegativeNan(from, code)) : encodeSmallFloat(to, value);
  }
}

/** Codes of a type of one byte, by the codes of another small float. */
export function byteCodes(from: SmallFloatName, to: SmallFloatName): Uint8Array {
  return keep(`${from} ${to}`, () => {
    const table = new Uint8Array(smallFloatTable(from).length);
    fillCodes(table, from, to);
    return table;
  });
}

/** Codes of a type of two bytes, by the codes of another small float. */
export function wordCodes(from: SmallFloatName, to: SmallFloatName): Uint16Array {
  return keep(`${from} ${to}`, () => {
    const table = new Uint16Array(smallFloatTable(from).length);
    fillCodes(table, from, to);
    return table;
  });
}

/** The bits of float32, by the codes of a small float. */
export function float32Bits(from: SmallFloatName): Uint32Array {
  return keep(`${from} float32`, () => {
    const values = smallFloatTable(from);
    const bits = new Uint32Array(values.slice().buffer);
    for (let code = 0; code < bits.length; code++) {
      if (Number.isNaN(values[code] as number)) bits[code] = widenedNan(from, code);
    }
    return bits;
  });
}

/** The bits of float64, low word first, by the codes of a small float. */
export function float64Bits(from: SmallFloatName): Uint32Array {
  return keep(`${from} float64`, () => {
    const values = smallFloatTable(from);
    const bits = new Uint32Array(values.length * 2);
    const scratch = new DataView(new ArrayBuffer(8));
    for (let code = 0; code < values.length; code++) {
      const value = values[code] as number;
      scratch.setFloat64(0, value, true);
      bits[2 * code] = Number.isNaN(value) ? 0 : scratch.getUint32(0, true);
      bits[2 * code + 1] = Number.isNaN(value) ? nanHighWord(from, code) : scratch.getUint32(4, true);
    }
    return bits;
  });
}

/** A NaN of float16 keeps its payload as it is; all others go by way of float32, which quiets them. */
function nanHighWord(from: SmallFloatName, code: number): number {
  if (from === 'float16') return (((code & 0x8000) << 16) | 0x7ff00000 | ((code & 0x3ff) << 10)) >>> 0;
  const wide = widenedNan(from, code);
  return ((wide & 0x80000000) | 0x7ff80000 | ((wide & 0x7fffff) >>> 3)) >>> 0;
}
