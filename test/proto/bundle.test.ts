/** The messages of a bundle's index: TensorFlow's bytes, the way there and back, and bytes that are no message. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteWriter } from '../../src/bytes/byte-writer.ts';
import type { Cursor } from '../../src/bytes/varint.ts';
import { CkptError } from '../../src/errors.ts';
import { type BundleEntry, decodeBundleEntry, decodeBundleHeader, encodeBundleHeader } from '../../src/proto/bundle.ts';
import { decodeShape, decodeTensorSlice, encodeTensorSlice } from '../../src/proto/tensor-shape.ts';
import { encodeBundleEntry, encodeShape } from './encoded.ts';

const bytesOf = (code: string): Uint8Array => Uint8Array.from(Buffer.from(code.replaceAll(' ', ''), 'hex'));
const cursorOn = (bytes: Uint8Array): Cursor => ({ bytes, at: 0, end: bytes.length });
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const PLAIN: BundleEntry = { dtype: 1, shape: [], shardId: 0, offset: 0, size: 4, crc32c: 0x1f273806, slices: [] };

/** The field `1000: 5`, `1001: "ab"`, a 32-bit and a 64-bit one: nothing that a message of today has. */
const UNKNOWN_FIELDS = 'c03e05 ca3e026162 d53e01020304 d93e0102030405060708';

describe('the header', () => {
  it('is TensorFlow’s', () => {
    expect(hex(encodeBundleHeader(1))).toBe('08011a020801');
    expect(hex(encodeBundleHeader(300))).toBe('08ac021a020801');
  });

  it.each([
    [
      'of one shard',
      '08011a020801',
      { numShards: 1, byteOrder: 'little', version: { producer: 1, minConsumer: 0, badConsumers: [] } },
    ],
    ['big-endian, without a version', '08021001', { numShards: 2, byteOrder: 'big', version: undefined }],
    [
      'with bad consumers, packed and not',
      '1a0a 0863 1002 1801 1a020203',
      { numShards: 0, byteOrder: 'little', version: { producer: 99, minConsumer: 2, badConsumers: [1, 2, 3] } },
    ],
    [
      'with unknown fields',
      `${UNKNOWN_FIELDS} 0801 ${UNKNOWN_FIELDS}`,
      { numShards: 1, byteOrder: 'little', version: undefined },
    ],
  ])('%s', (_, code, header) => {
    expect(decodeBundleHeader(cursorOn(bytesOf(code)))).toEqual(header);
  });
});

describe('an entry', () => {
  it.each<[string, string, Partial<BundleEntry>]>([
    ['of a scalar', '08011200280435 0638271f', {}],
    ['at an offset', '08011200 2004 2804 35 10fd784f', { offset: 4, crc32c: 0x4f78fd10 }],
    [
      'of a vector in shard 1',
      '0801 1204 12020802 1801 2808 35 c4c3c2c1',
      { shape: [2], shardId: 1, size: 8, crc32c: 0xc1c2c3c4 },
    ],
    ['with an empty axis', '0801 1206 1200 12020803', { shape: [0, 3], size: 0, crc32c: 0 }],
    [
      'in parts',
      '0801 1208 12020805 1202080a 3a06 0a00 0a021001 3a08 0a00 0a0408011009',
      {
        shape: [5, 10],
        size: 0,
        crc32c: 0,
        slices: [
          [
            { start: 0, length: undefined },
            { start: 0, length: 1 },
          ],
          [
            { start: 0, length: undefined },
            { start: 1, length: 9 },
          ],
        ],
      },
    ],
  ])('%s', (_, code, facts) => {
    const entry = { ...PLAIN, ...facts };
    expect(decodeBundleEntry(cursorOn(bytesOf(code)))).toEqual(entry);
    expect(hex(encodeBundleEntry(entry))).toBe(code.replaceAll(' ', ''));
    const strange = `${UNKNOWN_FIELDS} ${code} ${UNKNOWN_FIELDS}`;
    expect(decodeBundleEntry(cursorOn(bytesOf(strange)))).toEqual(entry);
  });

  it('without a shape is a scalar, and names of axes are passed over', () => {
    expect(decodeBundleEntry(cursorOn(bytesOf('0801 2804'))).shape).toEqual([]);
    expect(decodeBundleEntry(cursorOn(bytesOf('1208 1206 1202 6162 0805'))).shape).toEqual([5]);
  });

  it('keeps negative numbers for the caller to refuse', () => {
    const entry = decodeBundleEntry(cursorOn(bytesOf('120d 120b 08 feffffffffffffffff01 20 f8ffffffffffffffff01')));
    expect(entry).toMatchObject({ shape: [-2], offset: -8 });
  });

  it('comes back', () => {
    const extent = fc.record({ start: fc.constant(0), length: fc.option(fc.maxSafeNat(), { nil: undefined }) });
    const entries: fc.Arbitrary<BundleEntry> = fc.record({
      dtype: fc.nat(33),
      shape: fc.array(fc.maxSafeNat(), { maxLength: 5 }),
      shardId: fc.nat(),
      offset: fc.maxSafeNat(),
      size: fc.maxSafeNat(),
      crc32c: fc.nat(2 ** 32 - 1),
      slices: fc.array(fc.array(extent, { maxLength: 3 }), { maxLength: 3 }),
    });
    fc.assert(
      fc.property(entries, (entry) => {
        expect(decodeBundleEntry(cursorOn(encodeBundleEntry(entry)))).toEqual(entry);
      }),
      { numRuns: 1000 },
    );
  });

  it('of any bytes is decoded or refused with a CkptError', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 30 }), (bytes) => {
        for (const decode of [decodeBundleEntry, decodeBundleHeader, decodeShape, decodeTensorSlice]) {
          try {
            decode(cursorOn(bytes));
          } catch (error) {
            expect(error).toBeInstanceOf(CkptError);
          }
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('that is cut off anywhere inside a field is refused', () => {
    const bytes = bytesOf('0801 1204 12020802 1801 2808 35 c4c3c2c1');
    const ends = [0, 2, 8, 10, 12, 17];
    for (let end = 0; end <= bytes.length; end++) {
      const decode = (): BundleEntry => decodeBundleEntry({ bytes, at: 0, end });
      if (ends.includes(end)) expect(decode, `${end}`).not.toThrow();
      else expect(decode, `${end}`).toThrow(CkptError);
    }
  });
});

describe('shapes and slices', () => {
  it('are written as TensorFlow writes them', () => {
    expect(hex(encodeShape([5, 0]))).toBe('120208051200');
    expect(
      hex(
        encodeTensorSlice([
          { start: 0, length: undefined },
          { start: 0, length: 1 },
        ]),
      ),
    ).toBe('0a000a021001');
    expect(new ByteWriter().bytes(encodeTensorSlice([])).length).toBe(0);
  });
});
