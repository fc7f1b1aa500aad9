/** Kernels in the axes of PyTorch, and back. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readBytes } from '../../src/bytes/source.ts';
import { layOut } from '../../src/edits/torch-layout.ts';
import { dtypeOf } from '../../src/tensor/dtype.ts';
import { type Tensor, tensorOfBytes } from '../../src/tensor/tensor.ts';

const FLOAT = dtypeOf('float32');
const counted = (shape: readonly number[]): Tensor => {
  const count = shape.reduce((product, size) => product * size, 1);
  return tensorOfBytes(FLOAT, shape, new Uint8Array(Float32Array.from({ length: count }, (_, i) => i).buffer));
};
const valuesOf = ({ source }: Tensor): number[] => [
  ...new Float32Array(readBytes(source, 0, source.byteLength).buffer),
];
const torch = (tensors: ReadonlyMap<string, Tensor>) => layOut(tensors, 'torch');

describe('the layout of PyTorch', () => {
  it.each<[string, number[], number[], number[]]>([
    ['dense/kernel', [2, 3], [3, 2], [0, 3, 1, 4, 2, 5]],
    ['conv/weights', [1, 2, 1, 2], [2, 1, 1, 2], [0, 2, 1, 3]],
    ['conv1d/kernel', [2, 1, 2], [2, 1, 2], [0, 2, 1, 3]],
    ['dw/depthwise_kernel', [1, 2, 2, 1], [2, 1, 1, 2], [0, 2, 1, 3]],
    ['dw/depthwise_weights', [1, 1, 2, 2], [4, 1, 1, 1], [0, 1, 2, 3]],
    ['net/depthwise_conv2d_1/kernel', [1, 2, 2, 1], [2, 1, 1, 2], [0, 2, 1, 3]],
    ['depthwise_conv2d/kernel', [1, 1, 2, 2], [4, 1, 1, 1], [0, 1, 2, 3]],
    ['block_1_depthwise/kernel', [1, 2, 2, 1], [2, 1, 1, 2], [0, 2, 1, 3]],
    ['block1a_dwconv/kernel', [1, 2, 2, 1], [2, 1, 1, 2], [0, 2, 1, 3]],
    ['conv_dw_1/kernel', [1, 2, 2, 1], [2, 1, 1, 2], [0, 2, 1, 3]],
    ['dwarf/kernel', [1, 2, 2, 1], [1, 2, 1, 2], [0, 2, 1, 3]],
    ['layers/dense_1/vars/0', [2, 3], [3, 2], [0, 3, 1, 4, 2, 5]],
    ['layers/depthwise_conv2d/vars/0', [1, 2, 2, 1], [2, 1, 1, 2], [0, 2, 1, 3]],
    ['layers/separable_conv2d/vars/1', [1, 1, 2, 1], [1, 2, 1, 1], [0, 1]],
  ])('of %s%j is %j', (name, shape, after, values) => {
    const changed = torch(new Map([[name, counted(shape)]])).tensors.get(name) as Tensor;
    expect(changed.shape).toEqual(after);
    expect(valuesOf(changed)).toEqual(values);
  });

  it.each<[string, number[]]>([
    ['bert/embeddings/word_embeddings', [4, 2]],
    ['embedding/embeddings', [4, 2]],
    ['dense/bias', [4]],
    ['cls/seq_relationship/output_weights', [2, 4]],
    ['attention/query/kernel', [4, 2, 2]],
    ['layers/einsum_dense/vars/0', [4, 2]],
    ['layers/dense/vars/1', [4]],
  ])('leaves %s as it is', (name, shape) => {
    const tensors = new Map([[name, counted(shape)]]);
    expect(torch(tensors).tensors.get(name)).toBe(tensors.get(name));
  });

  it('leaves the gates of recurrent layers, and says so', () => {
    const tensors = new Map([
      ['rnn/lstm_cell/kernel', counted([2, 8])],
      ['rnn/lstm_cell/recurrent_kernel', counted([2, 8])],
    ]);
    const { notes, layouts } = torch(tensors);
    expect(layouts.size).toBe(0);
    expect(notes).toEqual([
      'rnn/lstm_cell/kernel and 1 more stay as they are: the gates of recurrent layers stand in another order in PyTorch',
    ]);
  });

  it('takes slots and averages along with their kernel', () => {
    const tensors = new Map([
      ['dense/kernel', counted([2, 3])],
      ['dense/kernel/Adam', counted([2, 3])],
      ['dense/kernel/ExponentialMovingAverage', counted([2, 3])],
    ]);
    for (const tensor of torch(tensors).tensors.values()) expect(tensor.shape).toEqual([3, 2]);
  });

  it('and back is what it was', () => {
    const size = fc.integer({ min: 2, max: 4 });
    fc.assert(
      fc.property(fc.array(size, { minLength: 2, maxLength: 5 }), (shape) => {
        const before = counted(shape);
        const there = torch(new Map([['layer/kernel', before]])).tensors.get('layer/kernel') as Tensor;
        const back = layOut(new Map([['layer.weight', there]]), 'tensorflow').tensors.get('layer.weight') as Tensor;
        expect([back.shape, valuesOf(back)]).toEqual([shape, valuesOf(before)]);
        const same = layOut(new Map([['layer/kernel', there]]), 'tensorflow').tensors.get('layer/kernel') as Tensor;
        expect([same.shape, valuesOf(same)]).toEqual([shape, valuesOf(before)]);
      }),
    );
  });

  it('and back is what it was for depthwise kernels that keep their names', () => {
    for (const name of ['depthwise_conv2d/kernel', 'layers/separable_conv2d/vars/0', 'a/depthwise_weights']) {
      const before = counted([2, 3, 4, 1]);
      const { tensors } = layOut(torch(new Map([[name, before]])).tensors, 'tensorflow');
      const back = tensors.get(name) as Tensor;
      expect([back.shape, valuesOf(back)]).toEqual([before.shape, valuesOf(before)]);
    }
  });
});
