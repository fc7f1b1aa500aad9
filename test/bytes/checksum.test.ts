/** The checksum of bytes wherever they lie: the table at first, the fast engine once enough has come by. */
import { describe, expect, it } from 'vitest';
import { checksumBytes, checksumRange } from '../../src/bytes/checksum.ts';
import { MemorySource } from '../../src/bytes/source.ts';
import { oracle, randomBytes } from './crc32c-oracle.ts';

describe('the checksum of a source', () => {
  it('is that of its bytes, before the fast engine starts and after, in pieces and at any offset', () => {
    const bytes = randomBytes(3_500_000, 9);
    const source = new MemorySource(bytes);
    for (const [offset, length] of [
      [0, 0],
      [5, 100],
      [7, 5000],
      [1, 3_400_001],
      [0, 2_100_000],
      [9, 40],
      [3, 70_000],
    ] as const) {
      const expected = oracle(bytes.subarray(offset, offset + length), 0x1234);
      expect(checksumRange(source, offset, length, 0x1234), `${offset}+${length}`).toBe(expected);
      expect(checksumBytes(bytes.subarray(offset, offset + length), 0x1234), `${offset}+${length}`).toBe(expected);
    }
  });
});
