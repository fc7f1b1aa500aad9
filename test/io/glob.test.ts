/** Shell patterns over file names. */
import { describe, expect, it } from 'vitest';
import { compileGlob, isGlob } from '../../src/io/glob.ts';

describe('a glob', () => {
  it.each([
    ['*', ['a', 'a.b', ''], ['a/b']],
    ['m-?????-of-00002', ['m-00000-of-00002'], ['m-0000-of-00002']],
    ['a[0-9]', ['a5'], ['a', 'ab', 'a[0-9]']],
    ['a[!0-9]', ['ab'], ['a5']],
    ['a[]]', ['a]'], ['a']],
    ['a.b+(c)|{d}^$', ['a.b+(c)|{d}^$'], ['aXb+(c)|{d}^$']],
    ['a[', ['a['], ['a']],
    ['[z-a]', ['[z-a]'], ['z']],
    ['a\\*', ['a\\b'], ['a*']],
    ['line*', ['line\nbreak'], []],
  ])('%s', (pattern, matches, others) => {
    for (const name of matches) expect(compileGlob(pattern).test(name), name).toBe(true);
    for (const name of others) expect(compileGlob(pattern).test(name), name).toBe(false);
  });

  it('of many stars is matched in time that the text bounds', () => {
    const pattern = compileGlob(`${'*a'.repeat(30)}*b`);
    expect(pattern.test('a'.repeat(10_000))).toBe(false);
    expect(pattern.test(`${'a'.repeat(10_000)}b`)).toBe(true);
  });

  it('is told from a plain name', () => {
    for (const pattern of ['a*', 'a?', '[a]']) expect(isGlob(pattern)).toBe(true);
    expect(isGlob('model.ckpt-1000')).toBe(false);
  });
});
