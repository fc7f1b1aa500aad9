/** Swapping bytes: in place, and through a source at any offset and length. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SwappedSource, swapInPlace } from '../../src/bytes/byte-order.ts';
import { MemorySource, readBytes } from '../../src/bytes/source.ts';
import { CorruptError } from '../../src/errors.ts';

describe('swapping', () => {
  it('reverses each unit', () => {
    const bytes = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
    swapInPlace(bytes, 4);
    expect([...bytes]).toEqual([4, 3, 2, 1, 8, 7, 6, 5]);
    swapInPlace(bytes, 2);
    expect([...bytes]).toEqual([3, 4, 1, 2, 7, 8, 5, 6]);
  });

  it('reads any range of a source as a swap of the whole would give it', () => {
    fc.assert(
      fc.property(fc.constantFrom(2, 4, 8), fc.nat(9), fc.nat(), fc.nat(), (unit, units, a, b) => {
        const bytes = Uint8Array.from({ length: unit * units }, (_, i) => i);
        const swapped = bytes.slice();
        swapInPlace(swapped, unit);
        const [from, to] = [a, b].map((at) => at % (bytes.length + 1)).sort((x, y) => x - y) as [number, number];
        const source = new SwappedSource(new MemorySource(bytes), unit);
        expect([...readBytes(source, from, to - from)]).toEqual([...swapped.subarray(from, to)]);
        expect(() => readBytes(source, from, bytes.length + 1)).toThrow(CorruptError);
      }),
      { numRuns: 500 },
    );
  });
});
