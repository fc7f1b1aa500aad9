/** Arrays printed by numpy 2.4.6, chosen to be read: what each rule of its printing does. */
import { describe, expect, it } from 'vitest';
import { arrayLines, arrayText, formatScalar, type PrintOptions } from '../../src/array-text/array-lines.ts';
import { UnsupportedError, UsageError } from '../../src/errors.ts';
import { dtypeOf } from '../../src/tensor/dtype.ts';
import { type ArrayValues, numbersPerElement, type TypedValues } from '../../src/tensor/values.ts';

function arrayOf(name: string, values: TypedValues, shape?: readonly number[]): ArrayValues {
  const dtype = dtypeOf(name);
  const per = numbersPerElement(dtype);
  return {
    dtype,
    shape: shape ?? [values.length / per],
    read: (start, length) => values.slice(start * per, (start + length) * per),
  };
}

function text(name: string, values: TypedValues, shape?: readonly number[], options?: PrintOptions): string {
  return [...arrayLines(arrayOf(name, values, shape), options)].join('\n');
}

const float32 = (...values: number[]) => Float32Array.from(values);
const float64 = (...values: number[]) => Float64Array.from(values);
const counting = (count: number) => Int32Array.from({ length: count }, (_, i) => i);

describe('floats', () => {
  it('show the shortest digits of their own type, as wide as the widest', () => {
    expect(text('float32', float32(0.1, 1 / 3, -2))).toBe('[ 0.1         0.33333334 -2.        ]');
    expect(text('float64', float64(0.1, 1 / 3, -2))).toBe('[ 0.1         0.33333333 -2.        ]');
    expect(text('float16', float32(0.0999755859375, 0.333251953125))).toBe('[0.1    0.3333]');
  });

  it('turn to scientific notation for large, small and far apart magnitudes', () => {
    expect(text('float64', float64(1e8, 1))).toBe('[1.e+08 1.e+00]');
    expect(text('float32', float32(1e6, 1e5))).toBe('[1.e+06 1.e+05]');
    expect(text('float16', float32(1000, 999))).toBe('[1.00e+03 9.99e+02]');
    expect(text('float64', float64(9e-5))).toBe('[9.e-05]');
    expect(text('float64', float64(1000, 1))).toBe('[1000.    1.]');
    expect(text('float64', float64(1001, 1))).toBe('[1.001e+03 1.000e+00]');
    expect(text('float64', float64(1e100, 1))).toBe('[1.e+100 1.e+000]');
  });

  it('have specials and signed zeros', () => {
    expect(text('float32', float32(NaN, Infinity, -Infinity, -0, 0))).toBe('[ nan  inf -inf  -0.   0.]');
  });

  it('round the exact value where precision cuts, half to even', () => {
    expect(text('float64', float64(0.5, 1.5, 2.5), undefined, { precision: 0 })).toBe('[0. 2. 2.]');
    expect(text('float64', float64(0.125, 0.375), undefined, { precision: 2 })).toBe('[0.12 0.38]');
    expect(text('float32', float32(0.15), undefined, { precision: 1 })).toBe('[0.2]');
    expect(text('float64', float64(0.1), undefined, { precision: 30, floatmode: 'fixed' })).toBe(
      '[0.100000000000000005551115123126]',
    );
  });

  it('obey floatmode, sign and suppress', () => {
    const values = float64(1.5, 0.25);
    expect(text('float64', values, undefined, { floatmode: 'fixed', precision: 3 })).toBe('[1.500 0.250]');
    expect(text('float64', values, undefined, { floatmode: 'maxprec_equal' })).toBe('[1.50 0.25]');
    expect(text('float64', values, undefined, { floatmode: 'unique', precision: 1 })).toBe('[1.5  0.25]');
    expect(text('float64', values, undefined, { sign: '+' })).toBe('[+1.5  +0.25]');
    expect(text('float64', values, undefined, { sign: ' ' })).toBe('[ 1.5   0.25]');
    expect(text('float64', float64(1e-10, 1), undefined, { suppress: true })).toBe('[0. 1.]');
    expect(text('float64', float64(NaN, Infinity), undefined, { nanstr: 'NA', infstr: 'oo' })).toBe('[NA oo]');
  });

  it('of ml_dtypes print one by one, with six digits', () => {
    expect(text('bfloat16', float32(1, 0.10009765625, 123392, 1236992, -0, NaN))).toBe(
      '[1 0.100098 123392 1.23699e+06 -0 nan]',
    );
    expect(text('float8_e4m3fn', float32(448, 2 ** -9), undefined, { precision: 1 })).toBe('[448 0.00195312]');
  });
});

describe('other elements', () => {
  it('complex numbers are two columns', () => {
    expect(text('complex64', float32(1, 2, -3.5, -0.25))).toBe('[ 1. +2.j   -3.5-0.25j]');
    expect(text('complex128', float64(NaN, Infinity, 0, -0))).toBe('[nan+infj  0. -0.j]');
  });

  it('integers share a width', () => {
    expect(text('int8', Int8Array.of(1, -20, 3))).toBe('[  1 -20   3]');
    expect(text('uint64', BigUint64Array.of(0n, 2n ** 64n - 1n))).toBe('[                   0 18446744073709551615]');
    expect(text('int32', Int32Array.of(1, 20), undefined, { sign: '+' })).toBe('[ +1 +20]');
    expect(text('qint8', Int8Array.of(1, -2))).toBe('[ 1 -2]');
    expect(text('int4', Int8Array.of(1, -2))).toBe('[1 -2]');
  });

  it('bools are right-aligned', () => {
    expect(text('bool', Uint8Array.of(1, 0))).toBe('[ True False]');
  });

  it('byte strings have Python’s quotes and escapes', () => {
    const strings = ["it's", '"', '\'"', 'a\\\n\r\t\0~\x7f', ''].map((string) => Buffer.from(string, 'latin1'));
    expect(text('string', strings)).toBe(`[b"it's" b'"' b'\\'"' b'a\\\\\\n\\r\\t\\x00~\\x7f' b'']`);
    expect(text('string', [Uint8Array.of(0xff)], [])).toBe("b'\\xff'");
  });

  it('variants are refused', () => {
    expect(() => text('variant', [new Uint8Array()])).toThrow(UnsupportedError);
  });
});

describe('layout', () => {
  it('separates sub-arrays by blank lines, one more for each axis', () => {
    expect(text('int32', counting(8), [2, 2, 2])).toBe('[[[0 1]\n  [2 3]]\n\n [[4 5]\n  [6 7]]]');
    expect(text('int32', counting(2), [2, 1, 1, 1])).toBe('[[[[0]]]\n\n\n [[[1]]]]');
  });

  it('prints empty arrays of every shape alike', () => {
    expect(text('float32', float32(), [0])).toBe('[]');
    expect(text('float32', float32(), [3, 0, 2])).toBe('[]');
  });

  it('wraps at 75 columns and drops spaces at line ends', () => {
    expect(text('int32', counting(30))).toBe(
      '[ 0  1  2  3  4  5  6  7  8  9 10 11 12 13 14 15 16 17 18 19 20 21 22 23\n 24 25 26 27 28 29]',
    );
    expect(text('float64', float64(1, 0.25, 1), undefined, { linewidth: 8 })).toBe('[1.\n 0.25\n 1.  ]');
  });

  it('summarises more than 1000 elements, three at each edge', () => {
    expect(text('int32', counting(1001))).toBe('[   0    1    2 ...  998  999 1000]');
    expect(text('int32', counting(10100), [101, 100])).toBe(
      [
        '[[    0     1     2 ...    97    98    99]',
        ' [  100   101   102 ...   197   198   199]',
        ' [  200   201   202 ...   297   298   299]',
        ' ...',
        ' [ 9800  9801  9802 ...  9897  9898  9899]',
        ' [ 9900  9901  9902 ...  9997  9998  9999]',
        ' [10000 10001 10002 ... 10097 10098 10099]]',
      ].join('\n'),
    );
  });

  it('measures only what a summary shows', () => {
    const values = counting(2000);
    values[1000] = 123456789;
    expect(text('int32', values)).toBe('[   0    1    2 ... 1997 1998 1999]');
  });

  it('shows the last item of each axis when there are no edge items', () => {
    expect(text('int32', counting(10), undefined, { threshold: 3, edgeitems: 0 })).toBe('[... 9]');
  });
});

describe('rank 0', () => {
  it.each([
    ['float32', float32(0.1), '0.1'],
    ['float32', float32(16777216), '1.6777216e+07'],
    ['float64', float64(16777216), '16777216.0'],
    ['float64', float64(1e16), '1e+16'],
    ['float16', float32(1024), '1.024e+03'],
    ['bfloat16', float32(2), '2'],
    ['complex64', float32(1, 2), '(1+2j)'],
    ['complex128', float64(0, -2.5), '-2.5j'],
    ['complex128', float64(-0, Infinity), '(-0+infj)'],
    ['bool', Uint8Array.of(1), 'True'],
    ['int64', BigInt64Array.of(-5n), '-5'],
  ])('%s prints as a scalar', (name, values, expected) => {
    expect(text(name, values, [], { precision: 0, sign: '+' })).toBe(expected);
    expect(formatScalar(dtypeOf(name), values)).toBe(expected);
  });
});

describe('print options', () => {
  it.each<PrintOptions>([
    { precision: -1 },
    { precision: 1.5 },
    { threshold: Number.NaN },
    { linewidth: -1 },
    { edgeitems: Infinity },
    { floatmode: 'short' as 'fixed' },
    { sign: '*' as '+' },
    { nanstr: 'a\nb' },
  ])('%j is refused', (options) => {
    expect(() => text('float32', float32(1), [1], options)).toThrow(UsageError);
  });
});

describe('long output', () => {
  it('reads a chunk at a time and hands on pieces of bounded size', () => {
    const size = 200000;
    let longestRead = 0;
    const array: ArrayValues = {
      dtype: dtypeOf('float32'),
      shape: [size],
      read(start, length) {
        longestRead = Math.max(longestRead, length);
        return Float32Array.from({ length }, (_, i) => Math.sqrt(start + i));
      },
    };
    let longestPiece = 0;
    let words = 0;
    for (const piece of arrayText(array, { threshold: Infinity, linewidth: Infinity })) {
      longestPiece = Math.max(longestPiece, piece.length);
      words += piece.split('.').length - 1;
    }
    expect(words).toBe(size);
    expect(longestRead).toBeLessThanOrEqual(65536);
    expect(longestPiece).toBeLessThan(70000);
  });

  it('reads no more than the edges of a summary', () => {
    let reads = 0;
    const array: ArrayValues = {
      dtype: dtypeOf('int32'),
      shape: [1000000, 1000000],
      read(start, length) {
        reads += length;
        return Int32Array.from({ length }, (_, i) => (start + i) % 7);
      },
    };
    expect([...arrayLines(array)]).toHaveLength(7);
    expect(reads).toBe(2 * 36);
  });
});
