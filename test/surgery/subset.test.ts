/** Keeping some and dropping the others: two halves of the whole. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { merge } from '../../src/surgery/merge.ts';
import { nameChooser } from '../../src/surgery/name-patterns.ts';
import { chooser } from '../../src/surgery/selectors.ts';
import { drop, subset } from '../../src/surgery/subset.ts';
import type { Tensor } from '../../src/tensor/tensor.ts';
import { tensorMaps } from '../generated.ts';
import { digestsOf, fillsOf, mapOf } from './small-maps.ts';

describe('subset', () => {
  it('keeps what is chosen, in the old order, and shares the tensors', () => {
    const tensors = mapOf('c', 'a', 'b');
    const kept = subset(tensors, (name) => name !== 'a');
    expect(fillsOf(kept)).toEqual([
      ['c', 0],
      ['b', 2],
    ]);
    expect(kept.get('c')).toBe(tensors.get('c'));
  });

  it('sees the tensors too', () => {
    const tensors = mapOf('a', 'b');
    expect(subset(tensors, (_, tensor) => tensor === tensors.get('b')).size).toBe(1);
  });

  it.each([
    [['layer1/'], ['layer1/w', 'layer1/b']],
    [['layer?/w'], ['layer1/w', 'layer2/w']],
    [
      ['**', '!**/b'],
      ['layer1/w', 'layer2/w', 'step'],
    ],
    [['!step'], ['layer1/w', 'layer1/b', 'layer2/w']],
    [['/^l.*[12]\\/w$/'], ['layer1/w', 'layer2/w']],
    [
      ['step', 'layer2/'],
      ['layer2/w', 'step'],
    ],
  ])('takes the grammar of selectors: %j', (patterns, expected) => {
    const tensors = mapOf('layer1/w', 'layer1/b', 'layer2/w', 'step');
    expect([...subset(tensors, chooser({ patterns }, tensors)).keys()]).toEqual(expected);
    expect([...tensors.keys()].filter(nameChooser(patterns, tensors))).toEqual(expected);
  });
});

/** A map, and a choice of its names. */
const chosenMaps = tensorMaps().chain((tensors) =>
  fc.subarray([...tensors.keys()]).map((some) => ({ tensors, chosen: new Set(some) })),
);

describe('subset and drop', () => {
  it('of one choice part the map, and their merge is the whole', async () => {
    await fc.assert(
      fc.asyncProperty(chosenMaps, async ({ tensors, chosen }) => {
        const isChosen = (name: string): boolean => chosen.has(name);
        const [kept, rest] = [subset(tensors, isChosen), drop(tensors, isChosen)];
        expect([...kept.keys()]).toEqual([...tensors.keys()].filter(isChosen));
        expect(kept.size + rest.size).toBe(tensors.size);
        for (const name of rest.keys()) expect(kept.has(name)).toBe(false);
        const whole = merge([kept, rest]);
        expect(new Map<string, Tensor>([...tensors.keys()].map((name) => [name, whole.get(name)!]))).toEqual(tensors);
        expect(await digestsOf(whole)).toEqual(await digestsOf(tensors));
      }),
    );
  });
});
