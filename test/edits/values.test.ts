import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { average } from '../../src/edits/average.ts';
import { cast } from '../../src/edits/cast.ts';
import { declaredTensor } from '../../src/edits/declared-tensor.ts';
import { takeAverages } from '../../src/edits/ema.ts';
import { parseFilling } from '../../src/edits/filling.ts';
import { setValues } from '../../src/edits/set.ts';
import { parseValue } from '../../src/edits/value-bytes.ts';
import { ChecksumError, MismatchError, UsageError } from '../../src/errors.ts';
import { type FloatName, isFloatName } from '../../src/tensor/code-tables.ts';
import { dtypeOf } from '../../src/tensor/dtype.ts';
import { exactMean } from '../../src/tensor/exact-mean.ts';
import { floatCast, roundedFloats } from '../../src/tensor/float-cast.ts';
import { readStrings } from '../../src/tensor/strings.ts';
import { type Tensor, tensorOfBytes, tensorOfStrings } from '../../src/tensor/tensor.ts';
import { decodeValues } from '../../src/tensor/values.ts';
import { NUMERIC_DTYPES, numericTensor, partitionedTensors, shapes } from '../generated.ts';
import { contentOf, counted, floats, partsContent, readInPieces, valuesOf, withChecksum } from './arrays.ts';

const FLOATS = NUMERIC_DTYPES.filter(({ name }) => isFloatName(name));

function ofNumbers(dtype: string, values: readonly number[]): Tensor {
  const bytes = new Uint8Array(values.length * dtypeOf(dtype).width);
  roundedFloats(dtype as FloatName)(new Uint8Array(Float64Array.from(values).buffer), bytes);
  return withChecksum(tensorOfBytes(dtypeOf(dtype), [values.length], bytes));
}

const integers = (dtype: string, values: readonly bigint[]): Tensor => {
  const { width } = dtypeOf(dtype);
  const bytes = new Uint8Array(values.length * width);
  for (const [i, value] of values.entries()) {
    for (let at = 0; at < width; at++) bytes[i * width + at] = Number((value >> BigInt(8 * at)) & 0xffn);
  }
  return tensorOfBytes(dtypeOf(dtype), [values.length], bytes);
};

const numbersOf = (tensor: Tensor): (number | bigint)[] => [
  ...(decodeValues(tensor.dtype, contentOf(tensor)) as Iterable<number | bigint>),
];

const castTo = (tensor: Tensor, dtype: string, options = {}): Tensor =>
  cast(new Map([['x', tensor]]), () => true, dtypeOf(dtype), options).tensors.get('x') as Tensor;

describe('cast', () => {
  it('counts what overflows and what becomes zero, and the largest error', () => {
    const tensors = new Map([['x', ofNumbers('float32', [1, 70000, -70000, 1e-9, 0, -0, Number.NaN, 0.1])]]);
    const { tensors: after, losses } = cast(tensors, () => true, dtypeOf('float16'));
    expect(numbersOf(after.get('x') as Tensor).slice(1, 4)).toEqual([Infinity, -Infinity, 0]);
    expect(losses).toMatchObject([{ name: 'x', overflow: 2, underflow: 1 }]);
    expect(losses[0]?.largestError).toBe(Math.abs(Math.fround(0.1) - 0.0999755859375));
  });

  it('down and up again is what the narrower type keeps', () => {
    fc.assert(
      fc.property(floatTensor(), fc.constantFrom(...FLOATS), fc.integer({ min: 1, max: 9 }), (tensor, to, piece) => {
        const down = castTo(tensor, to.name);
        const expected = new Uint8Array(down.byteLength);
        floatCast(tensor.dtype.name as FloatName, to.name as FloatName)(contentOf(tensor), expected);
        expect(contentOf(down)).toEqual(expected);
        expect(readInPieces(castTo(tensor, to.name).source, piece)).toEqual(expected);
      }),
    );
  });

  it.each(FLOATS.map(({ name }) => name))('up and down again is nothing: %s', (name) => {
    const { width, bits } = dtypeOf(name);
    const count = 2 ** Math.min(16, bits);
    // Every pattern of one and two bytes; of more, every one of the upper two.
    const bytes = new Uint8Array(count * width);
    for (let i = 0; i < count; i++)
      for (let at = 0; at < width; at++)
        bytes[i * width + at] = at === width - 1 ? i >> (width === 1 ? 0 : 8) : at === width - 2 ? i : 7 * i;
    const tensor = tensorOfBytes(dtypeOf(name), [count], bytes);
    const again = contentOf(castTo(castTo(tensor, 'float64'), name));
    const values = new Float64Array(contentOf(castTo(tensor, 'float64')).slice().buffer);
    const differing = [...values.keys()].filter((i) =>
      bytes.subarray(i * width, (i + 1) * width).some((byte, at) => byte !== again[i * width + at]),
    );
    // NaN has many forms, and keeps its sign whichever it gets.
    for (const i of differing) {
      expect(values[i]).toBeNaN();
      expect((again[(i + 1) * width - 1] as number) >> 7).toBe((bytes[(i + 1) * width - 1] as number) >> 7);
    }
  });

  it('keeps parts', () => {
    fc.assert(
      fc.property(partitionedTensors([dtypeOf('float32')]), ({ whole, tensor }) => {
        const after = castTo(tensor, 'bfloat16');
        expect(after.parts?.map(({ slice }) => slice)).toEqual(tensor.parts?.map(({ slice }) => slice));
        const expected = new Uint8Array(whole.length / 2);
        floatCast('float32', 'bfloat16')(whole, expected);
        expect(contentOf(after)).toEqual(expected);
        expect(Buffer.concat(partsContent(after)).length).toBe(expected.length);
      }),
    );
  });

  it('to integers rounds to even, and refuses what does not fit unless it may clip', () => {
    expect(numbersOf(castTo(ofNumbers('float32', [0.5, 1.5, 2.5, -0.5, -127.6]), 'int8'))).toEqual([0, 2, 2, 0, -128]);
    expect(() => contentOf(castTo(ofNumbers('float32', [1, 300]), 'int8'))).toThrow(
      /x: element 1 is 300, which does not fit int8 \(-128 to 127\); --saturate clips/,
    );
    expect(() => contentOf(castTo(ofNumbers('float64', [Number.NaN]), 'int64'))).toThrow(MismatchError);
    const clipped = castTo(ofNumbers('float64', [1e30, -1e30, Number.NaN, 7]), 'int64', { saturate: true });
    expect(numbersOf(clipped)).toEqual([2n ** 63n - 1n, -(2n ** 63n), 0n, 7n]);
    expect(() => contentOf(castTo(integers('int64', [2n ** 40n]), 'int32'))).toThrow(MismatchError);
    expect(numbersOf(castTo(integers('int64', [-3n, 2n ** 31n - 1n]), 'int32'))).toEqual([-3, 2 ** 31 - 1]);
  });

  it('from integers rounds once', () => {
    // Rounded to float64 first, this would be a tie, and round down.
    const value = 2n ** 54n + 2n ** 30n + 1n;
    expect(numbersOf(castTo(integers('int64', [value, -value]), 'float32'))).toEqual([
      2 ** 54 + 2 ** 31,
      -(2 ** 54) - 2 ** 31,
    ]);
    expect(numbersOf(castTo(integers('uint8', [7n, 255n]), 'bfloat16'))).toEqual([7, 255]);
  });

  it('refuses what has no meaning', () => {
    expect(() => castTo(integers('qint8', [1n]), 'float32')).toThrow(/scale of quantized numbers/);
    const text = tensorOfStrings(dtypeOf('string'), [1], [Uint8Array.of(65)]);
    expect(() => castTo(text, 'float32')).toThrow(/strings and variants are no numbers/);
  });
});

const floatTensor = (): fc.Arbitrary<Tensor> =>
  fc
    .tuple(fc.constantFrom(...FLOATS), shapes())
    .chain(([dtype, shape]) => numericTensor(dtype, shape))
    .map((tensor) => withChecksum(tensor));

/** What a dtype has for a number that it may have none for: the largest ones, and zeros without a sign. */
const rounded = (name: string, value: number): number =>
  numbersOf(castTo(ofNumbers(name, [value]), 'float64'))[0] as number;

const meanOf = (inputs: readonly Tensor[], options = {}): Tensor =>
  average(
    inputs.map((tensor) => new Map([['x', tensor]])),
    inputs.map((_, i) => `input ${i}`),
    options,
  ).tensors.get('x') as Tensor;

describe('average', () => {
  it.each(FLOATS.map(({ name }) => name))(
    'of numbers that are near or far is the nearest to the exact mean: %s',
    (name) => {
      const dtype = dtypeOf(name);
      const element = fc.oneof(
        numericTensor(dtype, [8]),
        fc
          .array(fc.integer({ min: -9, max: 9 }), { minLength: 8, maxLength: 8 })
          .map((values) => ofNumbers(name, values)),
      );
      fc.assert(
        fc.property(
          fc.array(element, { minLength: 2, maxLength: 7 }),
          fc.integer({ min: 1, max: 7 }),
          (inputs, turn) => {
            const wide = inputs.map((input) => numbersOf(castTo(input, 'float64')) as number[]);
            const means = wide[0]?.map((_, i) => {
              const values = wide.map((input) => input[i] as number);
              if (!values.every(Number.isFinite)) return values.reduce((sum, value) => sum + value);
              return exactMean(
                name as FloatName,
                values,
                values.map(() => 1),
              );
            });
            const expected = numbersOf(castTo(ofNumbers(name, means ?? []), 'float64'));
            const turned = inputs.map((_, i) => inputs[(i + turn) % inputs.length] as Tensor);
            expect(numbersOf(castTo(meanOf(inputs), 'float64'))).toEqual(expected);
            expect(numbersOf(castTo(meanOf(turned), 'float64'))).toEqual(expected);
          },
        ),
        { numRuns: 60 },
      );
    },
  );

  it('of float64 of like size is the nearest too', () => {
    const element = fc.array(fc.double({ min: 0.001, max: 1, noNaN: true }), { minLength: 8, maxLength: 8 });
    fc.assert(
      fc.property(fc.array(element, { minLength: 2, maxLength: 6 }), fc.array(fc.boolean()), (lists, signs) => {
        const signed = lists.map((list, k) => list.map((value) => (signs[k] === true ? -value : value)));
        const means = numbersOf(meanOf(signed.map((list) => ofNumbers('float64', list))));
        for (const [i, mean] of means.entries()) {
          const values = signed.map((list) => list[i] as number);
          expect(mean).toBe(
            exactMean(
              'float64',
              values,
              values.map(() => 1),
            ),
          );
        }
      }),
      { numRuns: 400 },
    );
  });

  it.each(FLOATS.map(({ name }) => name))('weighed is the nearest to the exact one too: %s', (name) => {
    const dtype = dtypeOf(name);
    const element = fc.oneof(
      numericTensor(dtype, [8]),
      fc.constant(castTo(counted([8], -3), name)),
      fc
        .array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 8, maxLength: 8 })
        .map((values) => castTo(ofNumbers('float64', values), name)),
    );
    const weight = fc.oneof(
      fc.double({ min: 0.001, max: 1, noNaN: true }),
      fc.integer({ min: 1, max: 9 }),
      fc.constantFrom(0.1, 1e-300, 1e300, 5e-324),
    );
    const input = fc.tuple(element, weight);
    fc.assert(
      fc.property(fc.array(input, { minLength: 2, maxLength: 5 }), (weighed) => {
        const [inputs, weights] = [weighed.map(([tensor]) => tensor), weighed.map(([, count]) => count)];
        const wide = inputs.map((tensor) => numbersOf(castTo(tensor, 'float64')) as number[]);
        const means = numbersOf(castTo(meanOf(inputs, { weights }), 'float64'));
        for (const [i, mean] of means.entries()) {
          const values = wide.map((list) => list[i] as number);
          if (values.every(Number.isFinite))
            expect(mean).toBe(rounded(name, exactMean(name as FloatName, values, weights)));
        }
      }),
      { numRuns: 100 },
    );
  });

  it('weighed is on the right side of the middle between two numbers, however near it is', () => {
    // The mean is 0.4999999999999979 of a step from the nearest number.
    const values = [-1, -0.9999999999999986];
    const weights = [0.0010000000000000007, 0.001];
    const inputs = values.map((value) => ofNumbers('float64', [value]));
    expect(numbersOf(meanOf(inputs, { weights }))).toEqual([-0.9999999999999993]);
    const step = fc.integer({ min: -64, max: 64 }).map((steps) => 1 + steps * 2 ** -52);
    fc.assert(
      fc.property(fc.array(fc.tuple(step, step), { minLength: 2, maxLength: 3 }), (pairs) => {
        const [each, of] = [pairs.map(([value]) => value), pairs.map(([, weight]) => weight)];
        const mean = meanOf(
          each.map((value) => ofNumbers('float64', [value])),
          { weights: of },
        );
        expect(numbersOf(mean)).toEqual([exactMean('float64', each, of)]);
      }),
      { numRuns: 300 },
    );
  });

  it('leaves out what counts nothing, whatever stands there', () => {
    const inputs = [floats([3], [1, -0, 2]), floats([3], [Number.NaN, -5, Infinity])];
    expect(contentOf(meanOf(inputs, { weights: [3, 0] }))).toEqual(contentOf(floats([3], [1, -0, 2])));
  });

  it('of copies is the copy, to the bit', () => {
    fc.assert(
      fc.property(floatTensor(), fc.integer({ min: 2, max: 6 }), (tensor, copies) => {
        // A type that has no NaN of its own width keeps none.
        const bytes = contentOf(meanOf(Array.from({ length: copies }, () => tensor)));
        const again = contentOf(castTo(castTo(tensor, 'float64'), tensor.dtype.name));
        if (Buffer.compare(again, contentOf(tensor)) === 0) expect(bytes).toEqual(contentOf(tensor));
      }),
    );
    const odd = [-0, 0, 2 ** -149, -Infinity, 3.4e38, Number.NaN];
    expect(contentOf(meanOf([floats([6], odd), floats([6], odd), floats([6], odd)]))).toEqual(
      contentOf(floats([6], odd)),
    );
  });

  it('rounds ties to even, takes no detour, and never overflows on the way', () => {
    const tiny = 2 ** -23;
    expect(valuesOf(meanOf([floats([1], [1]), floats([1], [1 + tiny])]))).toEqual([1]);
    expect(valuesOf(meanOf([floats([1], [1 + tiny]), floats([1], [1 + 2 * tiny])]))).toEqual([1 + 2 * tiny]);
    expect(valuesOf(meanOf([floats([1], [1e38]), floats([1], [1e-38]), floats([1], [-1e38])]))).toEqual([
      Math.fround(Math.fround(1e-38) / 3),
    ]);
    const large = ofNumbers('float64', [1.7e308]);
    expect(numbersOf(meanOf([large, large, large]))).toEqual([1.7e308]);
  });

  it('weighs', () => {
    const inputs = [floats([2], [1, 10]), floats([2], [2, 20]), floats([2], [4, 40])];
    expect(valuesOf(meanOf(inputs, { weights: [2, 1, 1] }))).toEqual([2, 20]);
    expect(valuesOf(meanOf(inputs, { weights: [0, 0, 1] }))).toEqual([4, 40]);
    expect(valuesOf(meanOf(inputs, { ema: 0.5 }))).toEqual([2.75, 27.5]);
    expect(valuesOf(meanOf(inputs, { weights: [0.5, 0.3, 0.2] }))).toEqual([Math.fround(1.9), 19]);
    expect(() => meanOf(inputs, { weights: [1, 2] })).toThrow(/2 weights were given for 3/);
    expect(() => meanOf(inputs, { weights: [1, -1, 1] })).toThrow(UsageError);
    expect(() => meanOf(inputs, { ema: 1 })).toThrow(/between 0 and 1/);
  });

  it('takes what is no float from the newest, and says where that differs', () => {
    const at = (step: bigint): Map<string, Tensor> =>
      new Map([
        ['w', floats([1], [Number(step)])],
        ['step', integers('int64', [step])],
        ['same', integers('int64', [1n])],
      ]);
    const { tensors, notes, averaged } = average([at(1n), at(3n)], ['a', 'b']);
    expect(valuesOf(tensors.get('w'))).toEqual([2]);
    expect(numbersOf(tensors.get('step') as Tensor)).toEqual([3n]);
    expect(averaged).toBe(1);
    expect(notes).toEqual(['step differs and is no float: it is that of b, the newest']);
  });

  it('refuses other names, shapes and dtypes', () => {
    const [a, b] = [
      new Map([
        ['w', counted([2])],
        ['v', counted([1])],
      ]),
      new Map([['w', counted([2])]]),
    ];
    expect(() => average([a, b], ['a', 'b'])).toThrow(/b does not have v; --common/);
    expect(() => average([b, a], ['b', 'a'])).toThrow(/b does not have v; --common/);
    const { tensors, notes } = average([b, a], ['b', 'a'], { common: true });
    expect([...tensors.keys()]).toEqual(['w']);
    expect(notes).toEqual(['1 tensor that not all checkpoints have was left out']);
    const other = new Map([['w', counted([3])]]);
    expect(() => average([b, other], ['b', 'c'])).toThrow(
      'w is float32[2] in b and float32[3] in c: they have no mean',
    );
  });

  it('reads partitioned inputs part by part, or as wholes where they lie apart', () => {
    fc.assert(
      fc.property(partitionedTensors([dtypeOf('float32')]), ({ whole, tensor }) => {
        const plain = tensorOfBytes(tensor.dtype, tensor.shape, whole);
        for (const inputs of [
          [tensor, tensor],
          [plain, tensor],
          [tensor, plain],
        ]) {
          const mean = meanOf(inputs);
          expect(mean.parts?.length).toBe(inputs[1]?.parts?.length);
          expect(contentOf(mean)).toEqual(whole);
        }
      }),
    );
  });

  it('checks what it reads', () => {
    const [good, bad] = [counted([4]), withChecksum(counted([4]), 1)];
    expect(() => contentOf(meanOf([good, bad]))).toThrow(ChecksumError);
    expect(valuesOf(meanOf([good, bad], { verify: false }))).toEqual([0, 1, 2, 3]);
  });
});

describe('moving averages', () => {
  const tensors = (): Map<string, Tensor> =>
    new Map([
      ['w', floats([1], [1])],
      ['w/ExponentialMovingAverage', floats([1], [2])],
      ['b', floats([1], [3])],
      ['global_step', integers('int64', [3n])],
    ]);

  it('take the place of their variables', () => {
    const { tensors: after, taken, without } = takeAverages(tensors());
    expect([...after.keys()]).toEqual(['w', 'b', 'global_step']);
    expect(valuesOf(after.get('w'))).toEqual([2]);
    expect({ taken, without }).toEqual({ taken: ['w'], without: ['b'] });
    const raw = takeAverages(tensors(), { keepRaw: '/raw' }).tensors;
    expect([...raw.keys()]).toEqual(['w', 'b', 'global_step', 'w/raw']);
    expect(valuesOf(raw.get('w/raw'))).toEqual([1]);
    expect(() => takeAverages(after)).toThrow(/no moving average/);
    const taken2 = new Map([...tensors(), ['w/raw', counted([1])] as const]);
    expect(() => takeAverages(taken2, { keepRaw: '/raw' })).toThrow(/w\/raw is there already/);
  });
});

describe('set', () => {
  const text = (value: string): Parameters<typeof setValues>[1][number]['value'] =>
    parseFilling(value) ?? { kind: 'json', value: parseValue(value) as never };
  const tensors = (): Map<string, Tensor> =>
    new Map([
      ['w', counted([2, 2])],
      ['step', tensorOfBytes(dtypeOf('int64'), [], new Uint8Array(8))],
      ['on', tensorOfBytes(dtypeOf('bool'), [], new Uint8Array(1))],
      ['name', tensorOfStrings(dtypeOf('string'), [], [Uint8Array.of(65)])],
    ]);
  const made = (name: string, value: string): Tensor =>
    setValues(tensors(), [{ name, value: text(value) }]).tensors.get(name) as Tensor;

  it.each([
    ['w', '[[1,2],[3,4]]', [1, 2, 3, 4]],
    ['w', '0.5', [0.5, 0.5, 0.5, 0.5]],
    ['w', '[[NaN,-Infinity],[1e3,-0]]', [Number.NaN, Number.NEGATIVE_INFINITY, 1000, -0]],
    ['w', 'ones', [1, 1, 1, 1]],
    // As `dump --to json` writes them.
    ['w', '[[1,"NaN"],["Infinity","-Infinity"]]', [1, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]],
    ['step', '9007199254740993', [9007199254740993n]],
    ['on', 'true', [1]],
  ])('%s=%s', (name, value, expected) => {
    expect(numbersOf(made(name, value))).toEqual(expected);
  });

  it('gives the numbers of TensorFlow’s stateless ops', () => {
    const { tensors: all } = setValues(
      new Map(),
      [{ name: 'u', declared: { dtype: dtypeOf('float32'), shape: [8] }, value: text('uniform:0,1') }],
      { seed: 5 },
    );
    expect(valuesOf(all.get('u')).slice(0, 3)).toEqual([0.06185328960418701, 0.8316690921783447, 0.9735771417617798]);
    expect(readInPieces((all.get('u') as Tensor).source, 5)).toEqual(contentOf(all.get('u') as Tensor));
  });

  it('writes strings, and casts other tensors', () => {
    const named = made('name', '"höhe"');
    expect(readStrings(named.source, 1).map((bytes) => new TextDecoder().decode(bytes))).toEqual(['höhe']);
    const { tensors: all } = setValues(tensors(), [
      {
        name: 'w',
        value: { kind: 'tensor', name: 'x.npy', tensor: { ...ofNumbers('float64', [1, 2, 3, 4]), shape: [2, 2] } },
      },
    ]);
    expect(valuesOf(all.get('w'))).toEqual([1, 2, 3, 4]);
  });

  it.each([
    ['[2]', '[[1,2],[3,-4]]', [1, 2, 3, -4]],
    ['[2]', '[1,2]', [1, 0, 2, 0]],
    ['[2]', '5', [5, 0, 5, 0]],
    ['[]', '[1,2]', [1, 2]],
  ])('complex numbers of shape %s are made of %s', (sizes, value, expected) => {
    const { name, ...declared } = declaredTensor(`c:complex64${sizes}`) ?? { name: '' };
    const { tensors: all } = setValues(new Map(), [{ name, declared: declared as never, value: text(value) }]);
    expect(valuesOf(all.get('c'))).toEqual(expected);
  });

  it('puts no fraction and nothing too large in the place of integers', () => {
    const into = (number: number): Tensor | undefined => {
      const value = {
        kind: 'tensor',
        name: 'x.npy',
        tensor: { ...ofNumbers('float64', [number]), shape: [] },
      } as const;
      return setValues(tensors(), [{ name: 'step', value }]).tensors.get('step');
    };
    expect(numbersOf(into(3) as Tensor)).toEqual([3n]);
    for (const number of [1.5, Number.NaN, 1e30]) {
      expect(() => contentOf(into(number) as Tensor)).toThrow(/x\.npy: element 0 is .*, but int64 takes whole numbers/);
    }
  });

  it('takes a tensor for a new name only where that is said', () => {
    const value = { kind: 'tensor', name: 'k.npy', tensor: counted([2, 3]) } as const;
    expect(() => setValues(tensors(), [{ name: 'wv', value }])).toThrow(
      /^there is no tensor called wv; .*a new one says what it is: 'wv:float32\[2,3\]=@k\.npy'$/,
    );
  });

  it.each([
    ['a/b:float32[3,4]', { name: 'a/b', shape: [3, 4] }],
    ['a:int8[]', { name: 'a', shape: [] }],
    ['a:int8[2,]', { name: 'a', shape: [2] }],
    ['a:0', undefined],
  ])('%s declares %j', (declaration, expected) => {
    const { name, shape } = declaredTensor(declaration) ?? {};
    expect(name === undefined ? undefined : { name, shape }).toEqual(expected);
  });

  it.each(['a:int8[-1]', 'a:int8[1,,2]', 'a:int8[x]', 'a:int8[99999999999999999999]'])(
    '%s is refused',
    (declaration) => {
      expect(() => declaredTensor(declaration)).toThrow(/sizes are whole numbers from 0 on/);
    },
  );

  it.each([
    ['w', '[1,2]', 'w has shape [2,2], the value [2]'],
    ['w', '[[1],[2,3]]', 'the lists for w differ in length'],
    ['w', '"a"', 'w is float32, which takes numbers, not "a"'],
    ['w', '1e39', 'w is float32, in which 1e+39 would be Infinity'],
    ['w', '[[0,1],[2,-1e300]]', 'w is float32, in which -1e+300 would be -Infinity'],
    ['step', '1.5', /step is int64, which takes a whole number from .*, not 1.5/],
    ['on', '2', /true or false/],
    ['new', '1', /there is no tensor called new;.* a new one says what it is: 'new:float32\[3,4\]=zeros'/],
  ])('refuses %s=%s', (name, value, message) => {
    expect(() => made(name, value)).toThrow(message);
  });
});
