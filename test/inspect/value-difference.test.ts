/** Differences of values: against definitions computed plainly. */
import { describe, expect, it } from 'vitest';
import { valueDifference } from '../../src/inspect/value-difference.ts';
import { tensorFrom } from '../../src/tensor/tensor-from.ts';

const floats = (...values: number[]) => tensorFrom(values, { dtype: 'float32' });

describe('the difference of values', () => {
  it('counts the floats between, across zero', async () => {
    const tiny = 2 ** -149;
    expect(await valueDifference('w', floats(tiny), floats(-tiny))).toMatchObject({ maxUlp: 2, at: [0] });
    const next = tensorFrom([1 + 2 ** -52], { dtype: 'float64' });
    expect(await valueDifference('w', tensorFrom([1], { dtype: 'float64' }), next)).toMatchObject({ maxUlp: 1 });
    const half = (value: number) => tensorFrom([value], { dtype: 'bfloat16' });
    expect(await valueDifference('w', half(1), half(2))).toMatchObject({ maxUlp: 128 });
  });

  it('takes NaN for like only when asked, and zeros of any sign for alike', async () => {
    const [a, b] = [floats(Number.NaN, 0, 1), floats(Number.NaN, -0, 1)];
    expect(await valueDifference('w', a, b)).toMatchObject({ alike: false, differing: 1, maxAbs: 0 });
    expect(await valueDifference('w', a, b, { equalNan: true })).toMatchObject({ alike: true });
    expect(await valueDifference('w', floats(1 / 0), floats(-1 / 0))).toMatchObject({ alike: false });
    expect(await valueDifference('w', floats(1 / 0), floats(1 / 0))).toMatchObject({ alike: true });
  });

  it('tells integers apart that float64 does not', async () => {
    const one = tensorFrom([2n ** 62n], { dtype: 'int64' });
    const other = tensorFrom([2n ** 62n + 1n], { dtype: 'int64' });
    expect(await valueDifference('n', one, other)).toMatchObject({ alike: false, differing: 1, maxAbs: 1 });
  });

  it('compares text as a whole', async () => {
    expect(await valueDifference('t', tensorFrom(['a', 'b']), tensorFrom(['a', 'b']))).toMatchObject({ alike: true });
    expect(await valueDifference('t', tensorFrom(['a', 'b']), tensorFrom(['ab', '']))).toEqual({
      alike: false,
      by: 'content',
    });
  });

  it('holds |a - b| against atol + rtol * |b|', async () => {
    const [a, b] = [floats(1, 10), floats(1.25, 12)];
    expect(await valueDifference('w', a, b, { atol: 0.25 })).toMatchObject({ differing: 1 });
    expect(await valueDifference('w', a, b, { rtol: 0.25 })).toMatchObject({ alike: true });
    expect(await valueDifference('w', a, b)).toMatchObject({ maxAbs: 2, meanAbs: 1.125, maxRelative: 0.2, at: [1] });
  });
});
