/** Content in chunks, against the same content row by row; and what of it is kept in memory. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MemorySource, readBytes } from '../../../src/bytes/source.ts';
import { AddressSpace } from '../../../src/formats/hdf5/address-space.ts';
import { ChunkCache, type KeptChunks } from '../../../src/formats/hdf5/chunk-cache.ts';
import { ChunkedSource } from '../../../src/formats/hdf5/chunked-source.ts';

/** Places along some axes, the last one first. */
function* placesIn(sizes: readonly number[]): Generator<number[]> {
  const total = sizes.reduce((all, size) => all * size, 1);
  for (let at = 0; at < total; at++) {
    const place: number[] = [];
    let rest = at;
    for (const size of [...sizes].reverse()) {
      place.unshift(rest % size);
      rest = Math.floor(rest / size);
    }
    yield place;
  }
}

/** An array whose elements count up, in chunks that lie one behind the other; some were never written, and read as `fill`. */
function chunked(shape: number[], dimensions: number[], width: number, isMissing: (chunk: number) => boolean) {
  const grid = shape.map((size, axis) => Math.ceil(size / (dimensions[axis] as number)));
  const numberIn = (place: readonly number[], sizes: readonly number[]): number =>
    place.reduce((number, at, axis) => number * (sizes[axis] as number) + at, 0);
  const chunkBytes = dimensions.reduce((all, size) => all * size, width);
  const stored = new Uint8Array(grid.reduce((all, size) => all * size, chunkBytes));
  const expected: number[] = [];
  const fill = Uint8Array.from({ length: width }, (_, i) => 200 + i);
  for (const place of placesIn(shape)) {
    const chunk = numberIn(
      place.map((at, axis) => Math.floor(at / (dimensions[axis] as number))),
      grid,
    );
    const within = place.map((at, axis) => at % (dimensions[axis] as number));
    const element = Uint8Array.from({ length: width }, (_, i) => expected.length + i);
    stored.set(element, chunk * chunkBytes + numberIn(within, dimensions) * width);
    expected.push(...(isMissing(chunk) ? fill : element));
  }
  const index = (place: readonly number[]) => {
    const chunk = numberIn(place, grid);
    return isMissing(chunk) ? undefined : { address: chunk * chunkBytes, byteLength: chunkBytes, skipped: 0 };
  };
  const file = new AddressSpace(new MemorySource(stored), 0);
  const source = new ChunkedSource({ file, shape, dimensions, width, index, filters: [], hasPlainEdges: false, fill });
  return { source, expected: Uint8Array.from(expected) };
}

describe('content in chunks', () => {
  it('is the same as row by row, whatever the shape, the chunks, and the stretch that is asked for', () => {
    const axis = fc.tuple(fc.integer({ min: 1, max: 7 }), fc.integer({ min: 1, max: 8 }));
    const stretch = fc.tuple(fc.nat(), fc.nat());
    const axes = fc.array(axis, { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(axes, fc.constantFrom(1, 2, 8, 16), fc.nat(5), stretch, (sizes, width, missing, [a, b]) => {
        const [shape, dimensions] = [sizes.map(([size]) => size), sizes.map(([, size]) => size)];
        const { source, expected } = chunked(shape, dimensions, width, (chunk) => chunk % 4 === missing);
        const start = a % expected.length;
        const length = b % (expected.length - start + 1);
        expect(readBytes(source, start, length)).toEqual(expected.subarray(start, start + length));
        expect(readBytes(source, 0, expected.length)).toEqual(expected);
      }),
    );
  });

  it('is read where it lies in chunks that are plain and large', () => {
    const [chunkBytes, byteLength] = [9 << 20, 10 << 20];
    const stored = new Uint8Array(2 * chunkBytes);
    for (let at = 0; at < stored.length; at += 4093) stored[at] = at % 251;
    const shape = { shape: [byteLength], dimensions: [chunkBytes], width: 1, filters: [], hasPlainEdges: false };
    const file = new AddressSpace(new MemorySource(stored), 0);
    const held = ([at = 0]: readonly number[]) => ({ address: at * chunkBytes, byteLength: chunkBytes, skipped: 0 });
    const whole = new ChunkedSource({ ...shape, file, index: held, fill: undefined });
    expect(Buffer.compare(readBytes(whole, 9e6, 1e6), stored.subarray(9e6, 10e6))).toBe(0);
    const short = new ChunkedSource({
      ...shape,
      file,
      index: (place) => ({ ...held(place), byteLength: 7 }),
      fill: undefined,
    });
    expect(() => readBytes(short, 0, 1)).toThrow('a chunk has 7 bytes, and should have 9437184');
    const none = new ChunkedSource({ ...shape, file, index: () => undefined, fill: Uint8Array.of(5) });
    expect(readBytes(none, 3, 9)).toEqual(new Uint8Array(9).fill(5));
  });

  it('is kept up to a bound that all datasets of a file share, and what goes makes room for what comes', () => {
    const cache = new ChunkCache(1000);
    const [first, second]: KeptChunks[] = [new Map(), new Map()];
    const kept: Uint8Array[] = [];
    for (const [owner, number] of [
      [first, 0],
      [first, 1],
      [second, 0],
      [second, 1],
    ] as [KeptChunks, number][]) {
      const room = cache.room(300);
      cache.keep(owner, number, room);
      kept.push(room);
    }
    expect([first?.size, second?.size]).toEqual([0, 2]);
    expect(kept[2]).toBe(kept[0]);
    expect(cache.room(5000)).toHaveLength(5000);
    expect(second?.size).toBe(0);
  });
});
