import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CorruptError } from '../../src/errors.ts';
import { encodeObjectGraph } from '../../src/object-graph/encode-object-graph.ts';
import { decodeObjectGraph, type ObjectGraph } from '../../src/object-graph/object-graph.ts';
import { rewriteObjectGraph } from '../../src/object-graph/rewrite-object-graph.ts';
import { graphOf, keysOf, reachable, slotsOf, VALUE } from './small-graphs.ts';
import { storedGraphs } from './stored-graphs.ts';

const NET = graphOf(
  {
    model: { encoder: { w: null, b: null, owner: '@model' }, decoder: { w: null } },
    opt: { iter: null },
    alias: '@model/encoder',
  },
  [
    ['model/encoder/w', 'opt', 'm'],
    ['model/decoder/w', 'opt', 'm'],
  ],
);
const ENCODER = /^model\/encoder\//;

function renamed(
  graph: ObjectGraph,
  pattern: RegExp | string,
  to: string,
): { graph: ObjectGraph; notes: readonly string[] } {
  return rewriteObjectGraph(graph, (key) => key.replace(pattern, to));
}

function kept(graph: ObjectGraph, pattern: RegExp): { graph: ObjectGraph; notes: readonly string[] } {
  return rewriteObjectGraph(graph, (key) => (pattern.test(key) ? key : undefined));
}

/** The paths that keys spell and lead where they should. */
function spelledPaths(graph: ObjectGraph): string[] {
  const all = reachable(graph);
  return Object.entries(all)
    .filter(([path, key]) => key === path + VALUE)
    .map(([path]) => path)
    .sort();
}

describe('renaming', () => {
  it('gives the same graph when nothing changes', () => {
    expect(renamed(NET, /^no/, 'yes').graph).toBe(NET);
  });

  it('renames the child whose keys changed, and no other name of it', () => {
    const { graph, notes } = renamed(NET, ENCODER, 'model/body/');
    expect(spelledPaths(graph)).toEqual(['model/body/b', 'model/body/w', 'model/decoder/w', 'opt/iter']);
    expect(reachable(graph)['alias/w']).toBe(`model/body/w${VALUE}`);
    expect(graph.nodes.length).toBe(NET.nodes.length);
    expect(slotsOf(graph)[0]).toEqual([`model/body/w${VALUE}`, 'm', `model/body/w/.OPTIMIZER_SLOT/opt/m${VALUE}`]);
    expect(notes).toEqual([]);
  });

  it('escapes names in keys and not in the graph', () => {
    const { graph } = renamed(NET, ENCODER, 'model/a.Sb..c/');
    expect(graph.nodes.flatMap(({ children }) => children.map(({ localName }) => localName))).toContain('a/b.c');
  });

  it('lets two children change names', () => {
    const names: Record<string, string> = { encoder: 'decoder', decoder: 'encoder' };
    const { graph } = rewriteObjectGraph(NET, (key) =>
      key.replace(/^model\/(\w+)/, (_, name) => `model/${names[name]}`),
    );
    expect(spelledPaths(graph)).toEqual(['model/decoder/b', 'model/decoder/w', 'model/encoder/w', 'opt/iter']);
  });

  it('wraps the root for a prefix, and takes it off again without a trace', () => {
    const { graph, notes } = renamed(NET, /^/, 'net1/');
    expect(spelledPaths(graph)).toContain('net1/model/encoder/w');
    expect(reachable(graph)['net1/alias/b']).toBe(`net1/model/encoder/b${VALUE}`);
    expect(graph.nodes[0]?.children).toEqual([{ nodeId: NET.nodes.length, localName: 'net1' }]);
    expect(graph.nodes[0]?.hasCheckpointValues).toBe(true);
    expect(notes).toEqual([expect.stringMatching(/^net1: the root/)]);
    const back = renamed(graph, /^net1\//, '');
    expect(encodeObjectGraph(back.graph)).toEqual(encodeObjectGraph(NET));
    expect(back.notes).toEqual([expect.stringMatching(/^net1: this object became the root/)]);
  });

  it('takes a prefix off beside objects that never had it', () => {
    const { graph } = renamed(graphOf({ net1: { a: null, self: '@net1' }, counter: null }), /^net1\//, '');
    expect(spelledPaths(graph)).toEqual(['a', 'counter']);
    expect(graph.nodes[0]?.children.find(({ localName }) => localName === 'self')?.nodeId).toBe(0);
  });

  it('puts objects into new ones, and takes what became empty away', () => {
    const { graph } = renamed(NET, /^model\//, 'net/deep/model/');
    expect(spelledPaths(graph)).toEqual([
      'net/deep/model/decoder/w',
      'net/deep/model/encoder/b',
      'net/deep/model/encoder/w',
      'opt/iter',
    ]);
    expect(graph.nodes[0]?.children.map(({ localName }) => localName).sort()).toEqual(['alias', 'net', 'opt']);
  });

  it('joins two objects into one', () => {
    const { graph, notes } = renamed(graphOf({ a: { x: null }, b: { y: null, z: null } }), /^[ab]\//, 'c/');
    expect(spelledPaths(graph)).toEqual(['c/x', 'c/y', 'c/z']);
    expect(notes).toEqual(['c: objects of different places became one here']);
  });

  it('lets a part leave its object, which stays', () => {
    const { graph, notes } = renamed(NET, /^model\/encoder\/w/, 'model/head/w');
    expect(spelledPaths(graph)).toEqual(['model/decoder/w', 'model/encoder/b', 'model/head/w', 'opt/iter']);
    expect(notes).toEqual([expect.stringMatching(/^model\/encoder: some of what is in it moved elsewhere/)]);
  });

  it('prefers the renamed object where another further name has its name', () => {
    const { graph, notes } = renamed(graphOf({ m: { a: { x: null }, b: '@o' }, o: { y: null } }), /^m\/a\//, 'm/b/');
    expect(spelledPaths(graph)).toEqual(['m/b/x', 'o/y']);
    expect(notes).toEqual([expect.stringMatching(/^b: this further name of an object gave way/)]);
  });

  it('leaves an object whose values go different ways where it is, with the new keys', () => {
    const attributes = ['k', 'v'].map((name) => ({ name, fullName: '', checkpointKey: `t/.ATTRIBUTES/${name}` }));
    const root = graphOf({ t: {} });
    const graph: ObjectGraph = { nodes: [root.nodes[0]!, { ...root.nodes[1]!, attributes }] };
    const result = renamed(graph, 't/.ATTRIBUTES/v', 'u/.ATTRIBUTES/v');
    expect(keysOf(result.graph)).toEqual(['t/.ATTRIBUTES/k', 'u/.ATTRIBUTES/v']);
    expect(result.graph.nodes[0]?.children).toEqual(root.nodes[0]?.children);
    expect(result.notes).toEqual([expect.stringMatching(/^t: not everything in it was renamed alike/)]);
  });

  it('leaves out what TensorFlow could not restore from its new key', () => {
    const { graph, notes } = renamed(NET, `model/decoder/w${VALUE}`, 'flat');
    expect(keysOf(graph)).not.toContain('flat');
    expect(notes[0]).toMatch(/^flat: TensorFlow restores an object only from a key that ends as before/);
  });

  it('follows keys that spell no path to their object, without moving it', () => {
    const graph: ObjectGraph = { nodes: [NET.nodes[0]!, ...NET.nodes.slice(1)].map((node) => ({ ...node })) };
    const odd = {
      ...graph,
      nodes: graph.nodes.map((node) => ({
        ...node,
        attributes: node.attributes.map((one) => ({ ...one, checkpointKey: `x/${one.checkpointKey}` })),
      })),
    };
    const result = renamed(odd, /^x/, 'y');
    expect(keysOf(result.graph)).toEqual(keysOf(odd).map((key) => key.replace(/^x/, 'y')));
    expect(result.graph.nodes.map(({ children }) => children)).toEqual(odd.nodes.map(({ children }) => children));
  });

  it('takes values that are not in the checkpoint along with their object', () => {
    const absent = `model/encoder/b${VALUE}`;
    const rule = (key: string): string => (key === absent ? key : key.replace(ENCODER, 'model/body/'));
    const { graph, notes } = rewriteObjectGraph(NET, rule, (key) => key === absent);
    expect(spelledPaths(graph)).toContain('model/body/b');
    expect(notes).toEqual([]);
    const { graph: left } = rewriteObjectGraph(
      NET,
      () => undefined,
      (key) => key === absent,
    );
    expect(keysOf(left)).toEqual([absent]);
  });
});

it('fields of later versions stay where they are, in what changes and in what does not', () => {
  const unknown = Uint8Array.of(0x78, 1);
  const { nodes } = graphOf({ a: { w: null }, b: { w: null }, opt: {} }, [['a/w', 'opt', 'm']]);
  const later = nodes.map((node) => ({
    children: node.children.map((child) => ({ ...child, unknown })),
    attributes: node.attributes.map((attribute) => ({ ...attribute, unknown })),
    slotVariables: node.slotVariables.map((slot) => ({ ...slot, unknown })),
    unknown,
  }));
  const { graph } = renamed({ nodes: later, unknown }, /^a/, 'c');
  const moved = (text: string): string => text.replace(/^a/, 'c');
  expect(graph).toEqual({
    unknown,
    nodes: later.map((node) => ({
      ...node,
      children: node.children.map((child) => ({ ...child, localName: moved(child.localName) })),
      attributes: node.attributes.map((one) => ({ ...one, checkpointKey: moved(one.checkpointKey) })),
    })),
  });
});

describe('dropping', () => {
  it('takes away what leads to lost values, and their slots', () => {
    const { graph, notes } = kept(NET, ENCODER);
    expect(Object.values(reachable(graph)).every((key) => ENCODER.test(key))).toBe(true);
    expect(slotsOf(graph)).toEqual([[`model/encoder/w${VALUE}`, 'm', `model/encoder/w/.OPTIMIZER_SLOT/opt/m${VALUE}`]]);
    expect(graph.nodes.length).toBe(NET.nodes.length);
    const decoder = NET.nodes[1]?.children[1]?.nodeId as number;
    expect(graph.nodes[decoder]).toEqual({
      children: [],
      attributes: [],
      slotVariables: [],
      hasCheckpointValues: false,
    });
    expect(notes).toEqual([]);
  });

  it('leaves objects that never had values, and those with savers of their own', () => {
    const base = graphOf({ empty: {}, saved: {}, w: null });
    const registeredSaver = { name: 'S', objectName: 'o' };
    const graph = { nodes: base.nodes.map((node, i) => (i === 2 ? { ...node, registeredSaver } : node)) };
    const { nodes } = kept(graph, /^never/).graph;
    expect(nodes[0]?.children.map(({ localName }) => localName)).toEqual(['empty', 'saved']);
    expect(nodes[2]?.registeredSaver).toEqual(registeredSaver);
  });

  it('keeps the way to a variable without a value whose slots are kept, and says so', () => {
    const { graph, notes } = kept(NET, /OPTIMIZER_SLOT/);
    expect(slotsOf(graph).length).toBe(2);
    expect(graph.nodes[0]?.children.map(({ localName }) => localName)).toEqual(['model', 'opt', 'alias']);
    expect(notes).toEqual([expect.stringMatching(/^model\/encoder\/w, model\/decoder\/w: .* optimizer slots/)]);
  });

  it('says which objects lost a part of their values', () => {
    const attributes = ['k', 'v'].map((name) => ({ name, fullName: '', checkpointKey: `t/.ATTRIBUTES/${name}` }));
    const root = graphOf({ t: {} });
    const graph: ObjectGraph = { nodes: [root.nodes[0]!, { ...root.nodes[1]!, attributes }] };
    expect(kept(graph, /k$/).notes).toEqual([expect.stringMatching(/^t: some of the values/)]);
  });
});

describe('every graph that is stored', () => {
  const graphs = storedGraphs().map(({ title, bytes }) => ({ title, graph: decodeObjectGraph(bytes) }));

  it.each(graphs)('$title: a prefix on and off leaves the same bytes', ({ graph }) => {
    const there = renamed(graph, /^/, 'net1/').graph;
    expect(keysOf(there).sort()).toEqual(
      keysOf(graph)
        .map((key) => `net1/${key}`)
        .sort(),
    );
    expect(encodeObjectGraph(renamed(there, /^net1\//, '').graph)).toEqual(encodeObjectGraph(graph));
  });

  it.each(graphs)('$title: a bijection and back leaves the same bytes', ({ graph }) => {
    const there = renamed(graph, /^([^/]+)/, 'x_$1').graph;
    expect(encodeObjectGraph(renamed(there, /^x_/, '').graph)).toEqual(encodeObjectGraph(graph));
  });

  it.each(graphs)('$title: any subset lists what is kept and nothing else', ({ graph }) => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const keep = (key: string): boolean =>
          [...key].reduce((hash, c) => (hash * 31 + c.charCodeAt(0)) | 0, seed) % 3 === 0;
        const { graph: left } = rewriteObjectGraph(graph, (key) => (keep(key) ? key : undefined));
        expect(keysOf(left)).toEqual(keysOf(graph).filter(keep));
      }),
      { numRuns: 10 },
    );
  });
});

describe('graphs that nobody saved', () => {
  it('refuses references that lead nowhere', () => {
    const graph = { nodes: [{ ...NET.nodes[0]!, children: [{ nodeId: 10 ** 9, localName: 'x' }] }] };
    expect(() => renamed(graph, /a/, 'b')).toThrow(CorruptError);
  });

  it('follows keys through cycles as far as anybody nests objects', () => {
    const deep = (depth: number): ObjectGraph => ({
      nodes: [
        {
          children: [{ nodeId: 0, localName: 'a' }],
          attributes: [{ name: 'V', fullName: '', checkpointKey: `${'a/'.repeat(depth)}.ATTRIBUTES/V` }],
          slotVariables: [],
        },
      ],
    });
    for (const depth of [1, 1000, 200_000]) {
      const { graph } = renamed(deep(depth), /^a/, 'b');
      expect(keysOf(graph)).toEqual([`b/${'a/'.repeat(depth - 1)}.ATTRIBUTES/V`]);
    }
  });

  it('ends for any graph and any rule', () => {
    const word = fc.constantFrom('a', 'b', 'c');
    const keys = fc.array(word, { maxLength: 4 }).map((names) => `${names.join('/')}/.ATTRIBUTES/V`);
    const nodes = fc.record({
      children: fc.array(fc.record({ nodeId: fc.nat(4), localName: word }), { maxLength: 4 }),
      attributes: fc.array(fc.record({ name: fc.constant('V'), fullName: fc.constant(''), checkpointKey: keys }), {
        maxLength: 2,
      }),
      slotVariables: fc.array(
        fc.record({ originalVariableNodeId: fc.nat(4), slotName: word, slotVariableNodeId: fc.nat(4) }),
        { maxLength: 1 },
      ),
    });
    const graphs = fc.record({ nodes: fc.array(nodes, { minLength: 5, maxLength: 5 }) });
    const fates = fc.dictionary(keys, fc.option(keys, { nil: undefined }));
    fc.assert(
      fc.property(graphs, fates, (graph, fate) => {
        const newKeyOf = (key: string): string | undefined => (Object.hasOwn(fate, key) ? fate[key] : key);
        const { graph: rewritten } = rewriteObjectGraph(graph, newKeyOf);
        const wanted = keysOf(graph).flatMap((key) => newKeyOf(key) ?? []);
        expect(keysOf(rewritten).sort()).toEqual(wanted.sort());
        expect(decodeObjectGraph(encodeObjectGraph(rewritten))).toEqual(rewritten);
        rewriteObjectGraph(rewritten, (key) => key.replace('a', 'c'));
      }),
      { numRuns: 400 },
    );
  });
});
