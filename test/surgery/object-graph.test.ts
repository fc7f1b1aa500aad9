import { describe, expect, it } from 'vitest';
import { openCheckpoint } from '../../src/checkpoints/checkpoint.ts';
import { CorruptError, NameError } from '../../src/errors.ts';
import { encodeObjectGraph } from '../../src/object-graph/encode-object-graph.ts';
import { listedKeys } from '../../src/object-graph/listed-keys.ts';
import { OBJECT_GRAPH_KEY, type ObjectGraph } from '../../src/object-graph/object-graph.ts';
import { columnsOf } from '../../src/object-graph/read-columns.ts';
import { objectGraphOf } from '../../src/object-graph/stored-object-graph.ts';
import { merge } from '../../src/surgery/merge.ts';
import { addPrefixRule, mapRule, type NameRule } from '../../src/surgery/name-rules.ts';
import { mergeObjectGraphs, type Reconciled, reconcileObjectGraph } from '../../src/surgery/object-graph.ts';
import { rename } from '../../src/surgery/rename.ts';
import { subset } from '../../src/surgery/subset.ts';
import { dtypeOf } from '../../src/tensor/dtype.ts';
import { type Tensor, type TensorMap, tensorOfStrings } from '../../src/tensor/tensor.ts';
import { soundCheckpoints } from '../fixtures.ts';
import { graphOf, keysOf, VALUE } from '../object-graph/small-graphs.ts';
import { digestsOf, mapOf, marked } from './small-maps.ts';

function graphTensor(graph: ObjectGraph): Tensor {
  return tensorOfStrings(dtypeOf('string'), [], [encodeObjectGraph(graph)]);
}

function checkpointOf(graph: ObjectGraph, names = keysOf(graph)): Map<string, Tensor> {
  return mapOf(...names).set(OBJECT_GRAPH_KEY, graphTensor(graph));
}

function renamed(tensors: TensorMap, rule: NameRule): Reconciled {
  return reconcileObjectGraph(tensors, rename(tensors, rule), rule);
}

function kept(tensors: TensorMap, pattern: RegExp): Reconciled {
  const after = subset(tensors, (name) => pattern.test(name));
  return reconcileObjectGraph(tensors, after, (name) => (after.has(name) ? name : undefined));
}

function keysIn(tensors: TensorMap): string[] {
  return keysOf(objectGraphOf(tensors)!).sort();
}

const NET = checkpointOf(graphOf({ a: { w: null }, b: { w: null } }));

describe('the object graph after surgery', () => {
  it('follows a rename, in its place among the names, and shares the tensors', () => {
    const { tensors } = renamed(NET, (name) => name.replace(/^a/, 'c'));
    expect([...tensors.keys()]).toEqual([`c/w${VALUE}`, `b/w${VALUE}`, OBJECT_GRAPH_KEY]);
    expect(keysIn(tensors)).toEqual([`b/w${VALUE}`, `c/w${VALUE}`]);
    expect(tensors.get(`c/w${VALUE}`)).toBe(NET.get(`a/w${VALUE}`));
  });

  it('keeps its own key under any rule', () => {
    const { tensors } = renamed(NET, addPrefixRule('net1/'));
    expect([...tensors.keys()]).toEqual([`net1/a/w${VALUE}`, `net1/b/w${VALUE}`, OBJECT_GRAPH_KEY]);
    expect(keysIn(tensors)).toEqual([`net1/a/w${VALUE}`, `net1/b/w${VALUE}`]);
  });

  it('is the same tensor in the same map when nothing changed', () => {
    const after = rename(NET, (name) => name);
    const { tensors } = reconcileObjectGraph(NET, after, (name) => name);
    expect(tensors).toBe(after);
    expect(tensors.get(OBJECT_GRAPH_KEY)).toBe(NET.get(OBJECT_GRAPH_KEY));
    const plain = mapOf('x', 'y');
    expect(reconcileObjectGraph(plain, plain, (name) => name).tensors).toBe(plain);
  });

  it('stays with a subset that did not name it, as long as one of its values does', () => {
    expect(keysIn(kept(NET, /^a/).tensors)).toEqual([`a/w${VALUE}`]);
    const { tensors, notes } = kept(checkpointOf(graphOf({ a: null }), [`a${VALUE}`, 'other']), /other/);
    expect([...tensors.keys()]).toEqual(['other']);
    expect(notes).toEqual([expect.stringMatching(/was left out, for none of the values/)]);
  });

  it('goes when somebody named it, even one that is damaged', () => {
    const broken = new Map(NET).set(OBJECT_GRAPH_KEY, tensorOfStrings(dtypeOf('string'), [], [Uint8Array.of(0x0a)]));
    const after = subset(broken, (name) => name !== OBJECT_GRAPH_KEY);
    const same = (name: string): string | undefined => (after.has(name) ? name : undefined);
    expect(reconcileObjectGraph(broken, after, same, { dropGraph: true }).tensors).toBe(after);
    expect(() => renamed(broken, addPrefixRule('x/'))).toThrow(CorruptError);
    const number = new Map(NET).set(OBJECT_GRAPH_KEY, marked(1));
    expect(() => renamed(number, addPrefixRule('x/'))).toThrow(/no string scalar; drop _CHECKPOINTABLE_OBJECT_GRAPH/);
  });

  it('follows the tensors of a table, whose key only begins their names', () => {
    const base = graphOf({ m: { table: {} } });
    const attribute = { name: 'table', fullName: '', checkpointKey: 'm/table/.ATTRIBUTES/table' };
    const graph = { nodes: base.nodes.map((node, i) => (i === 2 ? { ...node, attributes: [attribute] } : node)) };
    const names = ['keys', 'values'].map((part) => `${attribute.checkpointKey}-${part}`);
    const tensors = checkpointOf(graph, [...names, 'x']);
    const moved = new Map(names.map((name) => [name, name.replace('m/table', 'n/vocabulary')]));
    expect(keysIn(renamed(tensors, mapRule(moved)).tensors)).toEqual(['n/vocabulary/.ATTRIBUTES/table']);
    expect(keysIn(kept(tensors, /table/).tensors)).toEqual([attribute.checkpointKey]);
    expect(kept(tensors, /^x/).tensors.has(OBJECT_GRAPH_KEY)).toBe(false);
  });

  it('lists no variable that is not there, and says so', () => {
    const tensors = checkpointOf(graphOf({ a: { w: null, never: null } }), [`a/w${VALUE}`, 'other']);
    const mended = kept(tensors, /^a/);
    expect(keysIn(mended.tensors)).toEqual([`a/w${VALUE}`]);
    expect(mended.notes).toEqual([
      `the object graph lists values that are not in the checkpoint, and does so no more: a/never${VALUE}`,
    ]);
  });

  it('lists variables, slots and states that it forgot, as objects where their keys say', () => {
    const slot = `a/w/.OPTIMIZER_SLOT/optimizer/m${VALUE}`;
    const names = [`a/w${VALUE}`, `a/b.Sc/d${VALUE}`, slot, 'other', 'a/x/.ATTRIBUTES/py_state'];
    const { tensors } = kept(checkpointOf(graphOf({ a: { w: null } }), names), /./);
    expect(keysIn(tensors)).toEqual(names.filter((name) => name !== 'other').sort());
    const graph = objectGraphOf(tensors);
    expect(listedKeys(columnsOf(graph as ObjectGraph), tensors.keys())).toEqual({ missing: [], forgotten: [] });
    const { nodes } = graph as ObjectGraph;
    const a = nodes[nodes[0]?.children[0]?.nodeId ?? -1];
    expect(a?.children.map(({ localName }) => localName)).toEqual(['w', 'b/c', 'x']);
    const optimizer = nodes.find(({ slotVariables }) => slotVariables.length > 0);
    expect(optimizer?.slotVariables.map(({ slotName }) => slotName)).toEqual(['m']);
  });

  it('survives every rename of the fixtures and back, content and all', async () => {
    for (const { prefix, title, expected } of soundCheckpoints('v2')) {
      if (expected.objectGraph === undefined) continue;
      const checkpoint = await openCheckpoint(prefix);
      const there = renamed(checkpoint.tensors, addPrefixRule('p/')).tensors;
      const back = renamed(there, (name) => name.replace(/^p\//, '')).tensors;
      expect(await digestsOf(back), title).toEqual(await digestsOf(checkpoint.tensors));
      checkpoint.close();
    }
  });
});

describe('object graphs in a merge', () => {
  const OTHER = checkpointOf(graphOf({ c: null }));
  const PLAIN = mapOf('x');

  it('are refused when they differ, with the way out', () => {
    expect(() => mergeObjectGraphs([NET, OTHER])).toThrow(NameError);
    expect(() => mergeObjectGraphs([NET, OTHER], 'refuse')).toThrow(
      /--object-graph first or last.*--object-graph drop/,
    );
  });

  it('are kept as somebody says', () => {
    for (const [policy, keys] of [
      ['first', keysIn(NET)],
      ['last', keysIn(OTHER)],
    ] as const) {
      const { inputs, notes } = mergeObjectGraphs([PLAIN, NET, OTHER], policy);
      const merged = merge(inputs);
      expect(keysIn(merged)).toEqual(keys);
      expect(merged.size).toBe(5);
      expect(notes).toEqual([expect.stringContaining(policy)]);
    }
    const { inputs, notes } = mergeObjectGraphs([NET, PLAIN], 'drop');
    expect(merge(inputs).has(OBJECT_GRAPH_KEY)).toBe(false);
    expect(notes).toEqual([expect.stringMatching(/were left out/)]);
  });

  it('are no matter when one input has one, or all have the same', () => {
    expect(mergeObjectGraphs([NET, PLAIN]).inputs).toEqual([NET, PLAIN]);
    expect(mergeObjectGraphs([PLAIN, PLAIN], 'last')).toEqual({ inputs: [PLAIN, PLAIN], notes: [] });
    const half = kept(NET, /^a/).tensors;
    const same = new Map([
      [OBJECT_GRAPH_KEY, half.get(OBJECT_GRAPH_KEY)!],
      ['x', marked(3)],
    ] as const);
    expect(merge(mergeObjectGraphs([half, same]).inputs).size).toBe(3);
  });
});

it('the graph follows its tensors wherever they stand in the new map, and whatever else is there', () => {
  const more = mapOf(`z/w${VALUE}`);
  const before = checkpointOf(graphOf({ a: { w: null }, b: { w: null }, c: { w: null } }));
  const swap: NameRule = (name) => name.replace(/^[ab]/, (word) => (word === 'a' ? 'b' : 'a'));
  const pairs = [...rename(before, swap)];
  for (const after of [
    pairs,
    [...pairs].reverse(),
    [...more, ...pairs],
    pairs.slice(1),
    [...pairs.slice(2), ...more],
  ]) {
    const map = new Map(after);
    const { tensors } = reconcileObjectGraph(before, map, (name) => (map.has(swap(name)) ? swap(name) : undefined));
    expect(keysIn(tensors)).toEqual([...map.keys()].filter((name) => name !== OBJECT_GRAPH_KEY).sort());
  }
});
