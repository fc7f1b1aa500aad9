/** JSON that a strict reader takes, and what it refuses. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseStrictJson } from '../../src/bytes/strict-json.ts';
import { CorruptError } from '../../src/errors.ts';

const parse = (text: string): unknown => parseStrictJson(text, 'the text');

describe('strict JSON', () => {
  it('is what JSON.parse says, however it is spelled', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 5 }), fc.constantFrom(undefined, 1, '\t'), (text, blanks) => {
        const value: unknown = JSON.parse(text);
        expect(parse(JSON.stringify(value, undefined, blanks))).toEqual(value);
      }),
    );
  });

  it.each([
    '{"a":1,"a":2}',
    '{"x":{"a":1, "b":2, "a":3}}',
    String.raw`{"a":1,"\u0061":2}`,
    String.raw`{"\\":1,"b\"":2,"b\"":3}`,
    '[{"a":"}{", "a" :1}]',
  ])('refuses a name given twice: %s', (text) => {
    expect(() => parse(text)).toThrow(CorruptError);
    expect(() => parse(text)).toThrow(/twice/);
  });

  it.each([
    '{"a":{"a":1},"b":{"a":"a"}}',
    '["a","a"]',
    String.raw`{"a\"":1,"a":2, "a\\":3}`,
    '{"__proto__":1, "constructor":2}',
  ])('takes equal texts that are no names of one object: %s', (text) => {
    expect(parse(text)).toEqual(JSON.parse(text));
  });

  it.each(['', '{', '{"a', '{"a":}', 'nul', '{"a":1}x', '"\u0001"', '{a:1}', '[1,]'])('refuses %j', (text) => {
    expect(() => parse(text)).toThrow(CorruptError);
  });

  it('refuses deep nesting at once, whatever its length', () => {
    for (const open of ['[', '{"a":']) {
      const deep = open.repeat(8_000_000 / open.length);
      expect(() => parse(deep)).toThrow(/deeper/);
    }
  });
});
