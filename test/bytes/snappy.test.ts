/** Snappy blocks: each kind of element by hand, generated ones, and blocks that lie. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteWriter } from '../../src/bytes/byte-writer.ts';
import { decodeSnappy } from '../../src/bytes/snappy.ts';
import { CorruptError } from '../../src/errors.ts';

const text = (bytes: Uint8Array): string => new TextDecoder('latin1').decode(bytes);
const ascii = (string: string): number[] => [...new TextEncoder().encode(string)];

type Element = { readonly literal: Uint8Array } | { readonly offset: number; readonly length: number };

/** A block of the elements given and the bytes that it stands for; a copy's offset is taken modulo what is there. */
function blockOf(elements: readonly Element[]): { compressed: Uint8Array; plain: number[] } {
  const writer = new ByteWriter();
  const plain: number[] = [];
  for (const element of elements) {
    if ('literal' in element) {
      const { literal } = element;
      if (literal.length === 0) continue;
      const length = literal.length - 1;
      if (length < 60) writer.byte(length << 2);
      else
        writer
          .byte(61 << 2)
          .byte(length & 0xff)
          .byte(length >>> 8);
      writer.bytes(literal);
      plain.push(...literal);
      continue;
    }
    if (plain.length === 0) continue;
    const offset = 1 + (element.offset % plain.length);
    const length = 1 + (element.length % 64);
    if (length >= 4 && length <= 11 && offset < 2048) {
      writer.byte(((offset >>> 8) << 5) | ((length - 4) << 2) | 1).byte(offset & 0xff);
    } else if (element.offset % 2 === 0) {
      writer
        .byte(((length - 1) << 2) | 2)
        .byte(offset & 0xff)
        .byte(offset >>> 8);
    } else writer.byte(((length - 1) << 2) | 3).uint32(offset);
    for (let i = 0; i < length; i++) plain.push(plain[plain.length - offset] as number);
  }
  const compressed = new ByteWriter().varint(plain.length).bytes(writer.view()).toBytes();
  return { compressed, plain };
}

describe('decodeSnappy', () => {
  it.each([
    ['nothing', [0], ''],
    ['a literal', [3, 2 << 2, ...ascii('abc')], 'abc'],
    ['a literal with a length byte', [61, 60 << 2, 60, ...ascii('x'.repeat(61))], 'x'.repeat(61)],
    ['a short copy that overlaps itself', [10, 0, ...ascii('a'), ((9 - 4) << 2) | 1, 1], 'a'.repeat(10)],
    ['a copy with a two-byte offset', [8, 3 << 2, ...ascii('wxyz'), (3 << 2) | 2, 4, 0], 'wxyzwxyz'],
    ['a copy with a four-byte offset', [4, 1 << 2, ...ascii('no'), (1 << 2) | 3, 2, 0, 0, 0], 'nono'],
  ])('%s', (_, bytes, plain) => {
    expect(text(decodeSnappy(Uint8Array.from(bytes)))).toBe(plain);
  });

  it.each([
    ['no length', [], /end/],
    ['4 GiB in seven bytes', [0xff, 0xff, 0xff, 0xff, 0x0f, 0x00, 0x61], /claims/],
    ['a copy before the beginning', [4, (3 << 2) | 2, 1, 0], /reaches back/],
    ['a copy with offset 0', [5, 0, 0x61, (3 << 2) | 2, 0, 0], /reaches back/],
    ['a literal that is cut off', [5, 4 << 2, 0x61], /cut off/],
    ['a copy that is cut off', [5, 0, 0x61, (3 << 2) | 2, 1], /cut off/],
    ['more than it claims', [1, 1 << 2, 0x61, 0x62], /more/],
    ['less than it claims', [3, 1 << 2, 0x61, 0x62], /gives 2/],
  ])('refuses %s', (_, bytes, message) => {
    expect(() => decodeSnappy(Uint8Array.from(bytes))).toThrow(CorruptError);
    expect(() => decodeSnappy(Uint8Array.from(bytes))).toThrow(message);
  });

  it('takes the most that three bytes can stand for', () => {
    const copies = Array.from({ length: 1000 }, () => [(63 << 2) | 2, 1, 0]).flat();
    const block = new ByteWriter()
      .varint(64_001)
      .bytes(Uint8Array.from([0, 0x61, ...copies]))
      .toBytes();
    expect(decodeSnappy(block).length).toBe(64_001);
  });

  it('decodes any block of literals and copies', () => {
    const element: fc.Arbitrary<Element> = fc.oneof(
      fc.uint8Array({ maxLength: 90 }).map((literal) => ({ literal })),
      fc.record({ offset: fc.nat(5000), length: fc.nat(63) }),
    );
    fc.assert(
      fc.property(fc.array(element, { maxLength: 30 }), (elements) => {
        const { compressed, plain } = blockOf(elements);
        expect([...decodeSnappy(compressed)]).toEqual(plain);
      }),
      { numRuns: 300 },
    );
  });

  it('answers any bytes with plain bytes or a CorruptError', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        try {
          expect(decodeSnappy(bytes).length).toBeLessThanOrEqual(bytes.length * 22);
        } catch (error) {
          expect(error).toBeInstanceOf(CorruptError);
        }
      }),
      { numRuns: 1000 },
    );
  });
});
