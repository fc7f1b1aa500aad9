/** Strings decoded block by block, against the same content made at once. */

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { MemorySource, readBytes } from '../../src/bytes/source.ts';
import { endBeforeZeros, withoutZeros } from '../../src/bytes/without-zeros.ts';
import { BlockStrings, fixedWidthStrings, type VisitElement } from '../../src/tensor/block-strings.ts';
import { encodeStrings } from '../../src/tensor/strings.ts';

it('are the content that their elements make, from wherever it is read', () => {
  const element = fc.oneof(fc.uint8Array({ maxLength: 5 }), fc.uint8Array({ minLength: 120, maxLength: 140 }));
  const elements = fc.array(element, { maxLength: 20 });
  fc.assert(
    fc.property(elements, fc.integer({ min: 1, max: 7 }), fc.nat(), fc.nat(), (strings, perBlock, a, b) => {
      const source = new BlockStrings(strings.length, perBlock, (first, count, visit) => {
        for (const text of strings.slice(first, first + count)) visit(text, 0, text.length);
      });
      const expected = encodeStrings(strings);
      const start = a % (expected.length + 1);
      const length = b % (expected.length - start + 1);
      expect(source.byteLength).toBe(expected.length);
      expect(readBytes(source, start, length)).toEqual(expected.slice(start, start + length));
      expect(readBytes(source, 0, expected.length)).toEqual(expected);
    }),
  );
});

const decode = (bytes: Uint8Array, start: number, end: number, visit: VisitElement): void =>
  visit(bytes, start, endBeforeZeros(bytes, start, end));

it('of a fixed width lose the zeros behind them, many blocks of them too', () => {
  const strings = Array.from({ length: 9000 }, (_, i) => new TextEncoder().encode(`${i}\0x`.slice(0, i % 7)));
  const bytes = new Uint8Array(strings.length * 8);
  for (const [i, text] of strings.entries()) bytes.set(text, i * 8);
  const source = fixedWidthStrings(new MemorySource(bytes), 8, strings.length, decode);
  expect(readBytes(source, 0, source.byteLength)).toEqual(encodeStrings(strings.map(withoutZeros)));
});

it('that claim to be more than anybody waits for are refused', () => {
  const nothing = new MemorySource(new Uint8Array(0));
  expect(() => fixedWidthStrings(nothing, 0, 1e11, decode)).toThrow(
    '100000000000 strings of 0 bytes are more than is read at once',
  );
  expect(() => fixedWidthStrings(nothing, 2 ** 40, 0, decode)).toThrow('more than is read at once');
  expect(fixedWidthStrings(nothing, 0, 3, decode).byteLength).toBe(7);
});
