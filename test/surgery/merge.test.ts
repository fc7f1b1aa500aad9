/** Merging: every tensor of every input, and a decision where two share a name. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NameError } from '../../src/errors.ts';
import { merge, type OnConflict } from '../../src/surgery/merge.ts';
import { addPrefixRule } from '../../src/surgery/name-rules.ts';
import { rename } from '../../src/surgery/rename.ts';
import { tensorMaps } from '../generated.ts';
import { digestsOf, fillsOf, mapOf, marked } from './small-maps.ts';

const one = new Map([
  ['a', marked(1)],
  ['b', marked(2)],
]);
const other = new Map([
  ['b', marked(20)],
  ['c', marked(30)],
]);

describe('merge', () => {
  it('holds the tensors of all inputs, in their order', () => {
    expect(fillsOf(merge([mapOf('x', 'y'), new Map(), mapOf('z')]))).toEqual([
      ['x', 0],
      ['y', 1],
      ['z', 0],
    ]);
    expect(merge([]).size).toBe(0);
  });

  it.each<[OnConflict, number]>([
    ['first', 2],
    ['last', 20],
  ])('keeps the %s of a name when told to', (way, fill) => {
    expect(fillsOf(merge([one, other], way))).toEqual([
      ['a', 1],
      ['b', fill],
      ['c', 30],
    ]);
  });

  it('refuses a name that two inputs have', () => {
    expect(() => merge([one, other])).toThrow(
      new NameError('more than one input has a tensor called b', { colliding: ['b'] }),
    );
  });

  it('counts the names, and lists some', () => {
    const many = mapOf('a', 'b', 'c', 'd', 'e');
    const colliding = ['a', 'b', 'c', 'd', 'e'];
    expect(() => merge([many, many, many])).toThrow(
      new NameError('more than one input has each of 5 names, such as a, b, c', { colliding }),
    );
  });

  it('keeps one of two that are equal to the byte, and refuses others', () => {
    const copy = new Map([['b', marked(2)]]);
    expect(fillsOf(merge([one, copy], 'identical'))).toEqual(fillsOf(one));
    expect(merge([one, copy], 'identical').get('b')).toBe(one.get('b'));
    expect(() => merge([one, copy, other], 'identical')).toThrow(
      new NameError('more than one input has a tensor called b, with different content', { colliding: ['b'] }),
    );
  });

  it('with a prefix each loses nothing', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(tensorMaps(), { maxLength: 4 }), async (maps) => {
        const prefixed = maps.map((map, i) => rename(map, addPrefixRule(`${i}/`)));
        const merged = merge(prefixed);
        expect(merged.size).toBe(maps.reduce((sum, { size }) => sum + size, 0));
        const digests = await digestsOf(merged);
        for (const [i, map] of maps.entries()) {
          for (const [name, digest] of Object.entries(await digestsOf(map)))
            expect(digests[`${i}/${name}`]).toBe(digest);
        }
      }),
      { numRuns: 50 },
    );
  });

  it('of a map with itself is the map, whichever is kept', () => {
    fc.assert(
      fc.property(tensorMaps(), fc.constantFrom<OnConflict>('first', 'last', 'identical'), (tensors, way) => {
        expect([...merge([tensors, tensors, tensors], way)]).toEqual([...tensors]);
      }),
    );
  });
});
