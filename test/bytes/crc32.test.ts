/** CRC-32 by table and by zlib, and of joined pieces. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { crc32Combine, tableCrc32 } from '../../src/bytes/crc32.ts';
import { rangeCrc32 } from '../../src/bytes/crc32-engine.ts';
import { createChecksumBuffer } from '../../src/bytes/crc32c-engine.ts';
import { crc32 } from '../../src/io/crc32.ts';

it('is the checksum of zip', () => {
  expect(tableCrc32(Buffer.from('123456789'))).toBe(0xcbf43926);
  expect(crc32(Buffer.from('123456789'))).toBe(0xcbf43926);
});

it('goes on from a seed, and joins pieces', () => {
  fc.assert(
    fc.property(fc.uint8Array(), fc.uint8Array(), (a, b) => {
      const whole = crc32(Buffer.concat([a, b]));
      expect(tableCrc32(b, tableCrc32(a))).toBe(whole);
      expect(crc32Combine(tableCrc32(a), tableCrc32(b), b.length)).toBe(whole);
    }),
  );
  const zeros = new Uint8Array(1 << 24);
  let crc = crc32(Buffer.from('x'));
  for (let i = 0; i < 4; i++) crc = crc32(zeros, crc);
  let combined = crc32(zeros);
  for (let i = 0; i < 2; i++) combined = crc32Combine(combined, combined, zeros.length * 2 ** i);
  expect(crc32Combine(crc32(Buffer.from('x')), combined, zeros.length * 4)).toBe(crc);
});

it.each([
  ['in WebAssembly', {}],
  ['by the slow way', { simd: false }],
])('is the same of ranges of a buffer, %s, beside the other checksum', (_, options) => {
  const engine = createChecksumBuffer(40_000, options);
  const sum = rangeCrc32(engine, tableCrc32);
  for (let i = 0; i < engine.buffer.length; i++) engine.buffer[i] = Math.imul(i, 2654435761) >>> 13;
  const whole = engine.crc32c(0, 40_000);
  fc.assert(
    fc.property(fc.nat(40_000), fc.nat(40_000), fc.constantFrom(0, 0xcbf43926), (a, b, seed) => {
      const [from, length] = [Math.min(a, b), Math.abs(a - b)];
      expect(sum(from, length, seed)).toBe(tableCrc32(engine.buffer.subarray(from, from + length), seed));
    }),
    { examples: [0, 1, 15, 16, 4799, 4800, 9599, 9600, 9601, 17_792, 40_000].map((length) => [0, length, 7]) },
  );
  expect(engine.crc32c(0, 40_000)).toBe(whole);
  expect(sum(0, 40_000, 0)).toBe(tableCrc32(engine.buffer));
});
