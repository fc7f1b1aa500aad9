/** Figures of tensors of which only some slices are stored, as TensorFlow saves slots of partitioned variables. */
import { describe, expect, it } from 'vitest';
import { nonFiniteElement } from '../../src/inspect/finite.ts';
import { firstNonFinite, statisticsOf, totalStatisticsOf } from '../../src/inspect/statistics.ts';
import { valueDifference } from '../../src/inspect/value-difference.ts';
import { inRows } from '../in-rows.ts';

describe('a tensor in part', () => {
  const tensor = inRows(6, { 4: [5, Number.NaN], 0: [1, 2, 3, 4] });

  it('has the figures of what is stored', async () => {
    const figures = { count: 6, min: 1, max: 5, mean: 3, nan: 1 };
    expect(await statisticsOf('w', tensor)).toMatchObject({ shape: [6, 2], ...figures });
    expect(await totalStatisticsOf([['w', tensor]])).toMatchObject(figures);
  });

  it('is looked through for what is no number, which is told by its place in the whole', () => {
    expect(firstNonFinite(tensor, ['nan'])).toEqual({ index: [4, 1], value: Number.NaN });
    expect(nonFiniteElement(tensor)).toEqual({ index: [4, 1], value: 'nan' });
    expect(nonFiniteElement(inRows(6, { 2: [1, 2] }))).toBeUndefined();
  });

  it('is compared with one of which the same slices are stored', async () => {
    const other = inRows(6, { 0: [1, 2, 3, 7], 4: [5, Number.NaN] });
    const difference = await valueDifference('w', tensor, other, { equalNan: true });
    expect(difference).toMatchObject({ alike: false, differing: 1, maxAbs: 3, at: [1, 1] });
    expect(await valueDifference('w', tensor, tensor, { equalNan: true })).toMatchObject({ alike: true, differing: 0 });
    const [elsewhere, whole] = [inRows(6, { 3: [5, 0], 0: [1, 2, 3, 4] }), inRows(3, { 0: [1, 2, 3, 4, 5, 6] })];
    expect(await valueDifference('w', tensor, elsewhere)).toEqual({ alike: false, by: 'content' });
    expect(await valueDifference('w', whole, whole)).toMatchObject({ alike: true, differing: 0 });
  });
});
