/** Substitutions as sed does them, over the regular expressions of JavaScript. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/errors.ts';
import { substitutionRule } from '../../src/surgery/name-rules.ts';

const replaced = (rule: string, name: string): string => substitutionRule(rule)(name);

describe('a substitution', () => {
  it.each([
    ['replaces the first match', 's/a/b/', 'aaa', 'baa'],
    ['with g every match', 's/a/b/g', 'aaa', 'bbb'],
    ['with a number that match only', 's/a/b/2', 'aaa', 'aba'],
    ['with a number and g that match and those after it', 's/a/b/2g', 'aaa', 'abb'],
    ['the same the other way round', 's/a/b/g2', 'aaa', 'abb'],
    ['with a number beyond the last match nothing', 's/a/b/4', 'aaa', 'aaa'],
    ['with i in any case', 's/ADAM/x/i', 'w/Adam', 'w/x'],
    ['with I as well', 's/ADAM/x/I', 'w/Adam', 'w/x'],
    ['leaves what does not match', 's/x/y/', 'abc', 'abc'],
    ['puts the match in for &', 's/w/[&]/', 'a/w', 'a/[w]'],
    ['an ampersand for \\&', 's/w/\\&/', 'a/w', 'a/&'],
    ['puts groups in', 's/(\\w+)\\/(\\w+)/\\2\\/\\1/', 'a/b', 'b/a'],
    ['a group that took no part is empty', 's/(x)?w/<\\1>/', 'w', '<>'],
    ['a group that is not there is empty', 's/w/<\\3>/', 'w', '<>'],
    ['takes the whole name where it is anchored', 's/^(.*)weights$/\\1params/', 'weights', 'params'],
    ['removes', 's/^bert\\///', 'bert/pooler', 'pooler'],
    ['takes another delimiter', 's|/weights$|/kernel|', 'a/weights', 'a/kernel'],
    ['a comma', 's,a/b,c/d,', 'a/b', 'c/d'],
    ['a hash', 's#a/b#c/d#', 'a/b', 'c/d'],
    ['the delimiter itself behind a backslash', 's/a\\/b/c\\/d/', 'a/b', 'c/d'],
    ['a delimiter that has a meaning is plain behind a backslash', 's|a\\|b|x|', 'a|b a', 'x a'],
    ['and so in the replacement', 's|a|b\\|c|', 'a', 'b|c'],
    ['a backslash behind a backslash', 's/a/b\\\\c/', 'a', 'b\\c'],
    ['a line break', 's/a/b\\nc/', 'a', 'b\nc'],
    ['matches of no length, once a place', 's/x*/-/g', 'abc', '-a-b-c-'],
    ['a dollar sign that is escaped', 's/a/\\$1/', 'a', '$1'],
    ['a dollar sign before no digit', 's/a/$&/', 'a', '$a'],
    ['classes of characters', 's/[^/]+$/x/', 'a/b/c', 'a/b/x'],
    ['brackets behind backslashes', 's/\\[0\\]/]/', 'w[0]', 'w]'],
    ['what lies ahead', 's/layer_(?=\\d)/block/', 'layer_7', 'block7'],
    ['names of other alphabets', 's/é/e/g', 'é/é', 'e/e'],
  ])('%s', (_, rule, name, expected) => {
    expect(replaced(rule, name)).toBe(expected);
  });

  it('remembers nothing from name to name', () => {
    const rule = substitutionRule('s/a/b/2');
    for (let i = 0; i < 3; i++) expect(rule('aaa')).toBe('aba');
  });

  it('of any text by any other, as sed does it', () => {
    const plain = fc.stringMatching(/^[a-c/]{1,4}$/);
    const escaped = (text: string) => text.replaceAll('/', '\\/');
    fc.assert(
      fc.property(plain, plain, fc.stringMatching(/^[a-c/]{0,12}$/), (from, to, name) => {
        expect(replaced(`s/${escaped(from)}/${escaped(to)}/g`, name)).toBe(name.replaceAll(from, to));
        expect(replaced(`s|${from}|${to}|`, name)).toBe(name.replace(from, to));
      }),
    );
  });

  it.each([
    ['s/a/b', '; its last / is missing'],
    ['s/[/b/', '; a [ in it is not closed'],
    ['s|x(a|b)|c|', '; | stands in it 4 times, and parts three: take another character there, as in s#from#to#'],
    ['bert/=encoder/', ', as s|bert/|encoder/|'],
  ])('is refused with what is wrong with it, where that is plain: %s', (text, fault) => {
    const message = `${text} is no substitution; write s/from/to/ or s/from/to/g${fault}`;
    expect(() => substitutionRule(text)).toThrow(new UsageError(message));
  });

  it.each(['', 's', 's/', 's/a', 'a/b/c', 'y/a/b/', 's/a/b/x', 's/a/b/0', 'sxaxbx', 's a b ', 's\\a\\b\\'])(
    'is refused when it is none: %j',
    (text) => {
      expect(() => substitutionRule(text)).toThrow(
        new UsageError(`${text} is no substitution; write s/from/to/ or s/from/to/g`),
      );
    },
  );

  it('is refused with the reason when its pattern is not valid', () => {
    expect(() => substitutionRule('s/(/x/')).toThrow(/^the pattern of s\/\(\/x\/ is not valid: .*Unterminated group/);
  });

  it('is refused when it writes a group as JavaScript does', () => {
    expect(() => substitutionRule('s/(a)/$1/')).toThrow(/what a group matched is written \\1, not \$1/);
    expect(() => substitutionRule('s/(a)/x\\\\$1/')).toThrow(UsageError);
  });
});
