/** Elements narrower than a byte, packed and unpacked, against bits picked one by one. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { PackedSource, UnpackedSource } from '../../src/bytes/packed-bits.ts';
import { MemorySource, readBytes } from '../../src/bytes/source.ts';

const bitsOf = (bytes: Uint8Array, width: number): number[] =>
  [...bytes].flatMap((byte) => Array.from({ length: width }, (_, bit) => (byte >> bit) & 1));

it('packs and unpacks any stretch', () => {
  fc.assert(
    fc.property(fc.constantFrom(4, 6), fc.uint8Array({ maxLength: 60 }), fc.nat(), fc.nat(), (bits, codes, a, b) => {
      const packed = new PackedSource(new MemorySource(codes), bits);
      const whole = readBytes(packed, 0, packed.byteLength);
      expect(bitsOf(whole, 8).slice(0, codes.length * bits)).toEqual(bitsOf(codes, bits));
      const [start, end] = [a % (packed.byteLength + 1), b % (packed.byteLength + 1)].sort((x, y) => x - y);
      expect(readBytes(packed, start as number, (end as number) - (start as number))).toEqual(whole.slice(start, end));
      const unpacked = new UnpackedSource(new MemorySource(whole), bits, codes.length);
      const clean = codes.map((code) => code & ((1 << bits) - 1));
      const [from, to] = [a % (codes.length + 1), b % (codes.length + 1)].sort((x, y) => x - y);
      expect(readBytes(unpacked, from as number, (to as number) - (from as number))).toEqual(clean.slice(from, to));
    }),
  );
});

it('packs what is longer than a chunk', () => {
  const codes = Uint8Array.from({ length: 3_000_001 }, (_, i) => (i * 7) & 63);
  const packed = new PackedSource(new MemorySource(codes), 6);
  const unpacked = new UnpackedSource(new MemorySource(readBytes(packed, 0, packed.byteLength)), 6, codes.length);
  expect(Buffer.compare(readBytes(unpacked, 0, codes.length), codes)).toBe(0);
});
