/** Lists of names in every form that people keep them in. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { escapeText } from '../../src/cli/terminal/escape.ts';
import { UsageError } from '../../src/errors.ts';
import { parseNameMap } from '../../src/surgery/name-map.ts';
import { nameMeant, unescapeName } from '../../src/surgery/printed-name.ts';
import { names } from '../generated.ts';

const pairs = (text: string): Record<string, string> => Object.fromEntries(parseNameMap(text, 'names').names);
const lone = 'old name\tnew name';

describe('a list of names', () => {
  it.each([
    ['tabs', 'a/w\tb/w\nc\td\n', { 'a/w': 'b/w', c: 'd' }],
    ['no line break at its end', 'a\tb', { a: 'b' }],
    ['lines of DOS', 'a\tb\r\nc\td\r\n', { a: 'b', c: 'd' }],
    ['a byte order mark', '\ufeffa\tb\n', { a: 'b' }],
    ['empty lines and remarks', '# names\n\na\tb\n   \n', { a: 'b' }],
    ['a heading', 'old\tnew\na\tb\n', { a: 'b' }],
    ['a heading of two words', `${lone}\na\tb\n`, { a: 'b' }],
    ['a heading with the new names first', 'to,from\nb,a\n', { a: 'b' }],
    ['a heading over more columns', 'id,old_name,shape,new_name\n1,a,[2],b\n', { a: 'b' }],
    ['commas', 'a,b\nc,d\n', { a: 'b', c: 'd' }],
    ['blanks after commas', 'a, b\n', { a: 'b' }],
    ['quotes', '"a,1","b ""x"""\n', { 'a,1': 'b "x"' }],
    ['some quotes', '"a",b\n', { a: 'b' }],
    ['commas in names between tabs', 'a,1\tb,1\n', { 'a,1': 'b,1' }],
    ['blanks in names between tabs', ' a\tb \n', { ' a': 'b ' }],
    ['lines of one name, which stays', 'a\tb\nc\n', { a: 'b', c: 'c' }],
    ['the same pair twice', 'a\tb\na\tb\n', { a: 'b' }],
    ['the words of a heading as names', 'from\tx\nto\ty\n', { from: 'x', to: 'y' }],
    ['escapes', 'a\\tb\ta\\\\b\n', { 'a\tb': 'a\\b' }],
    ['how each pair is known', 'a\tb\tcontent\nc\td\tguess\n', { a: 'b', c: 'd' }],
    ['a swap', 'a\tb\nb\ta\n', { a: 'b', b: 'a' }],
    ['nothing', '', {}],
    ['a heading alone', 'old,new\n', {}],
    ['JSON', '{"a": "b", "c": "d"}', { a: 'b', c: 'd' }],
    ['JSON over lines, with escapes of its own', '\n {\n "a\\tb": "\\u00e9"\n}\n', { 'a\tb': 'é' }],
    ['JSON that says nothing', '{}', {}],
  ])('with %s', (_, text, expected) => {
    expect(pairs(text)).toEqual(expected);
  });

  it.each([
    ['no new name', 'a\tb\nc\t\n', 'names, line 2: expected an old and a new name, separated by a tab or a comma'],
    ['no old name', ',b\n', 'names, line 1: expected an old and a new name, separated by a tab or a comma'],
    [
      'too many columns',
      'w\tfloat32\t[2]\t8\n',
      'names, line 1: expected an old and a new name, separated by a tab or a comma',
    ],
    ['two new names', 'a\tb\na\tc\n', 'names gives a two new names: b and c'],
    ['JSON with a number', '{"a": 1}', 'names: the new name of a must be a text'],
    ['JSON with an empty name', '{"a": ""}', 'names: the new name of a must be a text'],
  ])('with %s is refused', (_, text, message) => {
    expect(() => parseNameMap(text, 'names')).toThrow(new UsageError(message));
  });

  it('that starts like JSON and is not is refused with the reason', () => {
    expect(() => parseNameMap('{"a": ', 'names.json')).toThrow(/^names\.json starts like JSON but is not: /);
  });

  it('of any names comes back from tabs, from CSV and from JSON', () => {
    const quoted = (name: string) => `"${escapeText(name).replaceAll('"', '""')}"`;
    fc.assert(
      fc.property(fc.uniqueArray(fc.tuple(names, names), { minLength: 1, selector: ([from]) => from }), (wanted) => {
        // A remark, or two words that head the columns, are not names.
        fc.pre(wanted.every(([from, to]) => !/^(#|\s)|^(old|from|to|new)$/i.test(from) && to.trim() !== ''));
        const tabs = wanted.map((pair) => pair.map(escapeText).join('\t')).join('\n');
        expect([...parseNameMap(tabs, '').names]).toEqual(wanted);
        const commas = wanted.map((pair) => pair.map(quoted).join(',')).join('\n');
        expect([...parseNameMap(commas, '').names]).toEqual(wanted);
        const json = `{${wanted.map(([from, to]) => `${JSON.stringify(from)}:${JSON.stringify(to)}`).join(',')}}`;
        fc.pre(wanted.every(([from]) => !/^\d+$/.test(from) && from !== '__proto__'));
        expect([...parseNameMap(json, '').names]).toEqual(wanted);
      }),
    );
  });
});

describe('unescapeName', () => {
  it.each([
    ['plain', 'plain'],
    ['a\\nb\\tc\\rd', 'a\nb\tc\rd'],
    ['a\\\\nb', 'a\\nb'],
    ['\\x1b[31m', '\x1b[31m'],
    ['\\x9f', '\udc9f'],
    ['\\u009f', '\x9f'],
    ['\\x7f', '\x7f'],
    ['\\xff', '\udcff'],
    ['\\u202e', '\u202e'],
    ['\\q', '\\q'],
    ['\\', '\\'],
  ])('%j is %j', (text, name) => {
    expect(unescapeName(text)).toBe(name);
  });

  it('undoes what is printed, for any name', () => {
    fc.assert(
      fc.property(names, (name) => {
        expect(unescapeName(escapeText(name))).toBe(name);
      }),
    );
  });
});

describe('nameMeant', () => {
  it('takes the printed form first, then what the text spells', () => {
    const among = (...names: string[]) => new Set(names);
    expect(nameMeant('a\\nb', (name) => among('a\nb', 'a\\nb').has(name))).toBe('a\nb');
    expect(nameMeant('a\\nb', (name) => among('a\\nb').has(name))).toBe('a\\nb');
    expect(nameMeant('a\\nb', (name) => among('ab').has(name))).toBeUndefined();
  });
});
