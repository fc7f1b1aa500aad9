/** Names of tensors as paths of files: one to one, and never out of the folder. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nameOfPath, pathOfName } from '../../../src/formats/numpy/names.ts';
import { names } from '../../generated.ts';

describe('a path', () => {
  it('gives the name back, and stays inside', () => {
    const odd = fc.oneof(
      names,
      fc.string({ unit: fc.constantFrom('.', '/', '%', '0', '2', 'E', '\0', 'n', 'p', 'y') }),
    );
    fc.assert(
      fc.property(odd, (name) => {
        const path = pathOfName(name);
        expect(nameOfPath(path)).toBe(name);
        expect(path.split('/').some((part) => part === '' || part === '.' || part === '..')).toBe(false);
        expect(path).not.toMatch(/[\0-\x1f\\:]/);
      }),
      { numRuns: 700 },
    );
  });

  it('of others stands for itself', () => {
    for (const path of ['a', 'layer1/kernel', 'a%20b', '100%', 'größe', 'a b']) expect(nameOfPath(path)).toBe(path);
  });

  it('is plain for plain names', () => {
    for (const name of ['a', 'layer1/kernel', 'a.b', 'größe', 'x.npy', '50%']) expect(pathOfName(name)).toBe(name);
  });

  it.each([
    ['../x', '%2E%2E/x'],
    ['/x', '%00/x'],
    ['a//b', 'a/%00/b'],
    ['a.npy/b', 'a%2Enpy/b'],
    ['w:0', 'w%3A0'],
    ['a%41', 'a%2541'],
  ])('of %s is %s', (name, path) => {
    expect(pathOfName(name)).toBe(path);
  });
});
