/** Single names, of which an object graph may know several for a tensor, and one for several tensors. */
import { expect, it } from 'vitest';
import { NameError } from '../../src/errors.ts';
import { MeantNames } from '../../src/surgery/other-name-keys.ts';
import { tensorFrom } from '../../src/tensor/tensor-from.ts';

const tensors = new Map(['a', 'b', 'a\nb'].map((name) => [name, tensorFrom([1])]));
const others = {
  isShared: false,
  otherPathsOf: () => [],
  each: (visit: (name: string, key: string) => void): void => {
    for (const [name, key] of [
      ['path/a', 'a'],
      ['full', 'a'],
      ['full', 'b'],
      ['path/gone', 'gone'],
      ['b', 'a'],
    ] as const) {
      visit(name, key);
    }
  },
};

it('leads to the key, which comes first, as it is and as it is printed', () => {
  const meant = new MeantNames(tensors, ['path/a', 'b', 'a\\nb', 'path/gone', 'none'], others);
  expect(['path/a', 'b', 'a\\nb', 'path/gone', 'none'].map((text) => meant.keyOf(text))).toEqual([
    'a',
    'b',
    'a\nb',
    undefined,
    undefined,
  ]);
});

it('that several tensors have is refused with their keys', () => {
  const meant = new MeantNames(tensors, ['full'], others);
  expect(() => meant.keyOf('full')).toThrow(NameError);
  expect(() => meant.keyOf('full')).toThrow('full is the name of several tensors: a, b');
});
