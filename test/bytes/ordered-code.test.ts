/** OrderedCode: TensorFlow's vectors, the way there and back, the promised order, and bytes that are no code. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteWriter } from '../../src/bytes/byte-writer.ts';
import {
  decodeNumIncreasing,
  decodeOrderedString,
  decodeSignedNum,
  encodeNumIncreasing,
  encodeOrderedString,
  encodeSignedNum,
} from '../../src/bytes/ordered-code.ts';
import type { Cursor } from '../../src/bytes/varint.ts';
import { CorruptError } from '../../src/errors.ts';

function encoded<T>(encode: (writer: ByteWriter, value: T) => void, value: T): Uint8Array {
  const writer = new ByteWriter();
  encode(writer, value);
  return writer.toBytes();
}

function decoded<T>(decode: (cursor: Cursor) => T, bytes: Uint8Array): T {
  const cursor = { bytes, at: 0, end: bytes.length };
  const value = decode(cursor);
  expect(cursor.at).toBe(bytes.length);
  return value;
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const bytesOf = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));

describe('signed numbers', () => {
  it.each<[number, string]>([
    [0, '80'],
    [1, '81'],
    [63, 'bf'],
    [64, 'c040'],
    [127, 'c07f'],
    [128, 'c080'],
    [8191, 'dfff'],
    [8192, 'e02000'],
    [70000, 'e11170'],
    [0x424242, 'f0424242'],
    [-1, '7f'],
    [-64, '40'],
    [-65, '3fbf'],
    [-0x800, '3800'],
    [-8193, '1fdfff'],
  ])('%d is %s', (value, code) => {
    expect(hex(encoded(encodeSignedNum, value))).toBe(code);
    expect(decoded(decodeSignedNum, bytesOf(code))).toBe(value);
  });

  it('come back, and sort as their codes do', () => {
    const numbers = fc.oneof(
      fc.maxSafeInteger(),
      fc.tuple(fc.integer({ min: 0, max: 52 }), fc.integer({ min: -2, max: 2 })).map(([bits, d]) => 2 ** bits + d),
    );
    fc.assert(
      fc.property(numbers, numbers, (a, b) => {
        const [first, second] = [encoded(encodeSignedNum, a), encoded(encodeSignedNum, b)];
        expect(decoded(decodeSignedNum, first)).toBe(a);
        expect(Math.sign(Buffer.compare(first, second))).toBe(Math.sign(a - b));
      }),
      { numRuns: 1000 },
    );
  });

  it.each(['ff7fffffffffffff', 'ff80800000000000 0000', 'ffc0400000000000000000', '003f8000000000000000 00', ''])(
    '%s is too large for a number, or cut off',
    (code) => {
      expect(() => decoded(decodeSignedNum, bytesOf(code))).toThrow(CorruptError);
    },
  );
});

describe('increasing numbers', () => {
  it.each<[number, string]>([
    [0, '00'],
    [1, '0101'],
    [255, '01ff'],
    [256, '020100'],
    [2 ** 53 - 1, '071fffffffffffff'],
  ])('%d is %s', (value, code) => {
    expect(hex(encoded(encodeNumIncreasing, value))).toBe(code);
    expect(decoded(decodeNumIncreasing, bytesOf(code))).toBe(value);
  });

  it.each(['09000000000000000001', '0820000000000000000', '02ff', '07ffffffffffffff'])('%s is refused', (code) => {
    expect(() => decoded(decodeNumIncreasing, bytesOf(code))).toThrow(CorruptError);
  });
});

describe('strings', () => {
  it('escape what would end them', () => {
    expect(hex(encoded(encodeOrderedString, bytesOf('66 6f 6f')))).toBe('666f6f0001');
    expect(hex(encoded(encodeOrderedString, bytesOf('61 00 62 ff')))).toBe('6100ff62ff000001');
  });

  it('come back, and sort as their codes do', () => {
    const bytes = fc
      .array(fc.constantFrom(0, 1, 0x61, 0xfe, 0xff), { maxLength: 6 })
      .map((list) => Uint8Array.from(list));
    fc.assert(
      fc.property(bytes, bytes, (a, b) => {
        const [first, second] = [encoded(encodeOrderedString, a), encoded(encodeOrderedString, b)];
        expect([...decoded(decodeOrderedString, first)]).toEqual([...a]);
        expect(Math.sign(Buffer.compare(first, second))).toBe(Math.sign(Buffer.compare(a, b)));
      }),
      { numRuns: 1000 },
    );
  });

  it.each(['61', '6100', '610002', 'ff01', '61ffff0001'])('%s is refused', (code) => {
    expect(() => decoded(decodeOrderedString, bytesOf(code))).toThrow(CorruptError);
  });
});
