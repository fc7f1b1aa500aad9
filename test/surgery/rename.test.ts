/** Renaming: all names at once, nothing lost, nothing copied, and never two tensors under one name. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NameError } from '../../src/errors.ts';
import { addPrefixRule, inOrder, limited, mapRule, stripPrefixRule } from '../../src/surgery/name-rules.ts';
import { rename } from '../../src/surgery/rename.ts';
import type { TensorMap } from '../../src/tensor/tensor.ts';
import { names, tensorMaps } from '../generated.ts';
import { digestsOf, fillsOf, mapOf } from './small-maps.ts';

const renamedBy = (tensors: TensorMap, pairs: Record<string, string>) =>
  rename(tensors, mapRule(new Map(Object.entries(pairs))));

/** A map, and new names for all of its tensors that are all different. */
const withBijection = tensorMaps().chain((tensors) =>
  fc
    .uniqueArray(names, { minLength: tensors.size, maxLength: tensors.size })
    .map((next) => ({ tensors, pairs: [...tensors.keys()].map((name, i) => [name, next[i] as string] as const) })),
);

describe('rename', () => {
  it('keeps the names that it is not told to change, and the order', () => {
    expect(fillsOf(renamedBy(mapOf('b', 'a', 'c'), { a: 'x' }))).toEqual([
      ['b', 0],
      ['x', 1],
      ['c', 2],
    ]);
  });

  it('changes all names at once: swaps and chains', () => {
    expect(fillsOf(renamedBy(mapOf('a', 'b'), { a: 'b', b: 'a' }))).toEqual([
      ['b', 0],
      ['a', 1],
    ]);
    expect(fillsOf(renamedBy(mapOf('a', 'b', 'c'), { a: 'b', b: 'c', c: 'd' }))).toEqual([
      ['b', 0],
      ['c', 1],
      ['d', 2],
    ]);
  });

  it('shares the tensors', () => {
    const tensors = mapOf('a', 'b');
    expect(renamedBy(tensors, { a: 'x' }).get('x')).toBe(tensors.get('a'));
  });

  it.each([
    ['a name that stays, met first', { b: 'a' }, 'a and b would both be called a; nothing was renamed', ['a', 'b']],
    ['a name that stays, met last', { a: 'c' }, 'a and c would both be called c; nothing was renamed', ['a', 'c']],
    ['another new name', { a: 'x', c: 'x' }, 'a and c would both be called x; nothing was renamed', ['a', 'c']],
  ])('refuses a collision with %s, and names both', (_, pairs, message, colliding) => {
    const attempt = () => renamedBy(mapOf('a', 'b', 'c'), pairs as Record<string, string>);
    expect(attempt).toThrow(new NameError(message, { colliding }));
  });

  it('refuses to leave a tensor without a name', () => {
    expect(() => rename(mapOf('scope/'), stripPrefixRule('scope/'))).toThrow(/scope\/ would be left without a name/);
  });

  it('by a bijection and back is the identity, and the content stays', async () => {
    await fc.assert(
      fc.asyncProperty(withBijection, async ({ tensors, pairs }) => {
        const there = rename(tensors, mapRule(new Map(pairs)));
        const back = rename(there, mapRule(new Map(pairs.map(([from, to]) => [to, from]))));
        expect([...back]).toEqual([...tensors]);
        const [before, after] = [await digestsOf(tensors), await digestsOf(there)];
        for (const [from, to] of pairs) expect(after[to]).toBe(before[from]);
      }),
    );
  });

  it('with a prefix and without it is the identity', () => {
    fc.assert(
      fc.property(tensorMaps(), names, (tensors, prefix) => {
        const there = rename(tensors, addPrefixRule(prefix));
        expect([...rename(there, stripPrefixRule(prefix))]).toEqual([...tensors]);
      }),
    );
  });

  it('takes every tensor to where the rule says, or refuses', () => {
    const few = fc.constantFrom('a', 'b', 'c', 'd');
    fc.assert(
      fc.property(tensorMaps(undefined, few), fc.dictionary(few, few), (tensors, pairs) => {
        const rule = mapRule(new Map(Object.entries(pairs)));
        const wanted = [...tensors.keys()].map(rule);
        const collides = new Set(wanted).size < wanted.length;
        if (collides) expect(() => rename(tensors, rule)).toThrow(NameError);
        else expect([...rename(tensors, rule)]).toEqual([...tensors.values()].map((tensor, i) => [wanted[i], tensor]));
      }),
    );
  });
});

describe('rules together', () => {
  it('follow each other', () => {
    const rule = inOrder([mapRule(new Map([['a/w', 'b/w']])), stripPrefixRule('b/'), addPrefixRule('net/')]);
    expect(['a/w', 'b/x', 'c'].map(rule)).toEqual(['net/w', 'net/x', 'net/c']);
    expect(inOrder([])('a')).toBe('a');
  });

  it('may be limited to some names', () => {
    const rule = limited(addPrefixRule('net/'), (name) => name.startsWith('a'));
    expect(['a', 'b'].map(rule)).toEqual(['net/a', 'b']);
  });

  it('never mistake a name for what every object has', () => {
    expect(mapRule(new Map())('__proto__')).toBe('__proto__');
    expect(mapRule(new Map())('constructor')).toBe('constructor');
  });
});
