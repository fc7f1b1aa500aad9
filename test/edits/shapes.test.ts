import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concat, split } from '../../src/edits/concat.ts';
import { mergeSlices, partition } from '../../src/edits/partition.ts';
import { PermutedSource } from '../../src/edits/permuted-source.ts';
import { remap } from '../../src/edits/remap.ts';
import { reshape } from '../../src/edits/reshape.ts';
import { resize } from '../../src/edits/resize.ts';
import { layoutPerm, transpose } from '../../src/edits/transpose.ts';
import { ChecksumError, MismatchError, NameError, UsageError } from '../../src/errors.ts';
import { chooser } from '../../src/surgery/selectors.ts';
import { elementCount, stridesOf } from '../../src/tensor/shape.ts';
import type { Tensor, TensorMap } from '../../src/tensor/tensor.ts';
import { formatTensorSlice } from '../../src/tensor/tensor-slice.ts';
import { NUMERIC_DTYPES, numericTensor, partitionedTensors, shapes } from '../generated.ts';
import { contentOf, counted, floats, partsContent, readInPieces, valuesOf, withChecksum } from './arrays.ts';

/** A choice by patterns. */
const by = (tensors: TensorMap, ...patterns: string[]) => chooser({ patterns }, tensors);

const adam = (): Map<string, Tensor> =>
  new Map([
    ['emb', counted([3, 2])],
    ['emb/Adam', counted([3, 2], 10)],
    ['emb/Adam_1', counted([3, 2], 20)],
    ['emb/ExponentialMovingAverage', counted([3, 2], 30)],
    ['global_step', floats([], [7])],
  ]);

describe('resize', () => {
  it('adds rows of zeros at the end, to slots and averages too', () => {
    const tensors = adam();
    const { tensors: after, changes, notes } = resize(tensors, by(tensors, 'emb'), { size: 5 });
    expect(after.get('emb')?.shape).toEqual([5, 2]);
    expect(valuesOf(after.get('emb'))).toEqual([0, 1, 2, 3, 4, 5, 0, 0, 0, 0]);
    expect(valuesOf(after.get('emb/Adam_1'))).toEqual([20, 21, 22, 23, 24, 25, 0, 0, 0, 0]);
    expect(after.get('global_step')).toBe(tensors.get('global_step'));
    expect(changes.map(({ name }) => name)).toEqual(['emb', 'emb/Adam', 'emb/Adam_1', 'emb/ExponentialMovingAverage']);
    expect(notes).toEqual([]);
  });

  it('gives new rows the mean, or repeats; slots start with zeros, averages as their variable', () => {
    const tensors = adam();
    const mean = resize(tensors, by(tensors, 'emb'), { size: 4, filling: { kind: 'mean' } }).tensors;
    expect(valuesOf(mean.get('emb')).slice(-2)).toEqual([2, 3]);
    expect(valuesOf(mean.get('emb/Adam')).slice(-2)).toEqual([0, 0]);
    expect(valuesOf(mean.get('emb/ExponentialMovingAverage')).slice(-2)).toEqual([32, 33]);
    const repeat = resize(tensors, by(tensors, 'emb'), { size: 8, filling: { kind: 'repeat' } }).tensors;
    expect(valuesOf(repeat.get('emb'))).toEqual([0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5, 0, 1, 2, 3]);
    const normal = resize(tensors, by(tensors, 'emb'), { size: 6, filling: { kind: 'normal', stddev: 2 }, seed: 5 });
    const drawn = valuesOf(normal.tensors.get('emb')).slice(6);
    expect(new Set(drawn).size).toBe(6);
    expect(valuesOf(normal.tensors.get('emb/ExponentialMovingAverage')).slice(6)).toEqual(drawn);
  });

  it.each([
    ['at the start', { size: 4, at: 'start' }, [0, 0, 0, 1, 2, 3, 4, 5]],
    ['at a row', { size: 4, at: 1 }, [0, 1, 0, 0, 2, 3, 4, 5]],
    ['along another axis', { size: 3, axis: -1 }, [0, 1, 0, 2, 3, 0, 4, 5, 0]],
    ['and cuts the end', { size: 2, cut: true }, [0, 1, 2, 3]],
    ['and cuts the start', { size: 2, at: 'start', cut: true }, [2, 3, 4, 5]],
    ['and cuts at a row', { size: 2, at: 1, cut: true }, [0, 1, 4, 5]],
  ] as const)('works %s', (_, options, expected) => {
    const tensors = new Map([['emb', counted([3, 2])]]);
    expect(valuesOf(resize(tensors, by(tensors, 'emb'), options).tensors.get('emb'))).toEqual(expected);
  });

  it('leaves slots out of it where told so, and says so', () => {
    const tensors = adam();
    const { tensors: after, notes } = resize(tensors, by(tensors, 'emb'), { size: 5, withSlots: false });
    expect(after.get('emb/Adam')?.shape).toEqual([3, 2]);
    expect(notes).toEqual([
      '--no-slots: emb/Adam, emb/Adam_1, emb/ExponentialMovingAverage stay as they are, and no longer fit their variable',
    ]);
  });

  it('costs as much for two thousand million rows as for two', () => {
    const tensors = new Map([['x', counted([2])]]);
    for (const filling of [{ kind: 'repeat' }, { kind: 'ones' }] as const) {
      const { source, shape } = resize(tensors, by(tensors, 'x'), { size: 2 ** 31 - 2, at: 1, filling }).tensors.get(
        'x',
      ) as Tensor;
      expect(shape).toEqual([2 ** 31 - 2]);
      const [front, end] = [new Float32Array(4), new Float32Array(3)];
      source.readInto(new Uint8Array(front.buffer), 0);
      source.readInto(new Uint8Array(end.buffer), source.byteLength - 12);
      expect([[...front], [...end]]).toEqual(
        filling.kind === 'ones'
          ? [
              [0, 1, 1, 1],
              [1, 1, 1],
            ]
          : [
              [0, 1, 0, 1],
              [1, 0, 1],
            ],
      );
    }
    expect(() => partition(new Map([['x', counted([3])]]), () => true, { into: 2 ** 30 })).toThrow(/too few/);
  });

  it('takes slots along that lack the other axis, as the factors of Adafactor do', () => {
    const tensors = adam()
      .set('emb/Adam', counted([3]))
      .set('emb/Adam_1', counted([3, 1]));
    const rows = resize(tensors, by(tensors, 'emb'), { size: 4 });
    expect([rows.notes, valuesOf(rows.tensors.get('emb/Adam'))]).toEqual([[], [0, 1, 2, 0]]);
    expect(rows.tensors.get('emb/Adam_1')?.shape).toEqual([4, 1]);
    const columns = resize(tensors, by(tensors, 'emb'), { size: 4, axis: -1 });
    expect(['emb', 'emb/Adam', 'emb/Adam_1'].map((name) => columns.tensors.get(name)?.shape)).toEqual([
      [3, 4],
      [3],
      [3, 1],
    ]);
    expect(columns.changes.map(({ name }) => name)).toEqual(['emb', 'emb/ExponentialMovingAverage']);
    const other = remap(tensors, by(tensors, 'emb'), { from: ['a', 'b', 'c'], to: ['c', 'd', 'a'] });
    expect(valuesOf(other.tensors.get('emb/Adam'))).toEqual([2, 0, 0]);
  });

  it('tells of slots of which a new row is no beginning', () => {
    const tensors = new Map([
      ['emb', counted([3, 2])],
      ['emb/Adagrad', counted([3, 2])],
    ]);
    expect(resize(tensors, by(tensors, 'emb'), { size: 5 }).notes.join()).toMatch(/emb\/Adagrad are zeros.* 0\.1/);
    expect(resize(tensors, by(tensors, 'emb'), { size: 2, cut: true }).notes).toEqual([]);
  });

  it('tells of slots of another shape', () => {
    const tensors = adam().set('emb/Adam', counted([7]));
    expect(resize(tensors, by(tensors, 'emb'), { size: 5 }).notes).toEqual([
      'emb/Adam has another shape than its variable and stays as it is',
    ]);
    const square = new Map([...tensors, ['emb', counted([3, 3])], ['emb/Adam', counted([3])]] as const);
    expect(resize(square, by(square, 'emb'), { size: 5 }).notes.join()).toContain('emb/Adam');
  });

  it.each([
    [{ size: 2 }, UsageError, /2 would cut 1 off.*--cut/],
    [{ size: 5, axis: 2 }, MismatchError, /shape \[3,2\].*no axis 2.*0 to 1/],
    [{ size: 5, at: 4 }, MismatchError, /3 rows/],
    [{ size: -1 }, UsageError, /whole number/],
  ] as const)('refuses %j', (options, error, message) => {
    const tensors = adam();
    const act = () => resize(tensors, by(tensors, 'emb'), options);
    expect(act).toThrow(error);
    expect(act).toThrow(message);
  });

  it('keeps as many parts, cut as TensorFlow’s partitioner cuts', () => {
    const tensors = partition(adam(), by(adam(), 'emb'), { into: 2 }).tensors;
    const after = resize(tensors, by(tensors, 'emb'), { size: 5 }).tensors;
    const parts = after.get('emb/Adam')?.parts ?? [];
    expect(parts.map(({ slice }) => formatTensorSlice(slice))).toEqual(['0,3:-', '3,2:-']);
    expect(parts.map(({ tensor }) => valuesOf(tensor))).toEqual([
      [10, 11, 12, 13, 14, 15],
      [0, 0, 0, 0],
    ]);
  });

  it('there and back is nothing', () => {
    fc.assert(
      fc.property(
        anyTensor(),
        fc.nat(9),
        fc.constantFrom<'end' | 'start' | 0>('end', 'start', 0),
        (tensor, more, at) => {
          fc.pre(tensor.shape.length > 0);
          const tensors = new Map([['x', tensor]]);
          const size = (tensor.shape[0] as number) + more;
          const larger = resize(tensors, () => true, { size, at }).tensors;
          const back = resize(larger, () => true, { size: tensor.shape[0] as number, at, cut: true }).tensors;
          expect(contentOf(back.get('x') as Tensor)).toEqual(contentOf(tensor));
        },
      ),
    );
  });
});

const anyTensor = (): fc.Arbitrary<Tensor> =>
  fc
    .tuple(fc.constantFrom(...NUMERIC_DTYPES), shapes())
    .chain(([dtype, shape]) => numericTensor(dtype, shape))
    .map((tensor) => withChecksum(tensor));

describe('remap', () => {
  const options = { from: ['a', 'b', 'c'], to: ['c', 'new', 'a'] };

  it('moves rows with their words, and their slots', () => {
    const tensors = adam();
    const { tensors: after, kept, added, lost } = remap(tensors, by(tensors, 'emb'), options);
    expect({ kept, added, lost }).toEqual({ kept: 2, added: 1, lost: 1 });
    expect(valuesOf(after.get('emb'))).toEqual([4, 5, 0, 0, 0, 1]);
    expect(valuesOf(after.get('emb/Adam'))).toEqual([14, 15, 0, 0, 10, 11]);
  });

  it.each([
    [{ from: ['a', 'b'], to: ['a'] }, /emb has 3 rows along axis 0, the old vocabulary 2 words/],
    [{ from: ['a', 'b', 'a'], to: ['a'] }, /old vocabulary has "a" twice, in lines 1 and 3/],
    [{ from: ['a', 'b', 'c'], to: ['a', 'a'] }, /new vocabulary has "a" twice/],
    [{ from: ['a', 'b', 'c'], to: ['x'] }, /no word in common/],
  ])('refuses %j', (wrong, message) => {
    const tensors = adam();
    expect(() => remap(tensors, by(tensors, 'emb'), wrong)).toThrow(message);
  });
});

describe('concat and split', () => {
  const family = (): Map<string, Tensor> =>
    new Map([
      ['w_1', counted([2, 2], 4)],
      ['w_0', counted([2, 2])],
      ['w_0/Adam', counted([2, 2], 10)],
      ['w_1/Adam', counted([2, 2], 14)],
      ['w_0/Adam_1', counted([2, 2], 20)],
    ]);

  it('join a family by number, with the slots that all have', () => {
    const { tensors, notes } = concat(family(), 'w_{n}', { as: 'w' });
    expect([...tensors.keys()].sort()).toEqual(['w', 'w/Adam', 'w_0/Adam_1']);
    expect(valuesOf(tensors.get('w'))).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(valuesOf(tensors.get('w/Adam'))).toEqual([10, 11, 12, 13, 14, 15, 16, 17]);
    expect(notes).toEqual(['w/Adam_1 is not made: only 1 of the 2 variables have it']);
    const across = concat(family(), 'w_{n}', { as: 'w', axis: 1 }).tensors;
    expect(valuesOf(across.get('w'))).toEqual([0, 1, 4, 5, 2, 3, 6, 7]);
  });

  it('split into parts as given, slots too', () => {
    const tensors = adam();
    const after = split(tensors, 'emb', { sizes: [1, 2], as: 'emb_{n}' }).tensors;
    expect([...after.keys()].filter((name) => name.includes('Adam_1'))).toEqual(['emb_0/Adam_1', 'emb_1/Adam_1']);
    expect(valuesOf(after.get('emb_1'))).toEqual([2, 3, 4, 5]);
    expect(valuesOf(after.get('emb_1/Adam'))).toEqual([12, 13, 14, 15]);
  });

  it('undo one another', () => {
    fc.assert(
      fc.property(anyTensor(), fc.nat(), fc.integer({ min: 1, max: 5 }), (tensor, pick, into) => {
        fc.pre(tensor.shape.length > 0);
        const axis = pick % tensor.shape.length;
        fc.pre((tensor.shape[axis] as number) >= into);
        const cut = split(new Map([['a/x', tensor]]), 'a/x', { axis, into, as: 'a/part_{n}' }).tensors;
        expect(cut.size).toBe(into);
        const whole = concat(cut, 'a/part_{n}', { axis, as: 'a/x' }).tensors;
        expect(contentOf(whole.get('a/x') as Tensor)).toEqual(contentOf(tensor));
      }),
    );
  });

  it.each([
    ['v_{n}', 'w', NameError, /v_\{n\}/],
    ['w', 'w', UsageError, /must hold \{n\} once/],
    ['w_{n}', '', UsageError, /--as/],
  ] as const)('refuse %s as %s', (template, as, error, message) => {
    expect(() => concat(family(), template, { as })).toThrow(error);
    expect(() => concat(family(), template, { as })).toThrow(message);
  });

  it('refuse what cannot be joined or cut', () => {
    expect(() => concat(family().set('w_3', counted([2, 2])), 'w_{n}', { as: 'w' })).toThrow(/w_2 is missing/);
    expect(() => concat(family().set('w_1', counted([2, 3])), 'w_{n}', { as: 'w' })).toThrow(/cannot be joined/);
    expect(() => concat(family().set('w', counted([1])), 'w_{n}', { as: 'w' })).toThrow(/called w already/);
    expect(() => split(adam(), 'emb', { sizes: [1, 1], as: 'e_{n}' })).toThrow(/make 2 rows, emb has 3/);
    expect(() => split(adam(), 'emb', { into: 4, as: 'e_{n}' })).toThrow(/cannot be cut into 4 parts/);
  });
});

/** What numpy's transpose gives: elements one by one. */
function plainly(tensor: Tensor, perm: readonly number[]): Uint8Array {
  const { shape, dtype } = tensor;
  const bytes = contentOf(tensor);
  const strides = stridesOf(shape);
  const target = perm.map((axis) => shape[axis] as number);
  const targetStrides = stridesOf(target);
  return Uint8Array.from(
    Array.from({ length: elementCount(shape) }, (_, i) => {
      const from = perm.reduce((sum, axis, at) => {
        const index = Math.floor(i / (targetStrides[at] as number)) % (target[at] as number);
        return sum + index * (strides[axis] as number);
      }, 0);
      return [...bytes.subarray(from * dtype.width, (from + 1) * dtype.width)];
    }).flat(),
  );
}

describe('transpose', () => {
  it('is numpy’s, in slabs of any size, read in pieces of any size, and twice is nothing', () => {
    fc.assert(
      fc.property(
        anyTensor(),
        fc.array(fc.nat()),
        fc.integer({ min: 1, max: 64 }),
        fc.integer({ min: 1, max: 40 }),
        (tensor, keys, slab, piece) => {
          const axes = tensor.shape.map((_, axis) => axis);
          const perm = axes.sort((a, b) => ((keys[a] ?? 0) % 97) - ((keys[b] ?? 0) % 97) || a - b);
          const expected = plainly(tensor, perm);
          const after = transpose(new Map([['x', tensor]]), () => true, { perm }).tensors;
          expect(contentOf(after.get('x') as Tensor)).toEqual(expected);
          const source = new PermutedSource(tensor.source, tensor.shape, perm, tensor.dtype.width, slab);
          expect(readInPieces(source, piece)).toEqual(expected);
          const inverse = perm.map((_, axis) => perm.indexOf(axis));
          const back = transpose(after, () => true, { perm: inverse }).tensors;
          expect(contentOf(back.get('x') as Tensor)).toEqual(contentOf(tensor));
        },
      ),
    );
  });

  it('turns layouts', () => {
    expect(layoutPerm('hwio:oihw')).toEqual([3, 2, 0, 1]);
    expect(() => layoutPerm('hwio:oihh')).toThrow(/no pair of layouts/);
    const tensors = adam();
    expect(() => transpose(tensors, by(tensors, 'emb'), { perm: [0, 2] })).toThrow(/no order of the axes/);
    expect(() => transpose(tensors, by(tensors, 'emb'), { perm: [-1, 1] })).toThrow(/no order of the axes/);
    const [front, back] = [
      [1, 0],
      [-1, 0],
    ].map((perm) => transpose(tensors, by(tensors, 'emb'), { perm }).tensors);
    expect(valuesOf(back?.get('emb'))).toEqual(valuesOf(front?.get('emb')));
    expect(() => transpose(tensors, by(tensors, 'emb'), { perm: [0, 2, 1] })).toThrow(/emb has 2 axes/);
  });

  it('keeps parts, turned', () => {
    const tensors = partition(adam(), by(adam(), 'emb'), { into: 3 }).tensors;
    const after = transpose(tensors, by(tensors, 'emb'), { perm: [1, 0] }).tensors.get('emb') as Tensor;
    expect(after.parts?.map(({ slice }) => formatTensorSlice(slice))).toEqual(['-:0,1', '-:1,1', '-:2,1']);
    expect(partsContent(after).map((bytes) => [...new Float32Array(bytes.buffer)])).toEqual([
      [0, 1],
      [2, 3],
      [4, 5],
    ]);
  });
});

describe('reshape', () => {
  it('keeps the bytes and where they lie', () => {
    const tensors = adam();
    const after = reshape(tensors, by(tensors, 'emb'), { shape: [2, -1] }).tensors;
    expect(after.get('emb')?.shape).toEqual([2, 3]);
    expect(after.get('emb')?.crc32c).toBe(tensors.get('emb')?.crc32c);
    expect(after.get('emb/Adam')?.shape).toEqual([2, 3]);
    expect(() => reshape(tensors, by(tensors, 'emb'), { shape: [4, -1] })).toThrow(/6 elements.*\[4,-1\]/);
    expect(() => reshape(tensors, by(tensors, 'emb'), { shape: [-1, -1] })).toThrow(/one may be -1/);
  });
});

describe('partition', () => {
  it('and merging undo one another', () => {
    fc.assert(
      fc.property(partitionedTensors(), ({ whole, tensor }) => {
        const merged = mergeSlices(new Map([['x', tensor]]), () => true).tensors;
        const one = merged.get('x') as Tensor;
        expect(one.parts).toBeUndefined();
        expect(contentOf(one)).toEqual(whole);
        const axis = tensor.shape.findIndex((size) => size > 1);
        const again = partition(merged, () => true, { axis, into: 2 }).tensors.get('x') as Tensor;
        expect(again.parts?.length).toBe(2);
        expect(contentOf(again)).toEqual(whole);
        expect(Buffer.concat(partsContent(again)).length).toBe(whole.length);
      }),
    );
  });
});

describe('what is edited', () => {
  it('is checked against its checksum while it is read', () => {
    const bad = new Map([['x', withChecksum(counted([4, 4]), 1)]]);
    const edits = [
      resize(bad, () => true, { size: 6 }),
      transpose(bad, () => true, { perm: [1, 0] }),
      split(bad, 'x', { into: 2, as: 'x_{n}' }),
      partition(bad, () => true, { into: 2 }),
    ];
    for (const { tensors } of edits) {
      expect(() => {
        for (const tensor of tensors.values()) contentOf(tensor);
      }).toThrow(ChecksumError);
    }
    const unchecked = resize(bad, () => true, { size: 6, verify: false }).tensors.get('x') as Tensor;
    expect(valuesOf(unchecked).slice(0, 3)).toEqual([0, 1, 2]);
  });
});
