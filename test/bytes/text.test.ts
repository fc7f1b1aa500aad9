/** Names as bytes and text: every byte string has a text of its own, and the order of texts is the order of their bytes. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  compareBytes,
  compareText,
  decodeText,
  encodeText,
  survivesEncoding,
  textPieces,
} from '../../src/bytes/text.ts';

const someBytes = fc.oneof(
  fc.uint8Array({ maxLength: 20 }),
  fc.string({ unit: 'binary', maxLength: 8 }).map((text) => new TextEncoder().encode(text)),
  fc
    .array(fc.constantFrom(0x00, 0x41, 0xc3, 0xa9, 0xe2, 0x82, 0xac, 0xed, 0xa0, 0x80, 0xf0, 0x9f, 0x98, 0x80, 0xff))
    .map((list) => Uint8Array.from(list)),
);

describe('decodeText', () => {
  it.each([
    ['ASCII', [0x61, 0x2f, 0x62], 'a/b'],
    ['accents and emoji', [0xc3, 0xa9, 0xf0, 0x9f, 0x98, 0x80], 'é😀'],
    ['a byte order mark', [0xef, 0xbb, 0xbf, 0x61], '\ufeffa'],
    ['a replacement character that stands there', [0xef, 0xbf, 0xbd], '\ufffd'],
    ['a byte that is no text', [0x61, 0xff, 0x62], 'a\udcffb'],
    ['a sequence that is cut off', [0xe2, 0x82], '\udce2\udc82'],
    ['an encoded surrogate', [0xed, 0xa0, 0x80], '\udced\udca0\udc80'],
    ['an overlong slash', [0xc0, 0xaf], '\udcc0\udcaf'],
  ])('%s', (_, bytes, text) => {
    expect(decodeText(Uint8Array.from(bytes))).toBe(text);
  });

  it('gives every byte string a text that encodes to it', () => {
    fc.assert(
      fc.property(someBytes, fc.nat(3), fc.nat(3), (bytes, before, after) => {
        const framed = Uint8Array.from([...Array(before).fill(0xe2), ...bytes, ...Array(after).fill(0x80)]);
        const text = decodeText(framed, before, before + bytes.length);
        expect([...encodeText(text)]).toEqual([...bytes]);
        expect(survivesEncoding(text)).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  it('knows texts that have no bytes of their own', () => {
    for (const text of ['\ud800', 'a\udbff', '\udc00', '\udcc3\udca9']) expect(survivesEncoding(text)).toBe(false);
    for (const text of ['', 'a', '😀', '\udcff']) expect(survivesEncoding(text)).toBe(true);
  });
});

describe('order', () => {
  it('of texts is that of their bytes', () => {
    fc.assert(
      fc.property(someBytes, someBytes, (a, b) => {
        const byBytes = Math.sign(Buffer.compare(a, b));
        expect(Math.sign(compareBytes(a, b))).toBe(byBytes);
        expect(Math.sign(compareText(decodeText(a), decodeText(b)))).toBe(byBytes);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('text in pieces', () => {
  const parts = fc.oneof(
    fc
      .tuple(fc.constantFrom('é', '€', '😀', 'a'), fc.integer({ min: 1, max: 40_000 }))
      .map(([text, n]) => text.repeat(n)),
    fc.constantFrom(0x80, 0xe2, 0xf0, 0xff).map((byte) => Uint8Array.of(byte)),
    fc
      .tuple(fc.constantFrom(0x80, 0xbf, 0xf0), fc.integer({ min: 1, max: 40_000 }))
      .map(([byte, n]) => new Uint8Array(n).fill(byte)),
  );
  it('is the text of the whole, wherever it is cut', () => {
    fc.assert(
      fc.property(fc.array(parts, { maxLength: 6 }), (all) => {
        const bytes = Buffer.concat(all.map((part) => Buffer.from(part as string)));
        const pieces = [...textPieces(bytes)];
        expect(pieces.join('') === decodeText(bytes)).toBe(true);
        for (const piece of pieces) expect(piece.length).toBeLessThanOrEqual(1 << 15);
      }),
      { numRuns: 60 },
    );
  });
});

it('halves of pairs that stand for no byte are what an encoder makes of them, whatever is beside them', () => {
  const encoder = new TextEncoder();
  for (const text of [
    '\ud800',
    'a\ud800b',
    '\udfff',
    '\ud83d\ude00\udc80',
    '\ud800\ud83d\ude00',
    'é\ud800漢',
    '\ud800\udc80',
  ]) {
    const expected = [...text].flatMap((character) => {
      const unit = character.length === 1 ? character.charCodeAt(0) : 0;
      return unit >= 0xdc80 && unit <= 0xdcff ? [unit - 0xdc00] : [...encoder.encode(character)];
    });
    expect([...encodeText(text)]).toEqual(expected);
  }
});
