/** What values are called besides their keys: every path to their object, and full names. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ObjectGraph } from '../../src/object-graph/object-graph.ts';
import { OtherNames } from '../../src/object-graph/other-names.ts';
import { graphOf, VALUE } from './small-graphs.ts';

/** All names, by key. */
function namesOf(graph: ObjectGraph): Record<string, string[]> {
  const names: Record<string, string[]> = {};
  new OtherNames(graph).each((name, key) => {
    names[key] = [...(names[key] ?? []), name];
  });
  return names;
}

describe('the names of a value', () => {
  it('are its path, every other path to its object, each also as a key, and its full name', () => {
    const graph = graphOf({ encoder: { table: null }, decoder: { 'a/b': '@encoder/table' }, tied: '@encoder' });
    const names = namesOf(graph)[`encoder/table${VALUE}`];
    expect(names).toEqual(
      expect.arrayContaining([
        'encoder/table',
        'decoder/a.Sb',
        'tied/table',
        `decoder/a.Sb${VALUE}`,
        `tied/table${VALUE}`,
      ]),
    );
    expect(names).toHaveLength(5);
    const others = new OtherNames(graph);
    expect(others.otherPathsOf(`encoder/table${VALUE}`).sort()).toEqual(['decoder/a.Sb', 'tied/table']);
    expect(others.fullNameOf(`encoder/table${VALUE}`)).toBe('');
    expect(others.otherPathsOf('not there')).toEqual([]);
  });

  it('are found in cyclic graphs, and bounded where there are endless ones', () => {
    const cyclic = graphOf({ a: { w: null, up: '@' }, b: '@a' });
    expect(new OtherNames(cyclic).otherPathsOf(`a/w${VALUE}`)).toEqual(['b/w']);
    const twice = Array.from({ length: 40 }, (_, i) => ({
      children: i === 39 ? [] : ['x', 'y'].map((localName) => ({ nodeId: i + 1, localName })),
      attributes:
        i < 39 ? [] : [{ name: 'VARIABLE_VALUE', fullName: 'w', checkpointKey: `${'x/'.repeat(38)}x${VALUE}` }],
      slotVariables: [],
    }));
    expect(new OtherNames({ nodes: twice }).otherPathsOf(`${'x/'.repeat(38)}x${VALUE}`).length).toBeLessThanOrEqual(64);
  });

  it('come to an end in any graph', () => {
    const child = fc.record({ nodeId: fc.nat(6), localName: fc.constantFrom('a', 'b', '') });
    const attribute = fc.record({
      name: fc.constant('VARIABLE_VALUE'),
      fullName: fc.constantFrom('', 'n'),
      checkpointKey: fc.constantFrom(`a${VALUE}`, `a/b${VALUE}`, 'plain', VALUE),
    });
    const node = fc.record({
      children: fc.array(child, { maxLength: 4 }),
      attributes: fc.array(attribute, { maxLength: 2 }),
      slotVariables: fc.constant([]),
    });
    fc.assert(
      fc.property(fc.array(node, { maxLength: 6 }), (nodes) => {
        for (const names of Object.values(namesOf({ nodes }))) expect(names).not.toContain('');
      }),
    );
  });
});

it('a filter that sees names as bytes passes what it would pass of all', () => {
  const graph = graphOf(
    { model: { 'a.b': { w: null }, c: { w: null, b: '@model/a.b/w' } }, optimizer: { m: null }, w: null },
    [['model/c/w', 'optimizer', 'm']],
  );
  for (const ending of ['w', 'm', 'b', 'VALUE', '']) {
    const ends = (bytes: Uint8Array, start: number, end: number): boolean =>
      Buffer.from(bytes.subarray(start, end)).toString().endsWith(ending);
    const all: [string, string][] = [];
    const passed: [string, string][] = [];
    new OtherNames(graph).each((name, key) => void all.push([name, key]));
    const filter = { isOpen: () => true, isWanted: ends };
    new OtherNames(graph).each((name, key) => void passed.push([name, key]), filter);
    const wanted = ([name]: [string, string]): boolean => name.endsWith(ending);
    expect(passed.filter(wanted)).toEqual(all.filter(wanted));
  }
});
