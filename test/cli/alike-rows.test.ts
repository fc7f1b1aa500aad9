/** Rows that differ in their numbers alone are one row, and no row is lost or told twice. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AlikeRow, alikeRows, type NameRow } from '../../src/cli/render/alike-rows.ts';

const fold = (...names: readonly string[]): string[] => texts(names.map((name) => ({ name })));
const texts = (rows: Iterable<NameRow>): string[] => [...alikeRows(rows)].map(textOf);
const textOf = ({ name, to, times }: AlikeRow): string =>
  `${to === undefined ? name : `${name}->${to}`}${times === 1 ? '' : ` x${times}`}`;
const numbered = (count: number, name: (i: number) => string): string[] =>
  Array.from({ length: count }, (_, i) => name(i));

describe('names', () => {
  it('that differ in their numbers are one, from four on', () => {
    expect(fold(...numbered(12, (i) => `layer_${i}/kernel`))).toEqual(['layer_{0..11}/kernel x12']);
    expect(fold('a_0', 'a_1', 'a_2')).toEqual(['a_0', 'a_1', 'a_2']);
  });

  it('keep a number that is always the same, and gaps', () => {
    expect(fold('net2/a_0', 'net2/a_1', 'net2/a_5', 'net2/a_6')).toEqual(['net2/a_{0..1,5..6} x4']);
  });

  it('keep leading zeros', () => {
    expect(fold(...numbered(4, (i) => `part-0000${i}`))).toEqual(['part-{00000..00003} x4']);
    expect(fold('p08', 'p09', 'p10', 'p12')).toEqual(['p{08,09,10,12} x4']);
  });

  it('with gaps everywhere are cut short', () => {
    const [row = ''] = fold(...numbered(100, (i) => `a_${i * 2}`));
    expect(row).toMatch(/^a_\{0,2,4,6,[\d,]+,\.\.,198\} x100$/);
    expect(row.length).toBeLessThan(80);
  });

  it('with what patterns are made of are like no other', () => {
    expect(fold('a\0', 'a1', 'a2', 'a3', 'a\n1\n')).toEqual(['a\0', 'a1', 'a2', 'a3', 'a\n1\n']);
  });

  it('stand where the first of them stood', () => {
    expect(fold('x', 'a_0', 'y', 'a_1', 'a_2', 'a_3', 'z')).toEqual(['x', 'a_{0..3} x4', 'y', 'z']);
  });
});

describe('what names become', () => {
  const renamed = (count: number, to: (i: number) => string): NameRow[] =>
    numbered(count, (i) => `l_${i}/w`).map((name, i) => ({ name, to: to(i) }));

  it('is told with the same numbers', () => {
    expect(texts(renamed(5, (i) => `h${i}/w_${i}`))).toEqual(['l_{0..4}/w->h{0..4}/w_{0..4} x5']);
    // Of one row the number that is always there may be its own: that one is told by itself.
    expect(texts(renamed(5, (i) => `net2/h${i}`))).toEqual(['l_{0..1,3..4}/w->net2/h{0..1,3..4} x4', 'l_2/w->net2/h2']);
  });

  it('is told one by one where the numbers are others', () => {
    const rows = renamed(6, (i) => `l_${(i + 1) % 6}/w`);
    expect(texts(rows)).toEqual(rows.map(({ name, to }) => `${name}->${to}`));
  });

  it('may drop the number, and then each is told', () => {
    const rows = [3, 4, 5, 6].map((i) => ({ name: `a_${i}`, to: 'x'.repeat(i) }));
    expect(texts(rows)).toEqual(rows.map(({ name, to }) => `${name}->${to}`));
  });
});

describe('rows', () => {
  it('that say something else are not alike', () => {
    const rows = numbered(8, (i) => `a_${i}`).map((name, i) => ({ name, rest: i % 2 === 0 ? '4 B' : '8 B' }));
    expect([...alikeRows(rows)].map(({ name, rest, times }) => [name, rest, times])).toEqual([
      ['a_{0,2,4,6}', '4 B', 4],
      ['a_{1,3,5,7}', '8 B', 4],
    ]);
  });

  it('are all counted, whatever they are', () => {
    const name = fc
      .tuple(fc.constantFrom('a', 'b_', 'c/'), fc.nat(30), fc.constantFrom('', '/w', '/v2'))
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(fc.array(name, { maxLength: 200 }), (names) => {
        const rows = [...alikeRows(names.map((one) => ({ name: one })))];
        expect(rows.reduce((sum, { times }) => sum + times, 0)).toBe(names.length);
        for (const row of rows) if (row.times === 1) expect(names).toContain(row.name);
      }),
    );
  });

  it('are folded as each alone would be, in whatever order they follow each other', () => {
    const digits = fc.constantFrom('0', '7', '10', '007', '1234567890123456');
    const word = fc.constantFrom('a', 'b/', '\0', '\n', '_');
    const name = fc.array(fc.oneof(digits, word), { maxLength: 4 }).map((parts) => parts.join(''));
    const row = fc.record({ name, rest: fc.constantFrom(undefined, '4 B') });
    fc.assert(
      fc.property(fc.array(row, { maxLength: 60 }), (rows) => {
        const patternOf = ({ name: text, rest = '' }: NameRow): string =>
          /[\0\n]/.test(text)
            ? JSON.stringify([text, rest])
            : `${text.replace(/(?<!\d)\d{1,15}(?!\d)/g, '\0')} ${rest}`;
        const times = new Map<string, number>();
        for (const one of rows) times.set(patternOf(one), (times.get(patternOf(one)) ?? 0) + 1);
        const folded = [...times.values()].flatMap((many) => (many <= 3 ? Array(many).fill(1) : many));
        expect([...alikeRows(rows)].map((one) => one.times)).toEqual(folded);
      }),
      { numRuns: 500 },
    );
  });

  it('of more kinds than are held are all told', () => {
    const rows = [
      ...alikeRows(
        numbered(25_000, (i) => `${'x'.repeat(1 + (i % 3))}${i.toString(36).replace(/\d/g, 'z')}${i % 7}`).map(
          (one) => ({ name: one }),
        ),
      ),
    ];
    expect(rows.reduce((sum, { times }) => sum + times, 0)).toBe(25_000);
  });
});
