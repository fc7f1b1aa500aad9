import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  normalDoubles,
  normalFloats,
  truncatedNormalDoubles,
  truncatedNormalFloats,
  uniformDoubles,
  uniformFloats,
  uniformIntegers,
} from '../../src/random/distributions.ts';
import type { Seed } from '../../src/random/philox.ts';

/** The error function to seven digits (Abramowitz and Stegun, 7.1.26). */
function erf(x: number): number {
  const t = 1 / (1 + 0.3275911 * Math.abs(x));
  const sum = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  return Math.sign(x) * (1 - sum * Math.exp(-x * x));
}
const normalCdf = (x: number): number => (1 + erf(x / Math.SQRT2)) / 2;
const truncatedCdf = (x: number): number => (normalCdf(x) - normalCdf(-2)) / (normalCdf(2) - normalCdf(-2));

/** The greatest distance between the steps of a sample and a distribution, times the root of its size (Kolmogorov, Smirnov). */
function distance(sample: ArrayLike<number>, cdf: (x: number) => number): number {
  const sorted = Float64Array.from(sample).sort();
  let most = 0;
  for (const [i, x] of sorted.entries()) {
    most = Math.max(most, Math.abs(cdf(x) - i / sorted.length), Math.abs(cdf(x) - (i + 1) / sorted.length));
  }
  return most * Math.sqrt(sorted.length);
}

function moments(sample: ArrayLike<number>): { mean: number; variance: number } {
  const values = Array.from(sample);
  const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
  return { mean, variance: values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length };
}

const COUNT = 100_000;
/** What the distance stays under for 999 of 1,000 samples. */
const MOST = 1.95;
const SEEDS: readonly Seed[] = [
  [1, 0],
  [2, 3],
];
const TRUNCATED_VARIANCE = 0.7737413;

describe('random numbers', () => {
  const kinds: readonly [
    string,
    (seed: Seed, count: number) => ArrayLike<number>,
    (x: number) => number,
    number,
    number,
  ][] = [
    ['uniform floats', uniformFloats, (x) => x, 0.5, 1 / 12],
    ['uniform doubles', uniformDoubles, (x) => x, 0.5, 1 / 12],
    ['normal floats', normalFloats, normalCdf, 0, 1],
    ['normal doubles', normalDoubles, normalCdf, 0, 1],
    ['truncated floats', truncatedNormalFloats, truncatedCdf, 0, TRUNCATED_VARIANCE],
    ['truncated doubles', truncatedNormalDoubles, truncatedCdf, 0, TRUNCATED_VARIANCE],
  ];
  for (const [name, make, cdf, mean, variance] of kinds) {
    it(`${name} have the moments and the distribution of their name`, () => {
      for (const seed of SEEDS) {
        const sample = make(seed, COUNT);
        const found = moments(sample);
        expect(Math.abs(found.mean - mean)).toBeLessThan(4 * Math.sqrt(variance / COUNT));
        expect(Math.abs(found.variance - variance)).toBeLessThan(0.02 * variance);
        expect(distance(sample, cdf)).toBeLessThan(MOST);
      }
    });
  }

  it('of a truncated normal stay within two standard deviations', () => {
    expect(truncatedNormalFloats([3, 0], COUNT).every((x) => Math.abs(x) < 2)).toBe(true);
  });

  it('are the first ones of longer tensors', () => {
    const counts = fc.nat(40);
    fc.assert(
      fc.property(counts, counts, fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (a, b, seed) => {
        for (const [, make] of kinds) {
          const [short, long] = [
            Array.from(make([seed, 0], Math.min(a, b))),
            Array.from(make([seed, 0], Math.max(a, b))),
          ];
          expect(long.slice(0, short.length)).toEqual(short);
        }
      }),
      { numRuns: 50 },
    );
  });

  it('of integers fall on all of them', () => {
    const values = uniformIntegers([4, 0], 10_000, -3, 4);
    expect([...new Set(values)].sort((a, b) => a - b)).toEqual([-3, -2, -1, 0, 1, 2, 3]);
  });
});
