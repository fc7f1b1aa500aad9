import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { UnsupportedError, UsageError } from '../../src/errors.ts';
import { dtypeOf } from '../../src/tensor/dtype.ts';
import {
  encodeBfloat16,
  encodeFloat16,
  encodeSmallFloat,
  encodeSmallFloats,
  type SmallFloatName,
  smallFloatTable,
} from '../../src/tensor/small-floats.ts';
import { decodeValues } from '../../src/tensor/values.ts';

/** The bytes at an odd address, as they may lie in a file. */
function unaligned(...bytes: number[]): Uint8Array {
  return Uint8Array.of(0, ...bytes).subarray(1);
}

describe('decodeValues', () => {
  it.each([
    ['float32', [0, 0, 0x80, 0x3f], Float32Array.of(1)],
    ['float64', [0, 0, 0, 0, 0, 0, 0xf0, 0xbf], Float64Array.of(-1)],
    ['int32', [0xfe, 0xff, 0xff, 0xff], Int32Array.of(-2)],
    ['uint32', [0xfe, 0xff, 0xff, 0xff], Uint32Array.of(4294967294)],
    ['int64', [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], BigInt64Array.of(-1n)],
    ['uint64', [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], BigUint64Array.of(2n ** 64n - 1n)],
    ['int16', [0x00, 0x80], Int16Array.of(-32768)],
    ['qint16', [0x00, 0x80], Int16Array.of(-32768)],
    ['quint8', [0xff], Uint8Array.of(255)],
    ['bool', [0, 1, 2], Uint8Array.of(0, 1, 1)],
    ['complex64', [0, 0, 0x80, 0x3f, 0, 0, 0, 0x40], Float32Array.of(1, 2)],
    ['float16', [0x00, 0x3c, 0x01, 0x00], Float32Array.of(1, 2 ** -24)],
    ['bfloat16', [0x80, 0x3f, 0x80, 0xff], Float32Array.of(1, -Infinity)],
    ['int4', [0x0f, 0x07, 0xf8], Int8Array.of(-1, 7, -8)],
    ['uint4', [0x0f, 0xf8], Uint8Array.of(15, 8)],
    ['int2', [0x03, 0x01, 0xfe], Int8Array.of(-1, 1, -2)],
    ['uint2', [0x03, 0xfe], Uint8Array.of(3, 2)],
    ['float4_e2m1fn', [0x01, 0x07, 0x0f], Float32Array.of(0.5, 6, -6)],
  ])('reads %s', (name, bytes, values) => {
    expect(decodeValues(dtypeOf(name), Uint8Array.from(bytes))).toEqual(values);
    expect(decodeValues(dtypeOf(name), unaligned(...bytes))).toEqual(values);
  });

  it('reads nothing from no bytes', () => {
    expect(decodeValues(dtypeOf('int64'), new Uint8Array())).toEqual(new BigInt64Array());
  });

  it('refuses what has no fixed width', () => {
    expect(() => decodeValues(dtypeOf('string'), new Uint8Array(4))).toThrow(UnsupportedError);
    expect(() => decodeValues(dtypeOf('variant'), new Uint8Array(4))).toThrow(UnsupportedError);
  });

  it('refuses part of an element', () => {
    expect(() => decodeValues(dtypeOf('float32'), new Uint8Array(6))).toThrow(UsageError);
  });
});

describe('small floats', () => {
  const cases = gunzipSync(readFileSync(new URL('../../fixtures/numpy-text/small-floats.ndjson.gz', import.meta.url)))
    .toString('utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { d: SmallFloatName; x: string; c: number[] });

  it.each(cases)('$d rounds as ml_dtypes does', ({ d, x, c }) => {
    const numbers = decodeValues(dtypeOf('float64'), new Uint8Array(Buffer.from(x, 'hex'))) as Float64Array;
    expect(Array.from(numbers, (number) => encodeSmallFloat(d, number))).toEqual(c);
  });

  it.each(cases)('$d values encode to their own codes', ({ d }) => {
    const codes = d === 'float4_e2m1fn' ? 16 : smallFloatTable(d).length;
    const strays = Array.from(smallFloatTable(d).subarray(0, codes)).filter(
      (value, code) => !Number.isNaN(value) && encodeSmallFloat(d, value) !== code,
    );
    expect(strays).toEqual([]);
  });

  it('knows the limits of float16', () => {
    expect(encodeFloat16(65504)).toBe(0x7bff);
    expect(encodeFloat16(65519)).toBe(0x7bff);
    expect(encodeFloat16(65520)).toBe(0x7c00);
    expect(encodeFloat16(2 ** -25)).toBe(0);
    expect(encodeFloat16(-0)).toBe(0x8000);
  });

  it('rounds to bfloat16 by way of float32', () => {
    expect(encodeBfloat16(1 + 2 ** -8)).toBe(0x3f80);
    expect(encodeBfloat16(1 + 2 ** -8 + 2 ** -23)).toBe(0x3f81);
    expect(encodeBfloat16(1 + 2 ** -8 + 2 ** -40)).toBe(0x3f80);
  });

  it('writes bytes that decode to the same values', () => {
    const values = Float32Array.of(0, -0, 1.5, -448, Number.NaN);
    for (const name of ['float16', 'bfloat16', 'float8_e4m3fn'] as const) {
      expect(decodeValues(dtypeOf(name), encodeSmallFloats(name, values))).toEqual(values);
    }
  });
});
