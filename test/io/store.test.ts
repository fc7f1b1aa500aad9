import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readBytes } from '../../src/bytes/source.ts';
import { NotACheckpointError, UnreadableError } from '../../src/errors.ts';
import { fetched, fileStore, Missing, type Origin, supply } from '../../src/io/store.ts';
import { isDirectory, namesIn, readText } from '../../src/io/stored.ts';
import { elementCount } from '../../src/tensor/shape.ts';
import { type AxisRange, StridedSource } from '../../src/tensor/strided-source.ts';
import { MemoryOrigin } from '../memory-origin.ts';
import { scratch } from '../scratch.ts';

const bytesOf = (length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => (i * 31 + (i >> 8)) & 0xff);

describe('the store of files', () => {
  it('lists, measures and opens', () => {
    const directory = scratch();
    mkdirSync(join(directory, 'sub'));
    writeFileSync(join(directory, 'b'), 'bytes');
    writeFileSync(join(directory, 'a'), '');
    const store = fileStore();
    expect(store.list(directory)).toEqual(['a', 'b', 'sub']);
    expect(store.list(join(directory, 'none'))).toEqual([]);
    expect(store.list(join(directory, 'b'))).toEqual([]);
    expect([join(directory, 'b'), join(directory, 'none'), directory].map(store.size)).toEqual([
      5,
      undefined,
      undefined,
    ]);
    expect(readText(store, join(directory, 'b'))).toBe('bytes');
    expect(() => store.open(join(directory, 'none'))).toThrow(NotACheckpointError);
    expect([directory, join(directory, 'b'), join(directory, 'none')].map((path) => isDirectory(store, path))).toEqual([
      true,
      false,
      false,
    ]);
  });
});

describe('a store of what an origin gives', () => {
  const files = new Map([
    ['small', bytesOf(1000)],
    ['large', bytesOf(1 << 20)],
    ['empty', new Uint8Array(0)],
  ]);

  it('says what is missing, and has it once that is loaded', async () => {
    const origin = new MemoryOrigin(files);
    const store = fetched(origin);
    const missing = (action: () => unknown): Missing => {
      try {
        action();
      } catch (error) {
        expect(error).toBeInstanceOf(Missing);
        return error as Missing;
      }
      throw new Error('nothing was missing');
    };
    await missing(() => store.size('small')).load();
    expect(store.size('small')).toBe(1000);
    const source = store.open('small');
    await missing(() => readBytes(source, 10, 20)).load();
    expect(readBytes(source, 10, 20)).toEqual(bytesOf(1000).slice(10, 30));
    expect(origin.reads).toEqual([{ path: 'small', offset: 0, length: 1000 }]);
  });

  it('has no file where the origin refuses its size, and says so when it is opened', async () => {
    const store = fetched(new MemoryOrigin(files));
    expect(await supply(() => store.size('none'))).toBeUndefined();
    await expect(supply(() => store.open('none'))).rejects.toThrow('none cannot be read: 404 none');
    const absent = fetched({ size: async () => undefined, read: async () => new Uint8Array(0) });
    await expect(supply(() => absent.open('none'))).rejects.toThrow(NotACheckpointError);
    expect(namesIn(absent, 'any')).toEqual([]);
  });

  it('asks for one range where neighbours are wanted, of several readers too', async () => {
    const origin = new MemoryOrigin(files);
    const store = fetched(origin);
    const read = (offset: number): Promise<Uint8Array> => supply(() => readBytes(store.open('large'), offset, 100));
    await supply(() => store.open('large'));
    const both = await Promise.all([read(500_000), read(600_000), read(500_050)]);
    expect(both.map((bytes) => bytes[0])).toEqual(
      [500_000, 600_000, 500_050].map((at) => (files.get('large') as Uint8Array)[at]),
    );
    expect(origin.reads).toEqual([{ path: 'large', offset: 500_000, length: 165_536 }]);
    await read(599_000);
    expect(origin.reads.length).toBe(1);
  });

  it('asks for far rows of a slice in one round', async () => {
    const origin = new MemoryOrigin(files, () => 1);
    const store = fetched(origin);
    const ranges = [
      { start: 0, step: 500, count: 3 },
      { start: 0, step: 1, count: 4 },
    ];
    let runs = 0;
    const bytes = await supply(() => {
      runs++;
      const slice = new StridedSource(store.open('large'), [1024, 1024], ranges, 1);
      return readBytes(slice, 0, slice.byteLength);
    });
    expect(bytes.length).toBe(12);
    expect(runs).toBe(3); // its size, its rows, the answer
    expect(origin.reads.map(({ length }) => length)).toEqual([65_536, 65_536, 65_536]);
  });

  it('refuses what is not what was asked for', async () => {
    const short: Origin = { size: async () => 100, read: async () => new Uint8Array(3) };
    const store = fetched(short);
    await expect(supply(() => readBytes(store.open('x'), 0, 10))).rejects.toThrow(
      'x: 100 bytes from 0 were asked for, and 3 came',
    );
    const failing: Origin = { size: async () => 100, read: () => Promise.reject(new Error('reset')) };
    const broken = fetched(failing);
    await expect(supply(() => readBytes(broken.open('x'), 0, 10))).rejects.toThrow(UnreadableError);
    const odd: Origin = { size: async () => -1, read: async () => new Uint8Array(0) };
    const senseless = fetched(odd);
    await expect(supply(() => senseless.open('x'))).rejects.toThrow(UnreadableError);
  });

  it('stops when it is told to', async () => {
    const store = fetched(new MemoryOrigin(files, () => 3));
    const stop = new AbortController();
    const reading = supply(() => readBytes(store.open('large'), 0, 10), stop.signal);
    stop.abort(new Error('enough'));
    await expect(reading).rejects.toThrow('enough');
    expect((await supply(() => readBytes(store.open('large'), 0, 10))).length).toBe(10);
  });

  it('reads any slice as memory does, whatever the latency', async () => {
    const axis = fc.record({ start: fc.nat(), step: fc.constantFrom(1, 2, 7, -1, -3), count: fc.nat() });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.integer({ min: 1, max: 90 }), axis), { minLength: 1, maxLength: 3 }),
        fc.infiniteStream(fc.nat(3)),
        async (axes, delays) => {
          const shape = axes.map(([size]) => size);
          const whole = bytesOf(elementCount(shape));
          const ranges = axes.map(([size, { start, step, count }]): AxisRange => {
            const from = start % size;
            const most = step > 0 ? Math.ceil((size - from) / step) : Math.floor(from / -step) + 1;
            return { start: from, step, count: count % (most + 1) };
          });
          const store = fetched(new MemoryOrigin(new Map([['x', whole]]), () => delays.next().value));
          const read = (source: {
            byteLength: number;
            readInto(target: Uint8Array, offset: number): void;
          }): Uint8Array => {
            const slice = new StridedSource(source, shape, ranges, 1);
            return readBytes(slice, 0, slice.byteLength);
          };
          const local = read({
            byteLength: whole.length,
            readInto: (target, at) => target.set(whole.subarray(at, at + target.length)),
          });
          expect(await supply(() => read(store.open('x')))).toEqual(local);
        },
      ),
      { numRuns: 100 },
    );
  });

  it('gives the same bytes to many readers at once', async () => {
    const large = files.get('large') as Uint8Array;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(large.length - 1), fc.nat(200_000)), { minLength: 1, maxLength: 12 }),
        fc.infiniteStream(fc.nat(4)),
        async (runs, delays) => {
          const origin = new MemoryOrigin(files, () => delays.next().value);
          const store = fetched(origin);
          const read = async ([offset, most]: readonly [number, number]): Promise<void> => {
            const length = Math.min(most, large.length - offset);
            const bytes = await supply(() => readBytes(store.open('large'), offset, length));
            expect(Buffer.compare(bytes, large.subarray(offset, offset + length))).toBe(0);
          };
          await Promise.all(runs.map(read));
        },
      ),
      { numRuns: 100 },
    );
  });
});
