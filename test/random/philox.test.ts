import { describe, expect, it } from 'vitest';
import { normalPair, Philox, unitFloat } from '../../src/random/philox.ts';

function wordsOf(philox: Philox, first: number, count: number): number[] {
  const words = new Uint32Array(count);
  philox.words(first, words);
  return [...words];
}

describe('Philox', () => {
  const words = wordsOf(new Philox([5, 0]), 0, 8);

  it('gives what tf.random.stateless_uniform([8], seed=[5, 0]) gives', () => {
    expect(words.map(unitFloat)).toEqual([
      0.06185328960418701, 0.8316690921783447, 0.9735771417617798, 0.3447507619857788, 0.5104066133499146,
      0.35712242126464844, 0.46152007579803467, 0.635333776473999,
    ]);
  });

  it('gives normal numbers within 3 units in the last place of tf.random.stateless_normal', () => {
    const expected = [
      -2.0553784370422363, 1.158187747001648, 0.19160862267017365, -0.1297789067029953, 0.9068471789360046,
      -0.722996175289154, -0.9345360994338989, -0.8204277753829956,
    ];
    const pairs = [0, 2, 4, 6].flatMap((at) => normalPair(words[at] as number, words[at + 1] as number));
    for (const [i, value] of expected.entries()) {
      expect(Math.abs((pairs[i] as number) - value)).toBeLessThanOrEqual(3 * 2 ** -23 * Math.abs(value));
    }
  });

  it('is asked anywhere in its stream, and has another for another seed', () => {
    expect(wordsOf(new Philox([5, 0]), 1, 4)).toEqual(words.slice(4));
    expect(wordsOf(new Philox([5, 1]), 0, 8)).not.toEqual(words);
    expect(wordsOf(new Philox([5n + (1n << 32n), 0]), 0, 8)).not.toEqual(words);
    expect(wordsOf(new Philox([5, 0]), 2 ** 32 + 1, 4)).not.toEqual(words.slice(4));
  });
});
