/** Shapes: counting, strides, text, and what no tensor can have. */
import { describe, expect, it } from 'vitest';
import { CorruptError } from '../../src/errors.ts';
import { checkShape, elementCount, formatShape, sameShape, stridesOf } from '../../src/tensor/shape.ts';

describe('a shape', () => {
  it.each([
    [[], 1, '[]', []],
    [[5], 5, '[5]', [1]],
    [[2, 3, 4], 24, '[2,3,4]', [12, 4, 1]],
    [[0, 7], 0, '[0,7]', [7, 1]],
    [[2 ** 52, 0, 2 ** 52], 0, `[${2 ** 52},0,${2 ** 52}]`, [0, 2 ** 52, 1]],
  ])('%j', (shape, count, text, strides) => {
    expect(elementCount(shape)).toBe(count);
    expect(formatShape(shape)).toBe(text);
    expect(stridesOf(shape)).toEqual(strides);
    expect(() => checkShape(shape, 'tensor w')).not.toThrow();
  });

  it.each([
    ['a negative size', [2, -1], /size -1/],
    ['a size that is no whole number', [1.5], /size 1.5/],
    ['more elements than 2^63', [2 ** 40, 2 ** 40], /2\^63/],
    ['more axes than TensorFlow allows', new Array(255).fill(1), /255 dimensions/],
  ])('may not have %s', (_, shape, message) => {
    expect(() => checkShape(shape, 'tensor w')).toThrow(CorruptError);
    expect(() => checkShape(shape, 'tensor w')).toThrow(message);
  });

  it('equals another by its sizes', () => {
    expect(sameShape([1, 2], [1, 2])).toBe(true);
    for (const other of [[1], [2, 1], [1, 2, 1]]) expect(sameShape([1, 2], other)).toBe(false);
  });
});
