import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readBytes } from '../../src/bytes/source.ts';
import { MismatchError, UnsupportedError, UsageError } from '../../src/errors.ts';
import { DTYPES, type DTypeName } from '../../src/tensor/dtype.ts';
import { elementCount } from '../../src/tensor/shape.ts';
import { readStrings } from '../../src/tensor/strings.ts';
import type { Tensor } from '../../src/tensor/tensor.ts';
import { type TensorValue, tensorFrom } from '../../src/tensor/tensor-from.ts';
import { decodeValues } from '../../src/tensor/values.ts';

function valuesOf(tensor: Tensor): unknown[] {
  if (tensor.dtype.kind === 'string') {
    return readStrings(tensor.source, elementCount(tensor.shape)).map((bytes) => new TextDecoder().decode(bytes));
  }
  const bytes = readBytes(tensor.source, 0, tensor.source.byteLength);
  return Array.from(decodeValues(tensor.dtype, bytes) as ArrayLike<number | bigint>);
}

/** Dtype, shape and values of what comes of a value. */
function made(
  value: TensorValue,
  options?: Parameters<typeof tensorFrom>[1],
): [DTypeName, readonly number[], unknown[]] {
  const tensor = tensorFrom(value, options);
  return [tensor.dtype.name, tensor.shape, valuesOf(tensor)];
}

describe('a tensor from values', () => {
  it('has the dtype of the values where nobody says one', () => {
    expect(made(1.5)).toEqual(['float32', [], [1.5]]);
    expect(made([1, 2])).toEqual(['float32', [2], [1, 2]]);
    expect(made(7n)).toEqual(['int64', [], [7n]]);
    expect(made([true, false])).toEqual(['bool', [2], [1, 0]]);
    expect(made('héllo')).toEqual(['string', [], ['héllo']]);
    expect(made([Uint8Array.of(0x61), Uint8Array.of()])).toEqual(['string', [2], ['a', '']]);
    expect(made([[Uint8Array.of(0x61)], [Uint8Array.of(0x62)]])).toEqual(['string', [2, 1], ['a', 'b']]);
    expect(made(Uint8Array.of(1, 2))).toEqual(['uint8', [2], [1, 2]]);
    expect(made(BigUint64Array.of(1n))).toEqual(['uint64', [1], [1n]]);
    expect(made([])).toEqual(['float32', [0], []]);
    expect(made([[], []])).toEqual(['float32', [2, 0], []]);
  });

  it('has the shape of the nesting, or the one that is given for flat values', () => {
    expect(
      made([
        [1, 2, 3],
        [4, 5, 6],
      ]),
    ).toEqual(['float32', [2, 3], [1, 2, 3, 4, 5, 6]]);
    expect(made([Int32Array.of(1, 2), Int32Array.of(3, 4)])).toEqual(['int32', [2, 2], [1, 2, 3, 4]]);
    expect(made(Float64Array.of(1, 2, 3, 4), { shape: [2, 2] })).toEqual(['float64', [2, 2], [1, 2, 3, 4]]);
    expect(made([1, 2, 3, 4], { shape: [2, 2] })).toEqual(['float32', [2, 2], [1, 2, 3, 4]]);
    expect(made([5], { shape: [] })).toEqual(['float32', [], [5]]);
    expect(() => made([[1], [2]], { shape: [1, 2] })).toThrow(MismatchError);
    expect(() => made([1, 2, 3], { shape: [2] })).toThrow('3 values do not fill the shape [2], which takes 2');
    expect(() => made([[1, 2], [3]])).toThrow('a list on axis 1 has 1 elements where the first has 2');
    expect(() => made([1, [2]])).toThrow(MismatchError);
  });

  it('takes another dtype exactly, or refuses', () => {
    expect(made([1, 2], { dtype: 'int32' })).toEqual(['int32', [2], [1, 2]]);
    expect(made(3, { dtype: 'int64' })).toEqual(['int64', [], [3n]]);
    expect(made(-1n, { dtype: 'int8' })).toEqual(['int8', [], [-1]]);
    expect(made(0.1, { dtype: 'float16' })[2]).toEqual([0.0999755859375]);
    expect(made(Float32Array.of(0.1), { dtype: 'bfloat16' })[2]).toEqual([0.10009765625]);
    expect(made(Int32Array.of(3), { dtype: 'float32' })).toEqual(['float32', [1], [3]]);
    expect(made(Uint8Array.of(1, 0), { dtype: 'bool' })).toEqual(['bool', [2], [1, 0]]);
    const refused: [TensorValue, DTypeName][] = [
      [1.5, 'int32'],
      [300, 'uint8'],
      [-1, 'uint64'],
      [2n ** 63n, 'int64'],
      [Float64Array.of(0.1), 'float32'],
      [Int32Array.of(2 ** 24 + 1), 'float32'],
      [2n ** 53n + 1n, 'float64'],
      [1e39, 'float32'],
      [1e6, 'float16'],
      [true, 'float32'],
      [1, 'bool'],
      [Uint8Array.of(2), 'bool'],
      [1, 'string'],
      ['1', 'int32'],
      [8, 'int4'],
      [Number.NaN, 'int32'],
      [[1, 2, 3], 'complex64'],
    ];
    for (const [value, dtype] of refused)
      expect(() => made(value, { dtype }), `${value} as ${dtype}`).toThrow(MismatchError);
    expect(() => made(1, { dtype: 'float31' as DTypeName })).toThrow(UnsupportedError);
  });

  it('takes complex numbers as pairs', () => {
    expect(made(Float32Array.of(1, 2, 3, 4), { dtype: 'complex64' })).toEqual(['complex64', [2], [1, 2, 3, 4]]);
    expect(
      made(
        [
          [1, 2],
          [3, 4],
          [5, 6],
        ],
        { dtype: 'complex128' },
      ),
    ).toEqual(['complex128', [3], [1, 2, 3, 4, 5, 6]]);
    expect(made(3, { dtype: 'complex64' })).toEqual(['complex64', [], [3, 0]]);
    expect(made([1, 2], { dtype: 'complex64', shape: [] })).toEqual(['complex64', [], [1, 2]]);
  });

  it('keeps a copy', () => {
    const values = Float32Array.of(1, 2);
    const tensor = tensorFrom(values);
    values[0] = 9;
    expect(valuesOf(tensor)).toEqual([1, 2]);
  });

  it('takes a tensor as it is, or with another dtype or shape', () => {
    const tensor = tensorFrom([1, 2, 3, 4]);
    expect(tensorFrom(tensor)).toBe(tensor);
    expect(made(tensor, { dtype: 'int32', shape: [2, 2] })).toEqual(['int32', [2, 2], [1, 2, 3, 4]]);
    expect(made(tensorFrom(['a', 'b']), { shape: [2, 1] })).toEqual(['string', [2, 1], ['a', 'b']]);
    expect(() => tensorFrom(tensorFrom([1.5]), { dtype: 'int32' })).toThrow(MismatchError);
  });

  it('refuses in words what is no value', () => {
    for (const value of [null, undefined, {}, () => 1, Symbol('x'), [null]]) {
      expect(() => tensorFrom(value as unknown as TensorValue)).toThrow(UsageError);
    }
    expect(() => tensorFrom([1], { shape: [-1] })).toThrow(UsageError);
  });

  it('reads back what was written, in every dtype', () => {
    const numeric = DTYPES.filter(({ kind }) => kind !== 'string' && kind !== 'variant');
    const arbitrary = fc.constantFrom(...numeric).chain((dtype) =>
      fc.uint8Array({ maxLength: 16 }).map((raw) => {
        const bytes = raw.slice(0, raw.length - (raw.length % dtype.width));
        const mask = dtype.kind === 'bool' ? 1 : (1 << Math.min(dtype.bits, 8)) - 1;
        return { dtype, bytes: dtype.width === 1 ? bytes.map((byte) => byte & mask) : bytes };
      }),
    );
    fc.assert(
      fc.property(arbitrary, ({ dtype, bytes }) => {
        const values = decodeValues(dtype, bytes);
        const again = tensorFrom(values.slice() as TensorValue, { dtype: dtype.name });
        expect(valuesOf(again)).toEqual(Array.from(values as ArrayLike<number | bigint>));
      }),
      { numRuns: 500 },
    );
  });
});
