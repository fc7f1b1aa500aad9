/** Moments that threads take of float32 in files: the same as of the numbers one by one, and exact within what is promised. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openCheckpoint } from '../../src/checkpoints/checkpoint.ts';
import { writeCheckpoint } from '../../src/checkpoints/write-checkpoint.ts';
import { NumberSummarizer, type NumberSummary } from '../../src/inspect/number-summary.ts';
import { statisticsOfAll, totalStatisticsOf } from '../../src/inspect/statistics.ts';
import { valueDifference, valueDifferences } from '../../src/inspect/value-difference.ts';
import { tensorFrom } from '../../src/tensor/tensor-from.ts';
import { scratch } from '../scratch.ts';

type Arrays = Readonly<Record<string, Float32Array>>;

async function stored(arrays: Arrays): Promise<Awaited<ReturnType<typeof openCheckpoint>>> {
  const tensors = new Map(Object.entries(arrays).map(([name, values]) => [name, tensorFrom(values)]));
  return openCheckpoint((await writeCheckpoint(join(scratch(), 'ck'), tensors)).path);
}

function plainSummary(values: Float32Array, distribution: boolean): NumberSummary {
  const summarizer = new NumberSummarizer();
  summarizer.add(Float64Array.from(values));
  return summarizer.summary({ distribution });
}

const FIGURES = ['mean', 'std', 'l2'] as const;

function expectAlike(found: NumberSummary, expected: NumberSummary): void {
  const counts = ({ count, finite, zeros, nan, inf, min, max }: NumberSummary) => ({
    count,
    finite,
    zeros,
    nan,
    inf,
    min,
    max,
  });
  expect(counts(found)).toEqual(counts(expected));
  for (const key of FIGURES) {
    const [a, b] = [found[key] ?? 0, expected[key] ?? 0];
    expect(Math.abs(a - b), key).toBeLessThanOrEqual(1e-12 * Math.abs(b));
  }
}

describe('moments of float32 in a file', () => {
  it('are those of the numbers one by one, whatever they are and however many', async () => {
    const some = fc.oneof(
      fc.float({ noNaN: true, noDefaultInfinity: true }),
      fc.constantFrom(0, -0, Number.NaN, Number.POSITIVE_INFINITY, 3e38, -3e38, 1e-45),
      fc.integer({ min: 2 ** 23, max: 2 ** 23 + 9 }),
    );
    const arrays = fc.array(fc.tuple(fc.array(some, { maxLength: 40 }), fc.nat({ max: 9 })), { maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(arrays, async (given) => {
        const named = Object.fromEntries(
          given.map(([values, times], i) => [`t${i}`, Float32Array.from(Array(times).fill(values).flat())]),
        );
        const checkpoint = await stored(named);
        const found = await statisticsOfAll([...checkpoint.tensors], { distribution: false });
        for (const [i, values] of Object.values(named).entries()) {
          expectAlike(found[i] as NumberSummary, plainSummary(values, false));
        }
        checkpoint.close();
      }),
      { numRuns: 15 },
    );
  });

  it('lose no digits to cancellation, or far from zero', async () => {
    const cancelling = Float32Array.from({ length: 30_000 }, (_, i) => [3e38, 1, -3e38][i % 3] as number);
    const far = Float32Array.from({ length: 200_001 }, (_, i) => 2 ** 23 + ((i * 7919) % 7));
    const checkpoint = await stored({ cancelling, far });
    const [a, b] = await statisticsOfAll([...checkpoint.tensors], { distribution: false });
    expect(a?.mean).toBe(1 / 3);
    const residues = Array.from(far, (value) => value - 2 ** 23);
    const mean = residues.reduce((sum, value) => sum + value, 0) / far.length;
    const squares = residues.reduce((sum, value) => sum + value * value, 0) / far.length;
    expect(Math.abs((b?.std ?? 0) - Math.sqrt(squares - mean * mean))).toBeLessThan(1e-11);
    checkpoint.close();
  });

  it('come with the same percentiles and histogram as those of the numbers, of very many of them', async () => {
    const values = Float32Array.from({ length: 2 ** 20 + 5 }, (_, i) => Math.sin(i) * 10 ** (i % 5));
    values[7] = Number.NaN;
    const checkpoint = await stored({ values, less: values.subarray(0, 100) });
    const found = await statisticsOfAll([...checkpoint.tensors]);
    const [less, all] = [plainSummary(values.subarray(0, 100), true), plainSummary(values, true)];
    expect(found.map((one) => one?.percentiles)).toEqual([less.percentiles, all.percentiles]);
    expect(found.map((one) => one?.histogram)).toEqual([less.histogram, all.histogram]);
    const total = await totalStatisticsOf([...checkpoint.tensors], { distribution: false });
    const both = new Float32Array(values.length + 100);
    both.set(values);
    both.set(values.subarray(0, 100), values.length);
    expectAlike(total, plainSummary(both, false));
    checkpoint.close();
  });

  it('are refused of content that is not what its checksum says', async () => {
    const checkpoint = await stored({ values: new Float32Array(5000).fill(1.5) });
    const [, data] = checkpoint.files;
    const bytes = readFileSync(data?.path as string);
    bytes[100] = (bytes[100] as number) ^ 1;
    writeFileSync(data?.path as string, bytes);
    const again = await openCheckpoint(checkpoint.path);
    await expect(statisticsOfAll([...again.tensors], { distribution: false })).rejects.toThrow(/tensor values/);
    again.close();
    checkpoint.close();
  });
});

const SOME = fc.oneof(
  fc.float({ noDefaultInfinity: true }),
  fc.constantFrom(0, -0, 1, -1, Number.NaN, Number.POSITIVE_INFINITY, 3e38, -3e38, 1e-45),
);

describe('differences of float32 in files', () => {
  it('are those of the numbers one by one', async () => {
    const pairs = fc.array(fc.tuple(SOME, SOME, fc.boolean()), { minLength: 1, maxLength: 50 });
    const tolerances = fc.constantFrom({}, { atol: 0.5 }, { rtol: 0.1, equalNan: true }, { equalNan: true });
    await fc.assert(
      fc.asyncProperty(pairs, fc.nat({ max: 5 }), tolerances, async (some, times, tolerance) => {
        const all = Array.from({ length: times + 1 }, () => some).flat();
        const a = await stored({ t: Float32Array.from(all, ([x]) => x) });
        const b = await stored({ t: Float32Array.from(all, ([x, y, isSame]) => (isSame ? x : y)) });
        const [one, other] = [a.tensors.get('t'), b.tensors.get('t')];
        if (one === undefined || other === undefined) throw new Error('both are there');
        const [quick] = await valueDifferences([{ name: 't', a: one, b: other }], tolerance);
        const slow = await valueDifference('t', one, other, tolerance);
        const { meanAbs, cosine, ...exact } = slow;
        expect(quick).toMatchObject(exact);
        expect(Math.abs((quick?.meanAbs ?? 0) - (meanAbs ?? 0))).toBeLessThanOrEqual(1e-12 * (meanAbs ?? 0));
        expect(Math.abs((quick?.cosine ?? 0) - (cosine ?? 0))).toBeLessThanOrEqual(1e-12);
        a.close();
        b.close();
      }),
      { numRuns: 20 },
    );
  });

  it('stand where the first of the largest stands, in tensors of many chunks', async () => {
    const values = Float32Array.from({ length: 300_003 }, (_, i) => Math.sin(i));
    const changed = values.slice();
    for (const at of [70_000, 200_001, 300_002]) changed[at] = (changed[at] as number) + 8;
    changed[200_001] = 20;
    const [a, b] = [await stored({ t: values }), await stored({ t: changed })];
    const [one, other] = [a.tensors.get('t'), b.tensors.get('t')];
    if (one === undefined || other === undefined) throw new Error('both are there');
    const [found] = await valueDifferences([{ name: 't', a: one, b: other }]);
    expect(found).toMatchObject({ alike: false, differing: 3, at: [200_001] });
    expect(found).toMatchObject({ maxAbs: 20 - (values[200_001] as number) });
    a.close();
    b.close();
  });
});
