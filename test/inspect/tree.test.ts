/** Scopes as a tree: sums, folded runs of layers, and names that are not what a tree expects. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ScopeNode, scopeTree } from '../../src/inspect/tree.ts';
import { dtypeOf } from '../../src/tensor/dtype.ts';
import { type Tensor, tensorOfBytes, tensorOfStrings } from '../../src/tensor/tensor.ts';
import { names } from '../generated.ts';

const floats = (...shape: number[]): Tensor =>
  tensorOfBytes(dtypeOf('float32'), shape, new Uint8Array(4 * shape.reduce((a, b) => a * b, 1)));

/** A tree as indented lines. */
function lines(node: ScopeNode, depth = 0): string[] {
  const own = `${'  '.repeat(depth)}${node.label}${node.times > 1 ? ` x${node.times}` : ''} ${node.tensors} ${node.parameters} ${node.bytes}`;
  return [own, ...node.children.flatMap((child) => lines(child, depth + 1))];
}

describe('a scope tree', () => {
  it('adds up what lies under each scope', () => {
    const tree = scopeTree([
      ['a/w', floats(2, 3)],
      ['a/b', floats(3)],
      ['a', floats()],
      ['s', tensorOfStrings(dtypeOf('string'), [2], [new Uint8Array(3), new Uint8Array(1)])],
    ]);
    expect(lines(tree)).toEqual([' 4 10 50', '  a 3 10 40', '    b 1 3 12', '    w 1 6 24', '  s 1 0 10']);
    expect(tree.children[0]).toMatchObject({ dtype: 'float32', shape: [] });
  });

  it('folds layers that are alike, and only these', () => {
    const layers = [0, 1, 2, 4].map((i) => [`layer_${i}/w`, floats(2)] as const);
    const tree = scopeTree([...layers, ['layer_3/w', floats(5)], ['layer_3/b', floats(1)]]);
    expect(tree.children.map(({ label, times }) => [label, times])).toEqual([
      ['layer_{0..2,4}', 4],
      ['layer_3', 1],
    ]);
    expect([tree.tensors, tree.parameters, tree.bytes]).toEqual([6, 14, 56]);
    expect(scopeTree(layers, false).children.map(({ label }) => label)).toEqual([
      'layer_0',
      'layer_1',
      'layer_2',
      'layer_4',
    ]);
  });

  it('folds at every depth, by the last number of a label', () => {
    const all = [0, 1].flatMap((i) => [0, 1, 2].map((j) => [`block${i}x/conv_${j}_bn`, floats(1)] as const));
    expect(lines(scopeTree(all))).toEqual([' 6 6 24', '  block{0..1}x x2 3 3 12', '    conv_{0..2}_bn x3 1 1 4']);
  });

  it('keeps its sums for any names', () => {
    fc.assert(
      fc.property(fc.uniqueArray(names, { maxLength: 30 }), fc.boolean(), (all, fold) => {
        const tree = scopeTree(
          all.map((name) => [name, floats(2)] as const),
          fold,
        );
        expect([tree.tensors, tree.parameters, tree.bytes]).toEqual([all.length, 2 * all.length, 8 * all.length]);
      }),
    );
  });

  it('takes names of a thousand scopes, and of a hundred thousand digits, in little time', () => {
    const deep = scopeTree([['a/'.repeat(5000) + 'w', floats(1)]]);
    expect(deep.tensors).toBe(1);
    expect(
      scopeTree([
        [`${'1'.repeat(100_000)}a1`, floats(1)],
        ['2', floats(1)],
      ]).tensors,
    ).toBe(2);
  });
});
