/** Statistics of tensors: against sums in whole numbers, which lose nothing, and against all numbers in order. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NumberSummarizer, type NumberSummary } from '../../src/inspect/number-summary.ts';
import { firstNonFinite, statisticsOf } from '../../src/inspect/statistics.ts';
import { tensorFrom } from '../../src/tensor/tensor-from.ts';

const summaryOf = (...parts: Float64Array[]): NumberSummary => {
  const summarizer = new NumberSummarizer();
  for (const part of parts) summarizer.add(part);
  return summarizer.summary();
};

/** Mean and deviation of whole numbers, of which the sums are exact. */
function exactMoments(values: readonly number[]): { mean: number; std: number } {
  const count = BigInt(values.length);
  const whole = values.map(BigInt);
  const sum = whole.reduce((all, value) => all + value, 0n);
  const squares = whole.reduce((all, value) => all + value * value, 0n);
  const scale = 10n ** 20n;
  const variance = ((squares * count - sum * sum) * scale) / (count * count);
  return { mean: Number((sum * scale) / count) / 1e20, std: Math.sqrt(Number(variance) / 1e20) };
}

const closeTo = (actual: number | null, expected: number): void => {
  expect(Math.abs((actual as number) - expected)).toBeLessThanOrEqual(1e-12 * Math.abs(expected));
};

describe('a summary of numbers', () => {
  it('has the exact moments within 1e-12, however the numbers come in parts, and far from zero', () => {
    const far = fc.integer({ min: 2 ** 40, max: 2 ** 40 + 1000 });
    const parts = fc.array(fc.array(fc.oneof(far, fc.integer()), { maxLength: 40 }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(parts, (numbers) => {
        const all = numbers.flat();
        fc.pre(all.length > 0);
        const summary = summaryOf(...numbers.map((part) => Float64Array.from(part)));
        const { mean, std } = exactMoments(all);
        closeTo(summary.mean, mean);
        closeTo(summary.std, std);
        expect([summary.min, summary.max, summary.count]).toEqual([Math.min(...all), Math.max(...all), all.length]);
      }),
    );
  });

  it('keeps the digits of many numbers far from zero', () => {
    const values = Array.from({ length: 20_000 }, (_, i) => 2 ** 44 + ((i * 7919) % 1000));
    const { mean, std } = exactMoments(values);
    const summary = summaryOf(Float64Array.from(values));
    closeTo(summary.mean, mean);
    closeTo(summary.std, std);
  });

  it('tells integers apart that are one float64, and numbers too small for their squares', async () => {
    const longs = tensorFrom([2n ** 63n + 1n, 2n ** 63n + 3n, 2n ** 63n + 5n], { dtype: 'uint64' });
    closeTo((await statisticsOf('x', longs))?.std ?? null, Math.sqrt(8 / 3));
    const around = tensorFrom([2n ** 62n + 1n, -(2n ** 62n)], { dtype: 'int64' });
    closeTo((await statisticsOf('x', around))?.mean ?? null, 0.5);
    const tiny = summaryOf(Float64Array.of(0, 0), Float64Array.of(3e-300, 4e-300));
    closeTo(tiny.l2, 5e-300);
    closeTo(tiny.std, Math.sqrt((2 * 1.75 ** 2 + 1.25 ** 2 + 2.25 ** 2) / 4) * 1e-300);
    const grown = summaryOf(Float64Array.of(3e-300), Float64Array.of(3), Float64Array.of(4e200));
    closeTo(grown.l2, 4e200);
    closeTo(grown.mean, 4e200 / 3);
    closeTo(summaryOf(Float64Array.of(5e-324, 5e-324)).l2, 5e-324);
  });

  it('does not leave float64 where its squares would', () => {
    const summary = summaryOf(Float64Array.of(3e200, 4e200), Float64Array.of(1, -1));
    closeTo(summary.l2, 5e200);
    closeTo(summary.mean, 1.75e200);
    closeTo(summary.std, Math.sqrt((1.25 ** 2 + 2.25 ** 2 + 2 * 1.75 ** 2) / 4) * 1e200);
  });

  it('counts what is no number apart', () => {
    const { count, finite, nan, inf, zeros, mean } = summaryOf(Float64Array.of(Number.NaN, 0, -0, 4, 1 / 0, -1 / 0));
    expect({ count, finite, nan, inf, zeros, mean }).toEqual({
      count: 6,
      finite: 3,
      nan: 1,
      inf: 2,
      zeros: 2,
      mean: 4 / 3,
    });
  });

  it('says nothing of none', () => {
    expect(summaryOf(Float64Array.of(Number.NaN))).toMatchObject({
      count: 1,
      finite: 0,
      min: null,
      mean: null,
      histogram: null,
    });
  });

  it('counts numbers that lie further apart than float64 reaches', () => {
    const most = Number.MAX_VALUE;
    const { percentiles, histogram } = summaryOf(Float64Array.of(-most, 0, most / 2, most));
    expect(histogram?.edges.every(Number.isFinite)).toBe(true);
    expect([histogram?.edges[0], histogram?.edges[10], histogram?.edges.at(-1)]).toEqual([-most, 0, most]);
    expect([0, 10, 15, 19].map((bin) => histogram?.counts[bin])).toEqual([1, 1, 1, 1]);
    for (const value of Object.values(percentiles ?? {})) expect(Number.isFinite(value)).toBe(true);
  });

  it('has percentiles as numpy interpolates them, and a histogram that counts all', () => {
    const { percentiles, histogram } = summaryOf(Float64Array.of(5, 1, 3, 2, 4));
    expect(percentiles).toEqual({ 1: 1.04, 5: 1.2, 25: 2, 50: 3, 75: 4, 95: 4.8, 99: 4.96 });
    expect(histogram?.counts.reduce((sum, count) => sum + count)).toBe(5);
    expect([histogram?.edges[0], histogram?.edges.at(-1), histogram?.edges.length]).toEqual([1, 5, 21]);
  });

  it('estimates percentiles of many within 0.8 %', () => {
    const count = 1_500_000;
    const values = Float64Array.from({ length: count }, (_, i) => ((i * 7919) % count) - 200_000);
    const { percentiles, histogram } = summaryOf(values);
    for (const [percent, value] of Object.entries(percentiles ?? {})) {
      const exact = ((count - 1) * Number(percent)) / 100 - 200_000;
      expect(Math.abs(value - exact)).toBeLessThanOrEqual(0.008 * Math.abs(exact));
    }
    expect(histogram?.counts.reduce((sum, times) => sum + times)).toBe(count);
  });
});

describe('statistics of a tensor', () => {
  it('reads each dtype as numbers, and says nothing of text', async () => {
    expect(await statisticsOf('w', tensorFrom([1, 2, 3], { dtype: 'bfloat16' }))).toMatchObject({
      name: 'w',
      dtype: 'bfloat16',
      mean: 2,
    });
    expect(await statisticsOf('n', tensorFrom([1n, 3n], { dtype: 'int64' }))).toMatchObject({
      shape: [2],
      max: 3,
      std: 1,
    });
    expect(await statisticsOf('t', tensorFrom(['a', 'b']))).toBeUndefined();
  });

  it('finds the first element of a kind', () => {
    const tensor = tensorFrom(
      [
        [1, 1 / 0],
        [2, Number.NaN],
      ],
      { dtype: 'float32' },
    );
    expect(firstNonFinite(tensor, ['nan'])).toEqual({ index: [1, 1], value: Number.NaN });
    expect(firstNonFinite(tensor, ['nan', 'inf'])).toEqual({ index: [0, 1], value: 1 / 0 });
    expect(firstNonFinite(tensorFrom([1, 2]), ['nan', 'inf'])).toBeUndefined();
  });
});
