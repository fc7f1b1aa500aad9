/** String tensors: TensorFlow's bytes, the way there and back, and lengths that lie. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { maskCrc } from '../../src/bytes/crc32c.ts';
import { MemorySource, readBytes } from '../../src/bytes/source.ts';
import { encodeText } from '../../src/bytes/text.ts';
import { ChecksumError, CkptError, CorruptError, MismatchError } from '../../src/errors.ts';
import { storedChecksum } from '../../src/tensor/checksum.ts';
import { dtypeOf } from '../../src/tensor/dtype.ts';
import { encodeStrings, LittleEndianStrings, readStrings, walkStrings } from '../../src/tensor/strings.ts';
import { tensorOfBytes, tensorOfStrings } from '../../src/tensor/tensor.ts';

const STRING = dtypeOf('string');
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const sourceOf = (code: string): MemorySource => new MemorySource(Uint8Array.from(Buffer.from(code, 'hex')));

describe('the stored form', () => {
  it.each([
    [['hello'], '05d9c69c4368656c6c6f', 0x29c0e0ec],
    [['hello', ''], '0500eab2043e68656c6c6f', 0x77c7475d],
    [['hi', 'yo'], '0202462d0e796869796f', 0x84e267eb],
    [[], 'd8ea82a2', 0x640cc1f6],
  ])('of %j is TensorFlow’s', (elements, code, checksum) => {
    expect(hex(encodeStrings(elements.map(encodeText)))).toBe(code);
    expect(readStrings(sourceOf(code), elements.length).map((e) => Buffer.from(e).toString())).toEqual(elements);
    expect(maskCrc(storedChecksum(STRING, sourceOf(code), elements.length))).toBe(checksum);
  });

  it('comes back', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 40 }), (elements) => {
        const source = new MemorySource(encodeStrings(elements));
        expect(readStrings(source, elements.length).map(hex)).toEqual(elements.map(hex));
      }),
    );
  });

  it('may be followed by bytes that mean nothing, and may be absent where there are no elements', () => {
    expect(readStrings(sourceOf('0202462d0e796869796f77777777'), 2).map(hex)).toEqual(['6869', '796f']);
    expect(readStrings(sourceOf(''), 0)).toEqual([]);
    expect(storedChecksum(STRING, sourceOf(''), 0)).toBe(0);
  });

  it('is the same in a big-endian bundle but for one word', () => {
    const big = sourceOf('0202dccd253a6869796f');
    expect(maskCrc(storedChecksum(STRING, big, 2, 'big'))).toBe(0x779c853a);
    const little = new LittleEndianStrings(big, 2);
    expect(hex(readBytes(little, 0, little.byteLength))).toBe('0202462d0e796869796f');
    for (let at = 0; at < 10; at++)
      expect(hex(readBytes(little, at, 1))).toBe('0202462d0e796869796f'.slice(2 * at, 2 * at + 2));
  });
});

describe('lengths that lie', () => {
  it.each([
    ['one element in no bytes', '', 1],
    ['more elements than bytes', '0202462d0e796869796f', 11],
    ['more lengths than there are', '0202462d0e796869796f', 3],
    ['a length past the end', '7f02462d0e796869796f', 2],
    ['a length of 2^62', 'ffffffffffffffff3f02462d0e79', 2],
    ['a negative length', 'ffffffffffffffffff01462d0e79', 1],
    ['no room for the checksum', '0202462d', 2],
  ])('%s', (_, code, count) => {
    expect(() => walkStrings(sourceOf(code), count)).toThrow(CorruptError);
    expect(() => readStrings(sourceOf(code), count)).toThrow(CorruptError);
  });

  it('that fit are found by their checksum', () => {
    expect(() => readStrings(sourceOf('0103462d0e796869796f'), 2)).toThrow(ChecksumError);
    expect(() => readStrings(sourceOf('0202462d0e786869796f'), 2)).toThrow(ChecksumError);
    expect(() => storedChecksum(STRING, sourceOf('0202462d0e786869796f'), 2)).toThrow(ChecksumError);
  });

  it('never lead further than a CkptError', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 30 }), fc.oneof(fc.nat(40), fc.maxSafeNat()), (bytes, count) => {
        try {
          readStrings(new MemorySource(bytes), count);
        } catch (error) {
          expect(error).toBeInstanceOf(CkptError);
        }
      }),
      { numRuns: 1000 },
    );
  });
});

describe('a tensor in memory', () => {
  it('must fill its shape', () => {
    expect(tensorOfStrings(STRING, [2], [encodeText('a'), encodeText('b')]).byteLength).toBe(8);
    expect(() => tensorOfStrings(STRING, [3], [encodeText('a')])).toThrow(MismatchError);
    expect(() => tensorOfBytes(dtypeOf('int16'), [2, 2], new Uint8Array(7))).toThrow(MismatchError);
  });
});
