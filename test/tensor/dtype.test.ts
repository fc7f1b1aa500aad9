/** The table of dtypes: TensorFlow's numbers and widths, reference types, and names that are none. */
import { describe, expect, it } from 'vitest';
import { UnsupportedError } from '../../src/errors.ts';
import { DTYPES, dtypeOf, dtypeOfNumber } from '../../src/tensor/dtype.ts';

describe('the table of dtypes', () => {
  it('holds all but the two of TensorFlow’s 33 types that cannot be stored', () => {
    const numbers = Array.from({ length: 33 }, (_, i) => i + 1).filter((number) => number !== 20);
    expect(DTYPES.map(({ number }) => number)).toEqual(numbers);
    expect(new Set(DTYPES.map(({ name }) => name)).size).toBe(DTYPES.length);
  });

  it.each([
    [1, 'float32', 4],
    [2, 'float64', 8],
    [7, 'string', 0],
    [8, 'complex64', 8],
    [10, 'bool', 1],
    [14, 'bfloat16', 2],
    [18, 'complex128', 16],
    [19, 'float16', 2],
    [21, 'variant', 0],
    [23, 'uint64', 8],
    [29, 'int4', 1],
    [33, 'float4_e2m1fn', 1],
  ])('%d is %s of %d bytes', (number, name, width) => {
    const dtype = dtypeOfNumber(number);
    expect(dtype).toMatchObject({ name, width });
    expect(dtypeOf(name)).toBe(dtype);
    expect(dtypeOfNumber(number + 100)).toBe(dtype);
  });

  it.each([0, 20, 34, 99, 100, 120, 201, -1, 1.5, 2 ** 40, Number.NaN])('%d is none', (number) => {
    expect(dtypeOfNumber(number)).toBeUndefined();
  });

  it('swaps whole elements, halves of complex ones, and single bytes not at all', () => {
    for (const { kind, width, swapUnit } of DTYPES) {
      expect(swapUnit).toBe(kind === 'complex' ? width / 2 : Math.max(width, 1));
    }
  });

  it('knows no other names', () => {
    for (const name of ['float', 'half', 'unknown', '', 'toString'])
      expect(() => dtypeOf(name)).toThrow(UnsupportedError);
  });
});
