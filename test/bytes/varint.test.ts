/** Base-128 integers: known bytes, the way there and back, and what a hostile file may hold. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteWriter } from '../../src/bytes/byte-writer.ts';
import { type Cursor, readVarint, varintLength, writeVarint } from '../../src/bytes/varint.ts';
import { CorruptError } from '../../src/errors.ts';

const cursorOf = (...bytes: number[]): Cursor => ({ bytes: Uint8Array.from(bytes), at: 0, end: bytes.length });

/** Protobuf's encoding of any 64-bit integer, from its definition. */
function encode(value: bigint): number[] {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, value);
  for (; rest >= 0x80n; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  return [...bytes, Number(rest)];
}

const safeIntegers = fc.oneof(
  fc.maxSafeInteger(),
  fc.integer({ min: 0, max: 53 }).map((bits) => 2 ** bits - 1),
  fc.integer({ min: 0, max: 52 }).map((bits) => 2 ** bits),
);

describe('readVarint', () => {
  it.each([
    [[0x00], 0],
    [[0x7f], 127],
    [[0x80, 0x01], 128],
    [[0xac, 0x02], 300],
    [[0xff, 0xff, 0xff, 0xff, 0x0f], 2 ** 32 - 1],
    [[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f], Number.MAX_SAFE_INTEGER],
    [[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01], -1],
    [[0x80, 0x00], 0],
  ])('%j is %d', (bytes, value) => {
    expect(readVarint(cursorOf(...bytes))).toBe(value);
  });

  it('reads what the definition writes, wherever it stands, and moves past it', () => {
    fc.assert(
      fc.property(safeIntegers, fc.nat(6), fc.nat(6), (value, before, after) => {
        const encoded = encode(BigInt(value));
        const cursor = cursorOf(...Array(before).fill(0xff), ...encoded, ...Array(after).fill(0xff));
        cursor.at = before;
        expect(readVarint(cursor)).toBe(value);
        expect(cursor.at).toBe(before + encoded.length);
      }),
      { numRuns: 700 },
    );
  });

  it('refuses what a number cannot hold, what is cut off, and what never ends', () => {
    for (const value of [2n ** 53n, 2n ** 63n - 1n, -(2n ** 63n), -(2n ** 53n) - 2n]) {
      expect(() => readVarint(cursorOf(...encode(value))), `${value}`).toThrow(CorruptError);
    }
    for (let length = 0; length <= 9; length++) {
      expect(() => readVarint(cursorOf(...Array(length).fill(0x80))), `${length} bytes`).toThrow(CorruptError);
    }
    expect(() => readVarint(cursorOf(...Array(12).fill(0x80)))).toThrow(/longer than ten bytes/);
    expect(() => readVarint(cursorOf(...Array(9).fill(0x80), 0x02))).toThrow(/64 bits/);
  });

  it('never reads past its end', () => {
    const cursor = cursorOf(0x80, 0x80, 0x01, 0x01);
    cursor.end = 2;
    expect(() => readVarint(cursor)).toThrow(CorruptError);
    expect(cursor.at).toBe(0);
  });
});

describe('writeVarint', () => {
  it('writes the shortest form, as long as varintLength says', () => {
    fc.assert(
      fc.property(safeIntegers.map(Math.abs), (value) => {
        const bytes = new Uint8Array(10);
        const end = writeVarint(bytes, 0, value);
        expect([...bytes.subarray(0, end)]).toEqual(encode(BigInt(value)));
        expect(varintLength(value)).toBe(end);
        expect([...new ByteWriter(1).varint(value).view()]).toEqual(encode(BigInt(value)));
      }),
      { numRuns: 700 },
    );
  });
});
