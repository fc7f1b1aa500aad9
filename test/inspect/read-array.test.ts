/** The values of tensors as JavaScript has them: whole, in slices, nested; of every dtype. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readBytes } from '../../src/bytes/source.ts';
import {
  ChecksumError,
  MismatchError,
  openCheckpoint,
  readArray,
  tensorFrom,
  toNested,
  UnsupportedError,
} from '../../src/index.ts';
import { DTYPES } from '../../src/tensor/dtype.ts';
import { encodeElements } from '../../src/tensor/encode-elements.ts';
import { fixture, soundCheckpoints } from '../fixtures.ts';

const text = (bytes: unknown): string => Buffer.from(bytes as Uint8Array).toString();

describe('readArray', () => {
  it.each([
    ['float32', Float32Array, [1.5, -2]],
    ['float64', Float64Array, [1.5, -2]],
    ['float16', Float32Array, [1.5, -2]],
    ['bfloat16', Float32Array, [1.5, -2]],
    ['float8_e4m3fn', Float32Array, [1.5, -2]],
    ['float8_e5m2', Float32Array, [1.5, -2]],
    ['int4', Int8Array, [-8, 7]],
    ['uint4', Uint8Array, [0, 15]],
    ['int8', Int8Array, [-128, 127]],
    ['uint16', Uint16Array, [0, 65535]],
    ['int32', Int32Array, [-(2 ** 31), 5]],
  ] as const)('gives %s in a typed array of its own', async (dtype, type, values) => {
    const tensor = tensorFrom([...values], { dtype });
    const array = await readArray(tensor);
    expect(array).toBeInstanceOf(type);
    expect([...(array as Float32Array)]).toEqual([...values]);
    (array as Float32Array)[0] = 0;
    expect([...((await readArray(tensor)) as Float32Array)]).toEqual([...values]);
  });

  it('gives 64-bit integers as bigints, complex numbers as pairs, strings as byte strings', async () => {
    const large = [-(2n ** 63n), 2n ** 53n + 1n];
    expect(await readArray(tensorFrom(large))).toEqual(BigInt64Array.from(large));
    expect(await readArray(tensorFrom([2n ** 64n - 1n], { dtype: 'uint64' }))).toEqual(
      BigUint64Array.of(2n ** 64n - 1n),
    );
    const pairs = tensorFrom(
      [
        [1, 2],
        [3, 4],
      ],
      { dtype: 'complex64' },
    );
    expect(await readArray(pairs)).toEqual(Float32Array.of(1, 2, 3, 4));
    expect(((await readArray(tensorFrom(['é', '']))) as Uint8Array[]).map(text)).toEqual(['é', '']);
    expect(await readArray(tensorFrom([true, false]))).toEqual(Uint8Array.of(1, 0));
    expect(await readArray(tensorFrom(7))).toEqual(Float32Array.of(7));
    expect(await readArray(tensorFrom([], { shape: [0, 3] }))).toEqual(new Float32Array(0));
  });

  it('gives slices by the rules of numpy, as text or by axis', async () => {
    const tensor = tensorFrom(
      Float32Array.from({ length: 24 }, (_, i) => i),
      { shape: [2, 3, 4] },
    );
    const of = async (slice: Parameters<typeof readArray>[1]): Promise<number[]> => [
      ...((await readArray(tensor, slice)) as Float32Array),
    ];
    expect(await of('1,-1')).toEqual([20, 21, 22, 23]);
    expect(await of('[..., ::2]')).toEqual([0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22]);
    expect(await of([1, { start: 0, stop: 2 }, 3])).toEqual([15, 19]);
    expect(await of('0:0')).toEqual([]);
    const names = tensorFrom(['a', 'b', 'c']);
    expect(((await readArray(names, '-2:')) as Uint8Array[]).map(text)).toEqual(['b', 'c']);
    await expect(of('0,0,0,0')).rejects.toThrow(MismatchError);
  });

  it('reads every tensor of every fixture as its own dtype has it', async () => {
    for (const { prefix } of [...soundCheckpoints('v2'), ...soundCheckpoints('v1')]) {
      const { tensors, close } = await openCheckpoint(prefix);
      for (const [name, tensor] of tensors) {
        const { dtype, source, shape } = tensor;
        if (tensor.problem !== undefined || dtype.kind === 'variant') continue;
        const array = await readArray(tensor);
        if (dtype.kind !== 'int' && dtype.kind !== 'uint') continue;
        const bytes = readBytes(source, 0, source.byteLength);
        const again = dtype.bits < 8 ? bytes : encodeElements([...(array as BigInt64Array)], dtype);
        expect({ name, shape, bytes: again }).toEqual({ name, shape, bytes });
      }
      close();
    }
  });

  it('finds damage in a whole tensor, and has no values for what holds none', async () => {
    const damaged = await openCheckpoint(fixture('damaged/flipped-data-bit/model.ckpt'));
    await expect(readArray(damaged.tensors.get('weights'))).rejects.toThrow(ChecksumError);
    damaged.close();
    const variants = await openCheckpoint(fixture('v2/variant/variants.ckpt'));
    await expect(readArray(variants.tensors.get('pair'))).rejects.toThrow(UnsupportedError);
    variants.close();
  });
});

describe('toNested', () => {
  it('is the way back from tensorFrom', async () => {
    const shapes = fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(shapes, async (shape) => {
        const count = shape.reduce((product, size) => product * size, 1);
        const tensor = tensorFrom(
          Int32Array.from({ length: count }, (_, i) => i),
          { shape },
        );
        const nested = await toNested(tensor);
        expect(nested).toEqual(toNested((await readArray(tensor)) as Int32Array, shape));
        expect((await readArray(tensorFrom(nested as never, { dtype: 'int32' }))) as Int32Array).toEqual(
          Int32Array.from({ length: count }, (_, i) => i),
        );
      }),
      { numRuns: 50 },
    );
  });

  it('gives pairs for complex numbers, and refuses values that do not fill a shape', async () => {
    const complex = tensorFrom([1, 2, 3, 4], { dtype: 'complex128' });
    expect(await toNested(complex)).toEqual([
      [1, 2],
      [3, 4],
    ]);
    expect(toNested([1n, 2n], [2, 1])).toEqual([[1n], [2n]]);
    expect(() => toNested([1, 2, 3], [2, 2])).toThrow(MismatchError);
  });

  it('knows every dtype that has values', async () => {
    for (const { name, kind } of DTYPES.filter((dtype) => dtype.width > 0 && dtype.kind !== 'bool')) {
      const nested = await toNested(tensorFrom([0, 1], { dtype: name, ...(kind === 'complex' ? { shape: [1] } : {}) }));
      expect({ name, nested: String(nested) }).toEqual({ name, nested: '0,1' });
    }
  });
});
