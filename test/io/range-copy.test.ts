/** Many ranges of files, summed and copied: neighbours, gaps, overlaps, long ones, and files that are not what they should be. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { crc32c } from '../../src/bytes/crc32c.ts';
import { sumRanges } from '../../src/io/overlapping-ranges.ts';
import { copyRanges } from '../../src/io/range-copy.ts';
import { NO_CHECKSUM, NO_FILE, RangeTable } from '../../src/io/range-table.ts';
import { randomBytes } from '../bytes/crc32c-oracle.ts';
import { scratch } from '../scratch.ts';

interface Range {
  readonly file: number;
  readonly offset: number;
  readonly length: number;
  /** Where it goes in the one file that is written. */
  readonly place?: number;
}

/** A table of ranges, and its rows in order. */
function tableOf(paths: readonly string[], ranges: readonly Range[]): [RangeTable, number[]] {
  const table = new RangeTable();
  table.paths.push(...paths);
  for (const { file, offset, length, place } of ranges) {
    table.file.push(file);
    table.offset.push(offset);
    table.length.push(length);
    table.crc32c.push(NO_CHECKSUM);
    table.target.push(place === undefined ? NO_FILE : 0);
    table.place.push(place ?? 0);
  }
  return [table, ranges.map((_, row) => row)];
}

describe('ranges that overlap', () => {
  it('are read once; those of a file that is gone fail, no others', async () => {
    const bytes = randomBytes(60_000, 3);
    const path = join(scratch(), 'f');
    writeFileSync(path, bytes);
    const stairs = [...Array(300).keys()].map((i): Range => ({ file: 0, offset: i, length: 60_000 - 2 * i }));
    const done: number[] = [];
    const gone = { file: 1, offset: 0, length: 10 };
    const [table, rows] = tableOf([path, `${path}-gone`], [...stairs, gone, { ...gone, offset: 5 }]);
    const sums = await sumRanges(table, rows, { onProgress: (bytesDone) => done.push(bytesDone) });
    expect([...sums.crc32c].slice(0, 300)).toEqual(
      stairs.map(({ offset, length }) => crc32c(bytes.subarray(offset, offset + length))),
    );
    expect([...sums.failed].map((failed) => failed === 0)).toEqual(rows.map((row) => row < 300));
    expect(Math.max(...done)).toBeLessThanOrEqual(65_536);
  });
});

describe('ranges', () => {
  const directory = scratch();
  const contents = [randomBytes(300_000, 1), randomBytes(5000, 2), new Uint8Array(0)];
  const paths = contents.map((bytes, i) => {
    const path = join(directory, `${i}`);
    writeFileSync(path, bytes);
    return path;
  });

  it('are those of the bytes, whatever the ranges', async () => {
    const range = fc.nat(1).chain((file) => {
      const size = (contents[file] as Uint8Array).length;
      return fc.nat(size).chain((offset) => fc.nat(size - offset).map((length): Range => ({ file, offset, length })));
    });
    await fc.assert(
      fc.asyncProperty(fc.array(range, { maxLength: 40 }), async (unsorted) => {
        const ranges = unsorted.sort((a, b) => a.file - b.file || a.offset - b.offset);
        const sums = await copyRanges(...tableOf(paths, ranges));
        const once = await sumRanges(...tableOf(paths, ranges));
        const expected = ranges.map(({ file, offset, length }) =>
          crc32c((contents[file] as Uint8Array).subarray(offset, offset + length)),
        );
        expect([...sums.crc32c]).toEqual(expected);
        expect([...once.crc32c]).toEqual(expected);
        for (const { failed } of [sums, once]) expect(failed.every((one) => one === 0)).toBe(true);
      }),
      { numRuns: 25 },
    );
  });

  it('joins the pieces of a range that is longer than a unit of work', async () => {
    const path = join(directory, 'long');
    const bytes = randomBytes(1 << 20, 3);
    const long = new Uint8Array(40 << 20);
    for (let at = 0; at < long.length; at += bytes.length) long.set(bytes, at);
    writeFileSync(path, long);
    const seen: number[] = [];
    const [table, rows] = tableOf([path], [{ file: 0, offset: 5, length: long.length - 5 }]);
    const sums = await copyRanges(table, rows, { onProgress: (done) => seen.push(done) });
    expect(sums.crc32c[0]).toBe(crc32c(long.subarray(5)));
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
  });

  it.each([
    ['one thread', Number.POSITIVE_INFINITY],
    ['two threads', 0],
  ])('are copied to their places by %s, and summed on the way', async (_, threadBytes) => {
    const size = 18 << 20;
    const source = join(directory, 'source');
    const target = join(directory, `target-${threadBytes}`);
    const bytes = new Uint8Array(size).map((_, i) => (i * 31) ^ (i >>> 8));
    writeFileSync(source, bytes);
    writeFileSync(target, '');
    const half = (size >>> 1) + 3;
    const ranges = [
      { file: 0, offset: 0, length: half, place: size - half },
      { file: 0, offset: half, length: size - half, place: 0 },
    ];
    const sums = await copyRanges(...tableOf([source], ranges), { targets: [target], threadBytes });
    expect([...sums.crc32c]).toEqual([crc32c(bytes.subarray(0, half)), crc32c(bytes.subarray(half))]);
    expect([...sums.failed]).toEqual([0, 0]);
    expect(Buffer.compare(readFileSync(target), Buffer.concat([bytes.subarray(half), bytes.subarray(0, half)]))).toBe(
      0,
    );
  });

  it('marks the ranges that cannot be read, and only these', async () => {
    const all = [...paths, join(directory, 'missing')];
    const ranges = [
      { file: 0, offset: 0, length: 10 },
      { file: 1, offset: 4990, length: 10 },
      { file: 1, offset: 4995, length: 10 },
      { file: 2, offset: 0, length: 1 },
      { file: 3, offset: 0, length: 4 },
    ];
    const sums = await copyRanges(...tableOf(all, ranges));
    expect([...sums.failed]).toEqual([0, 0, 1, 1, 1]);
  });

  it('takes no ranges at all', async () => {
    expect((await copyRanges(...tableOf([], []))).crc32c.length).toBe(0);
  });
});
