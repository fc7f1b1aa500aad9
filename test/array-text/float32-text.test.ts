import { describe, expect, it } from 'vitest';
import { formatScalar, repeatedText } from '../../src/array-text/element-format.ts';
import { Float32Text, quickText } from '../../src/array-text/float32-text.ts';
import { dtypeOf } from '../../src/tensor/dtype.ts';
import { inFullRun } from '../sweep.ts';
import { floatPatterns } from '../tensor/float-patterns.ts';

const FLOAT32 = dtypeOf('float32');
const quick = new Float32Text();

function textOf(values: Float32Array, style: Parameters<Float32Text['pieces']>[3], column = 0, isFirst = true): string {
  let text = '';
  for (const piece of quick.pieces(values, column, isFirst, style)) text += Buffer.from(piece).toString('latin1');
  return text;
}

/** Each number by itself is what many at once must give. */
function expectSame(values: Float32Array): void {
  const texts = textOf(values, { columns: 1, separator: ',', rowStart: '\n' }).split('\n');
  expect(texts).toEqual(Array.from(values, (_, i) => formatScalar(FLOAT32, values, i)));
}

const ofBits = (count: number, bits: (i: number) => number): Float32Array =>
  new Float32Array(Uint32Array.from({ length: count }, (_, i) => bits(i)).buffer);

describe('many float32 as text', () => {
  it('are what each is, around every power of two', () => {
    const near = inFullRun(512, 12);
    for (let exponent = 0; exponent < 256; exponent++) {
      expectSame(ofBits(2 * near, (i) => (exponent << 23) + i - (i < near ? 0 : 2 * near)));
      expectSame(ofBits(2 * near, (i) => 0x80000000 + (exponent << 23) + Math.floor(0x7fffff / (i + 1))));
    }
  });

  it('are what each is, of any bits', () => {
    const bytes = floatPatterns('float32', inFullRun(4_000_000, 60_000), 3);
    expectSame(new Float32Array(bytes.buffer));
  });

  it('are what each is, of few digits', () => {
    for (let places = 0; places < 10; places++) {
      expectSame(Float32Array.from({ length: 2000 }, (_, i) => (i * 7919 - 5e6) / 10 ** places));
      expectSame(Float32Array.from({ length: 2000 }, (_, i) => (i + 1) * 10 ** (3 * places)));
    }
  });

  it('stand in rows, from any column on, over the end of what is made at once', () => {
    const values = Float32Array.from({ length: 40_000 }, (_, i) => (i % 97 === 0 ? Number.NaN : i / 8));
    for (const columns of [1, 3, 1000, 16_384, 50_000]) {
      const style = { columns, separator: ' ', rowStart: '],\n[', notFinite: (text: string) => `<${text}>` };
      const column = 2 % columns;
      const expected = Array.from(values, (value, i) => {
        const text = formatScalar(FLOAT32, values, i);
        return ((column + i) % columns === 0 ? '],\n[' : ' ') + (Number.isNaN(value) ? `<${text}>` : text);
      }).join('');
      expect(textOf(values, style, column, false)).toBe(expected);
      expect(textOf(values, style, column)).toBe(expected.slice(column === 0 ? 4 : 1));
    }
  });

  it('are made so of float32 alone', () => {
    expect(quickText(dtypeOf('float64'))).toBeUndefined();
    expect(quickText(FLOAT32)).toBe(quickText(FLOAT32));
  });
});

it.each(['float16', 'bfloat16', 'float8_e4m3fn'])('texts of %s are the same the second time', (name) => {
  const dtype = dtypeOf(name);
  const values = new Float32Array([0, -0, 1.5, -2, Number.NaN, Number.NEGATIVE_INFINITY, 0.25]);
  for (let time = 0; time < 2; time++) {
    expect(Array.from(values, (_, i) => repeatedText(dtype, values, i))).toEqual(
      Array.from(values, (_, i) => formatScalar(dtype, values, i)),
    );
  }
});

it('texts of float64 are those of Python', () => {
  const values = [
    1,
    -3,
    0.1,
    1e15,
    123456789012345680,
    9999999999999998,
    1e16,
    1e-4,
    9.999e-5,
    -1.5e-300,
    2 ** 53,
    1 / 3,
  ];
  expect(values.map((_, i) => formatScalar(dtypeOf('float64'), new Float64Array(values), i))).toEqual(
    '1.0 -3.0 0.1 1000000000000000.0 1.2345678901234568e+17 9999999999999998.0 1e+16 0.0001 9.999e-05 -1.5e-300 9007199254740992.0 0.3333333333333333'.split(
      ' ',
    ),
  );
});
