/** CRC-32 by table and by zlib, and of joined pieces. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { crc32Combine, tableCrc32 } from '../../src/bytes/crc32.ts';
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
