/** Paths as numbers, and the paths in the bytes of keys: they say what checkpoint-key.ts says of texts. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NameNumbers } from '../../src/bytes/name-numbers.ts';
import { encodeText } from '../../src/bytes/text.ts';
import { joinPath, lastName, namesOf, parentPath, parseKey } from '../../src/object-graph/checkpoint-key.ts';
import { ChildTable } from '../../src/object-graph/child-table.ts';
import { pathEnd } from '../../src/object-graph/key-span.ts';
import { PathTree } from '../../src/object-graph/path-tree.ts';
import { columnsOf } from '../../src/object-graph/read-columns.ts';

const name = fc.constantFrom('', 'a', 'b', 'a..b', 'é', '.S');
const path = fc.array(name, { maxLength: 5 }).map((names) => names.join('/'));

describe('paths as numbers', () => {
  it('are equal where the texts are, and have their parents, names and depths', () => {
    fc.assert(
      fc.property(fc.array(path, { minLength: 1, maxLength: 20 }), name, (texts, last) => {
        const tree = new PathTree();
        const numberOf = (text: string): number => tree.numberOf(encodeText(text), 0, encodeText(text).length);
        const numbers = texts.map(numberOf);
        expect(numbers.map((number) => tree.textOf(number))).toEqual(texts);
        expect(new Set(numbers).size).toBe(new Set(texts).size);
        for (const [i, text] of texts.entries()) {
          const number = numbers[i] as number;
          expect(tree.depthOf(number)).toBe(namesOf(text).length);
          const above = tree.parentOf(number);
          expect(above < 0 ? undefined : tree.textOf(above)).toBe(parentPath(text));
          if (number > 0) expect(tree.names.textOf(tree.nameOf(number))).toBe(lastName(text));
          const bytes = encodeText(last);
          const below = tree.join(number, tree.names.numberOf(bytes, 0, bytes.length));
          expect(below).toBe(numberOf(joinPath(text, last)));
        }
      }),
      { numRuns: 200 },
    );
  });

  it('end in keys where those of objects do', () => {
    const part = fc.constantFrom('a', 'b/c', '', '.OPTIMIZER_SLOT', '.ATTRIBUTES', '.ATTRIBUTES/V', 'x.ATTRIBUTES');
    const keys = fc.array(part, { maxLength: 6 }).map((parts) => parts.join('/'));
    fc.assert(
      fc.property(keys, (key) => {
        const bytes = encodeText(`##${key}##`);
        const end = pathEnd(bytes, 2, bytes.length - 2);
        const parts = parseKey(key);
        const whole = parts === undefined || parts.slot !== undefined ? undefined : parts.path;
        expect(end < 0 ? undefined : key.slice(0, end - 2)).toBe(whole);
      }),
      { numRuns: 500 },
    );
  });
});

it('names have one number each, however many there are', () => {
  const names = new NameNumbers();
  const texts = Array.from({ length: 5000 }, (_, i) => `name ${i % 3000}`);
  const numbers = texts.map((text) => names.numberOf(encodeText(text), 0, text.length));
  expect(numbers).toEqual(texts.map((_, i) => i % 3000));
  expect(names.count).toBe(3000);
  expect(names.textOf(2999)).toBe('name 2999');
});

it('children are found by their names, the first of a name, whether they are few or many', () => {
  const names = (count: number): string[] => Array.from({ length: count }, (_, i) => `child.${i % (count - 2)}/é`);
  const lists = [3, 8, 9, 100].map(names);
  const nodes = lists.map((list) => ({
    children: list.map((localName) => ({ nodeId: 0, localName })),
    attributes: [],
    slotVariables: [],
  }));
  const graph = columnsOf({ nodes });
  const table = new ChildTable(graph);
  const find = (id: number, text: string): number => table.find(id, encodeText(text), 0, encodeText(text).length);
  const findEscaped = (id: number, text: string): number =>
    table.findEscaped(id, encodeText(text), 0, encodeText(text).length);
  for (const [id, list] of lists.entries()) {
    const first = graph.children.start(id);
    for (const text of list) expect(find(id, text)).toBe(first + list.indexOf(text));
    expect(find(id, 'child.0')).toBe(-1);
    expect(findEscaped(id, 'child..0.Sé')).toBe(first);
    expect(findEscaped(id, 'child.0/é')).toBe(-1);
  }
});
