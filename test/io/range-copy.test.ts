/** Many runs of files, summed and copied: neighbours, gaps, overlaps, long ones, and files that are not what they should be. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { crc32c } from '../../src/bytes/crc32c.ts';
import { type ByteRanges, copyRanges } from '../../src/io/range-copy.ts';
import { randomBytes } from '../bytes/crc32c-oracle.ts';
import { scratch } from '../scratch.ts';

interface Run {
  readonly file: number;
  readonly offset: number;
  readonly length: number;
}

const columns = (paths: readonly string[], runs: readonly Run[]): ByteRanges => ({
  paths,
  file: runs.map(({ file }) => file),
  offset: runs.map(({ offset }) => offset),
  length: runs.map(({ length }) => length),
});

describe('runs', () => {
  const directory = scratch();
  const contents = [randomBytes(300_000, 1), randomBytes(5000, 2), new Uint8Array(0)];
  const paths = contents.map((bytes, i) => {
    const path = join(directory, `${i}`);
    writeFileSync(path, bytes);
    return path;
  });

  it('are those of the bytes, whatever the runs', async () => {
    const run = fc.nat(1).chain((file) => {
      const size = (contents[file] as Uint8Array).length;
      return fc.nat(size).chain((offset) => fc.nat(size - offset).map((length): Run => ({ file, offset, length })));
    });
    await fc.assert(
      fc.asyncProperty(fc.array(run, { maxLength: 40 }), async (unsorted) => {
        const runs = unsorted.sort((a, b) => a.file - b.file || a.offset - b.offset);
        const sums = await copyRanges(columns(paths, runs));
        const expected = runs.map(({ file, offset, length }) =>
          crc32c((contents[file] as Uint8Array).subarray(offset, offset + length)),
        );
        expect([...sums.crc32c]).toEqual(expected);
        expect(sums.failed.every((failed) => failed === 0)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  it('joins the pieces of a run that is longer than a unit of work', async () => {
    const path = join(directory, 'long');
    const bytes = randomBytes(1 << 20, 3);
    const long = new Uint8Array(40 << 20);
    for (let at = 0; at < long.length; at += bytes.length) long.set(bytes, at);
    writeFileSync(path, long);
    const seen: number[] = [];
    const runs = columns([path], [{ file: 0, offset: 5, length: long.length - 5 }]);
    const sums = await copyRanges(runs, { onProgress: (done) => seen.push(done) });
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
    const runs = [
      { file: 0, offset: 0, length: half },
      { file: 0, offset: half, length: size - half },
    ];
    const copy = { targets: [target], file: [0, 0], offset: [size - half, 0] };
    const sums = await copyRanges({ ...columns([source], runs), copy }, { threadBytes });
    expect([...sums.crc32c]).toEqual([crc32c(bytes.subarray(0, half)), crc32c(bytes.subarray(half))]);
    expect([...sums.failed]).toEqual([0, 0]);
    expect(Buffer.compare(readFileSync(target), Buffer.concat([bytes.subarray(half), bytes.subarray(0, half)]))).toBe(
      0,
    );
  });

  it('marks the runs that cannot be read, and only these', async () => {
    const all = [...paths, join(directory, 'missing')];
    const runs = [
      { file: 0, offset: 0, length: 10 },
      { file: 1, offset: 4990, length: 10 },
      { file: 1, offset: 4995, length: 10 },
      { file: 2, offset: 0, length: 1 },
      { file: 3, offset: 0, length: 4 },
    ];
    const sums = await copyRanges(columns(all, runs));
    expect([...sums.failed]).toEqual([0, 0, 1, 1, 1]);
  });

  it('takes no runs at all', async () => {
    expect((await copyRanges(columns([], []))).crc32c.length).toBe(0);
  });
});
