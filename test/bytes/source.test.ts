/** Sources: bounds that hold, regions of regions, chunks that add up to the whole. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chunksOf, MemorySink, MemorySource, RegionSource, readBytes } from '../../src/bytes/source.ts';
import { CorruptError } from '../../src/errors.ts';

const ten = new MemorySource(Uint8Array.from({ length: 10 }, (_, i) => i));

describe('a source', () => {
  it('gives what was asked for or throws, never less', () => {
    expect([...readBytes(ten, 3, 4)]).toEqual([3, 4, 5, 6]);
    expect(readBytes(ten, 10, 0).length).toBe(0);
    for (const [offset, length] of [
      [-1, 2],
      [8, 3],
      [11, 0],
      [0, 11],
    ] as const) {
      expect(() => readBytes(ten, offset, length), `${offset}+${length}`).toThrow(CorruptError);
    }
  });

  it('has regions, which have regions, which keep their bounds', () => {
    const region = new RegionSource(new RegionSource(ten, 2, 6), 1, 4);
    expect([...readBytes(region, 0, 4)]).toEqual([3, 4, 5, 6]);
    expect(() => readBytes(region, 2, 3)).toThrow(CorruptError);
    expect(() => new RegionSource(ten, 8, 3)).toThrow(CorruptError);
    expect(() => new RegionSource(ten, -1, 1)).toThrow(CorruptError);
  });

  it('comes in chunks that add up to the whole', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 50 }), fc.integer({ min: 1, max: 20 }), (bytes, size) => {
        const sink = new MemorySink();
        for (const chunk of chunksOf(new MemorySource(bytes), size)) {
          expect(chunk.length).toBeLessThanOrEqual(size);
          sink.write(chunk);
        }
        expect(sink.byteLength).toBe(bytes.length);
        expect([...sink.toBytes()]).toEqual([...bytes]);
      }),
    );
  });
});
