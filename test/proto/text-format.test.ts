/** Protobuf's text format: everything that any writer has produced, and text that is none. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CkptError, CorruptError } from '../../src/errors.ts';
import { parseTextFormat, type TextValue } from '../../src/proto/text-format.ts';

/** Fields as plain data: bytes as text, messages as lists. */
function plain(text: string): unknown[] {
  const plainValue = (value: TextValue): unknown => {
    if (value.kind === 'bytes') return Buffer.from(value.bytes).toString('utf8');
    return value.kind === 'word' ? { word: value.word } : value.fields.map((f) => [f.name, plainValue(f.value)]);
  };
  return parseTextFormat(text).map(({ name, value }) => [name, plainValue(value)]);
}

describe('parseTextFormat', () => {
  it.each([
    ['nothing', '', []],
    ['comments alone', '# a\n  # b', []],
    [
      'strings',
      'a: "x"\nb: \'y"\'',
      [
        ['a', 'x'],
        ['b', 'y"'],
      ],
    ],
    [
      'blanks anywhere, or none',
      '  a  :  "x"b:"y"',
      [
        ['a', 'x'],
        ['b', 'y'],
      ],
    ],
    [
      'separators',
      'a: "x"; b: "y", c: 1',
      [
        ['a', 'x'],
        ['b', 'y'],
        ['c', { word: '1' }],
      ],
    ],
    ['adjacent strings', 'a: "x" \'y\'\n "z"', [['a', 'xyz']]],
    [
      'lists',
      'a: ["x", "y"] a: []',
      [
        ['a', 'x'],
        ['a', 'y'],
      ],
    ],
    [
      'numbers and words',
      'a: -1.5e+20 b: inf c: true',
      [
        ['a', { word: '-1.5e+20' }],
        ['b', { word: 'inf' }],
        ['c', { word: 'true' }],
      ],
    ],
    [
      'messages',
      'a { b: 1 c < d: "x" > } e: { }',
      [
        [
          'a',
          [
            ['b', { word: '1' }],
            ['c', [['d', 'x']]],
          ],
        ],
        ['e', []],
      ],
    ],
    [
      'escapes',
      String.raw`a: "\\ \" \' \n\t\r \101 \x41 \303\251 \u00e9 \U0001F600"`,
      [['a', '\\ " \' \n\t\r A A é é 😀']],
    ],
    ['raw UTF-8', 'a: "é😀"', [['a', 'é😀']]],
    ['a comment between', 'a: # here\n "x"', [['a', 'x']]],
  ])('%s', (_, text, fields) => {
    expect(plain(text)).toEqual(fields);
  });

  it.each([
    ['a value without a name', '"x"', 'line 1'],
    ['a name without a value', 'a: "x"\nb:', 'line 2'],
    ['a string that does not end', 'a: "x\nb: 1', 'line 1'],
    ['a message that does not end', 'a {\n b: 1', 'line 2'],
    ['a list that does not end', 'a: ["x"', 'line 1'],
    ['a brace too many', 'a: 1 }', 'line 1'],
    ['binary', '\0\u0001', 'line 1'],
  ])('refuses %s', (_, text, place) => {
    expect(() => parseTextFormat(text)).toThrow(CorruptError);
    expect(() => parseTextFormat(text)).toThrow(place);
  });

  it('refuses messages nested without end, without a stack overflow', () => {
    expect(() => parseTextFormat('a {'.repeat(100_000))).toThrow(CorruptError);
  });

  it('takes long strings and many comments in little time', () => {
    expect(plain(`a: "${'x'.repeat(900_000)}"`)).toHaveLength(1);
    expect(plain(`${'# # # #\n'.repeat(50_000)}a: 1`)).toHaveLength(1);
  });

  it('answers any text with fields or a CkptError', () => {
    const token = fc.constantFrom(
      'a',
      ':',
      '"',
      "'",
      '{',
      '}',
      '<',
      '>',
      '[',
      ']',
      ',',
      ';',
      '#',
      '\n',
      '\\',
      ' ',
      '1',
      'é',
    );
    fc.assert(
      fc.property(fc.array(token, { maxLength: 30 }), (tokens) => {
        try {
          parseTextFormat(tokens.join(''));
        } catch (error) {
          expect(error).toBeInstanceOf(CkptError);
        }
      }),
      { numRuns: 1000 },
    );
  });
});
