/** What the checksum of a tensor is, by dtype: numbers, strings and variants, in both byte orders. */
import { describe, expect, it } from 'vitest';
import { crc32c, maskCrc } from '../../src/bytes/crc32c.ts';
import { MemorySource } from '../../src/bytes/source.ts';
import { ChecksumError, CkptError } from '../../src/errors.ts';
import { storedChecksum } from '../../src/tensor/checksum.ts';
import { dtypeOf } from '../../src/tensor/dtype.ts';

const VARIANT = dtypeOf('variant');

/** The stored form of variants, from its definition. */
function variants(little: boolean, ...elements: string[]): { bytes: Uint8Array; crc: number } {
  const parts: Buffer[] = [];
  let crc = 0;
  for (const element of elements) {
    const body = Buffer.from(element, 'hex');
    const length = Buffer.alloc(8);
    if (little) length.writeBigUInt64LE(BigInt(body.length));
    else length.writeBigUInt64BE(BigInt(body.length));
    crc = crc32c(body, crc32c(length, crc));
    const word = Buffer.alloc(4);
    if (little) word.writeUInt32LE(maskCrc(crc));
    else word.writeUInt32BE(maskCrc(crc));
    crc = crc32c(word, crc);
    parts.push(Buffer.of(body.length), body, word);
  }
  return { bytes: Buffer.concat(parts), crc };
}

/** A TensorList of two float vectors, as TensorFlow stores it; its metadata holds a varint of ten bytes. */
const LIST =
  '0a1674656e736f72666c6f773a3a54656e736f724c697374' +
  '12100001ffffffffffffffffff0112020802' +
  '1a120801120412020802220800';

describe('the stored checksum', () => {
  it('of numbers is that of their bytes', () => {
    const halves = Uint8Array.of(0, 0, 0, 0x3f);
    expect(storedChecksum(dtypeOf('float32'), new MemorySource(halves), 1)).toBe(0x26973e52);
    expect(storedChecksum(dtypeOf('float32'), new MemorySource(new Uint8Array(0)), 0)).toBe(0);
  });

  it.each([true, false])('of variants runs through all of them (little-endian: %s)', (little) => {
    const { bytes, crc } = variants(little, LIST, '', '00ff');
    expect(storedChecksum(VARIANT, new MemorySource(bytes), 3, little ? 'little' : 'big')).toBe(crc);
  });

  it('of a damaged variant is refused at the element', () => {
    const { bytes } = variants(true, LIST, '0102');
    const last = bytes.length - 5;
    const changed = bytes.map((byte, i) => (i === last ? byte ^ 1 : byte));
    expect(() => storedChecksum(VARIANT, new MemorySource(changed), 2)).toThrow(ChecksumError);
    expect(() => storedChecksum(VARIANT, new MemorySource(changed), 2)).toThrow(/variant 1/);
  });

  it('of variants that are cut off is refused', () => {
    const { bytes } = variants(true, LIST);
    for (let length = 0; length < bytes.length; length++) {
      expect(() => storedChecksum(VARIANT, new MemorySource(bytes.subarray(0, length)), 1)).toThrow(CkptError);
    }
  });
});
