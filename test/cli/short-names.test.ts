/** Names cut to a width: none wider, none alike. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shortNames } from '../../src/cli/terminal/short-names.ts';
import { textWidth } from '../../src/cli/terminal/text-width.ts';

describe('short names', () => {
  it.each<[string, string[], number, string[]]>([
    ['are whole where they fit', ['a/b', 'c'], 3, ['a/b', 'c']],
    ['lose what tells nothing apart first', ['dense/kernel/.ATTRIBUTES/VARIABLE_VALUE'], 20, ['dense/kernel/…']],
    [
      'are cut in the middle of what they share',
      ['encoder/layer/attention/query', 'encoder/layer/attention/value'],
      20,
      ['encoder…ention/query', 'encoder…ention/value'],
    ],
    [
      'show where they part, and their ends',
      ['x_1/aaaaaaaaaaaaaaaaaaaaaaaa/kernel', 'x_2/aaaaaaaaaaaaaaaaaaaaaaaa/kernel'],
      20,
      ['x_1/aaaaaa…aa/kernel', 'x_2/aaaaaa…aa/kernel'],
    ],
  ])('%s', (_, names, width, short) => {
    expect(shortNames(names, width)).toEqual(short);
  });

  it('are told apart wherever they differ, within the width', () => {
    const letters = fc.constantFrom('a', 'b', '/', '层', '🐢');
    const names = fc.uniqueArray(
      fc
        .tuple(fc.constantFrom('', 'p/'.repeat(30), 'scope/'.repeat(12)), fc.string({ unit: letters, maxLength: 70 }))
        .map((all) => all.join('')),
      { minLength: 1, maxLength: 30 },
    );
    fc.assert(
      fc.property(names, fc.integer({ min: 12, max: 60 }), (all, width) => {
        const short = shortNames(all, width);
        expect(new Set(short).size).toBe(all.length);
        for (const text of short) expect(textWidth(text)).toBeLessThanOrEqual(width);
      }),
      { numRuns: 300 },
    );
  });

  it('end as the name does', () => {
    const names = Array.from({ length: 40 }, (_, i) => `${'very/long/scope/'.repeat(8)}layer_${i}/output/kernel`);
    for (const [i, text] of shortNames(names, 40).entries())
      expect(text).toMatch(new RegExp(`layer_${i}/output/kernel$`));
  });
});
