/** Names of tensors as paths of files: one to one, and never out of the folder. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { memberOfName, nameOfMember, nameOfPath, pathOfName } from '../../../src/formats/numpy/names.ts';
import { checkMemberName } from '../../../src/zip/directory.ts';
import type { ZipMember } from '../../../src/zip/format.ts';
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
        const member = memberOfName(name);
        expect(nameOfMember(member)).toBe(name);
        expect(() => checkMemberName({ name: `${member}.npy` } as ZipMember)).not.toThrow();
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
    ['a%41', 'a%41'],
    ['a%3A', 'a%253A'],
  ])('of %s is %s', (name, path) => {
    expect(pathOfName(name)).toBe(path);
  });

  it('of a member of an archive is the name, as far as it does not lead out', () => {
    for (const name of ['w:0', 'dense/kernel:0', 'a*b', 'x?"<>|', 'a.npy/b', 'tab\t'])
      expect(memberOfName(name)).toBe(name);
    for (const name of ['a\\b', 'emb%2F', 'a%41']) expect(memberOfName(name)).toBe(name);
    const others = ['../x', 'C:/x', 'a//b', '\\b', 'a%3A', '..\\b'];
    const members = ['%2E%2E/x', 'C%3A/x', 'a/%00/b', '%5Cb', 'a%253A', '..%5Cb'];
    expect(others.map(memberOfName)).toEqual(members);
    expect(['w:0', 'w%3A0', 'a%20b'].map(nameOfMember)).toEqual(['w:0', 'w:0', 'a%20b']);
  });
});
