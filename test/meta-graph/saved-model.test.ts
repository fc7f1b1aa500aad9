/** SavedModels that today's TensorFlow cannot write: of Keras 2, with several graphs, hostile ones. */
import { describe, expect, it } from 'vitest';
import { MemorySource } from '../../src/bytes/source.ts';
import { CorruptError } from '../../src/errors.ts';
import type { GraphFacts } from '../../src/meta-graph/graph-facts.ts';
import { readGraph } from '../../src/meta-graph/read-graph.ts';
import { savedModelFacts } from '../../src/meta-graph/saved-model.ts';
import type { ObjectGraph } from '../../src/object-graph/object-graph.ts';
import { BinaryMessage } from '../../src/proto/binary-message.ts';
import { definitions, encoded, variableNode } from '../object-graph/graph-messages.ts';
import { graphOf } from '../object-graph/small-graphs.ts';

type Children = Readonly<Record<string, number>>;

function object(children: Children, more: object = {}): object {
  return { children: Object.entries(children).map(([localName, nodeId]) => ({ localName, nodeId })), ...more };
}

const list = (...ids: readonly number[]): object => object(Object.fromEntries(ids.map((id, i) => [String(i), id])));
const variable = (name: string, trainable = true): object => ({
  variable: { dtype: 1, shape: { dim: [{ size: 2 }] }, trainable, name },
});
const layer = (children: Children, metadata = ''): object => object(children, { userObject: { metadata } });

function model(nodes: readonly object[]): Uint8Array {
  return encoded('SavedModel', {
    version: 1,
    metaGraphs: [{ info: { tags: ['serve'], version: '2.4.0' }, objects: { nodes } }],
  });
}

function readSavedModel(model: Uint8Array, graph?: ObjectGraph, keras?: Uint8Array): GraphFacts {
  const message = BinaryMessage.of(new MemorySource(model), 'saved_model.pb');
  const metadata = keras && BinaryMessage.of(new MemorySource(keras), 'keras_metadata.pb');
  return { path: 'saved_model.pb', ...savedModelFacts(message, graph, metadata) };
}

function read(nodes: readonly object[], graph?: ObjectGraph, keras?: Uint8Array): GraphFacts {
  return readSavedModel(model(nodes), graph, keras);
}

/** The answer for each variable, by the path in its key. */
function answers({ variables }: GraphFacts): Record<string, boolean | undefined> {
  return Object.fromEntries(
    [...variables].map(([key, { trainable }]) => [key.replace('/.ATTRIBUTES/VARIABLE_VALUE', ''), trainable]),
  );
}

/** A model of Keras 2 with two layers, the first of them frozen; `metadata` is what its layers say. */
function keras2(lists: boolean, metadata: readonly [string, string] = ['', '']): object[] {
  const [all, trained, empty] = [7, 8, 9];
  return [
    layer({ 'layer-0': 1, 'layer-1': 2, ...(lists ? { variables: all, trainable_variables: trained } : {}) }),
    layer({ kernel: 3, bias: 4, ...(lists ? { variables: 10, trainable_variables: empty } : {}) }, metadata[0]),
    layer({ kernel: 5, moving_mean: 6 }, metadata[1]),
    variable('a/kernel'),
    variable('a/bias'),
    variable('b/kernel'),
    variable('b/moving_mean', false),
    list(3, 4, 5, 6),
    list(5),
    list(),
    list(3, 4),
  ];
}

const FROZEN_FIRST = {
  'layer-0/kernel': false,
  'layer-0/bias': false,
  'layer-1/kernel': true,
  'layer-1/moving_mean': false,
};
const TRAINED_FIRST = { ...FROZEN_FIRST, 'layer-0/kernel': true, 'layer-0/bias': true };

describe('readSavedModel', () => {
  it('goes by the flags of the variables', () => {
    const facts = read(keras2(false));
    expect(answers(facts)).toEqual(TRAINED_FIRST);
    expect(facts).toMatchObject({ kind: 'saved-model', tensorflowVersion: '2.4.0', tags: ['serve'], notes: [] });
  });

  it('goes by the lists of Keras 2, which know of frozen layers', () => {
    const keys = {
      variables: { 0: '@layer-0/kernel', 1: '@layer-0/bias', 2: '@layer-1/kernel', 3: '@layer-1/moving_mean' },
    };
    const graph = graphOf({
      'layer-0': { kernel: null, bias: null },
      'layer-1': { kernel: null, moving_mean: null },
      ...keys,
    });
    expect(answers(read(keras2(true), graph))).toEqual(FROZEN_FIRST);
  });

  it('goes by the metadata of Keras up to TensorFlow 2.4, in the objects', () => {
    const frozen = JSON.stringify({ name: 'a', trainable: false, config: { trainable: true } });
    expect(answers(read(keras2(false, [frozen, '{"trainable": true}'])))).toEqual(FROZEN_FIRST);
    expect(answers(read(keras2(false, ['{"trainable": false', 'null'])))).toEqual(TRAINED_FIRST);
  });

  it('goes by the metadata of Keras from TensorFlow 2.5 on, in a file of its own', () => {
    const nodes = [
      { nodeId: 1, metadata: '{"trainable": false}' },
      { nodeId: 10 ** 9, metadata: '{"trainable": false}' },
    ];
    expect(answers(read(keras2(false), undefined, encoded('KerasMetadata', { nodes })))).toEqual(FROZEN_FIRST);
    expect(() => read(keras2(false), undefined, Uint8Array.of(0x0a, 9))).toThrow(/^keras_metadata\.pb: /);
  });

  it('joins two graphs that number their objects differently, slots too', () => {
    const slot = { originalVariableNodeId: 3, slotName: 'm', slotVariableNodeId: 1 };
    const nodes = [
      object({ net: 4, opt: 2 }),
      variable('w/m'),
      object({}, { slotVariables: [slot] }),
      variable('w'),
      object({ w: 3 }),
    ];
    const graph = graphOf({ opt: {}, net: { w: null } }, [['net/w', 'opt', 'm']]);
    const wanted = { 'net/w': true, 'net/w/.OPTIMIZER_SLOT/opt/m': false };
    expect(answers(read(nodes, graph))).toEqual(wanted);
    expect(answers(read(nodes))).toEqual(wanted);
  });

  it('lets the graph for training decide among several', () => {
    const graph = (tag: string, trained: readonly string[]): object => ({
      info: { tags: [tag] },
      graph: { node: [variableNode('a', 'VariableV2', []), variableNode('b', 'VariableV2', [])] },
      collections: { trainable_variables: definitions(trained.map((name) => ({ variableName: `${name}:0` }))) },
    });
    const metaGraphs = [graph('serve', ['a']), graph('train', ['b'])];
    const facts = readSavedModel(encoded('SavedModel', { metaGraphs }));
    expect(answers(facts)).toEqual({ a: false, b: true });
    expect(facts.notes).toEqual(['the SavedModel holds 2 graphs; the one with the tags train decides']);
  });

  it('knows a text by its first field, after comments and an editor’s mark', async () => {
    const text =
      '\ufeff# made by hand\n\n  meta_graphs {\n meta_info_def { tensorflow_version: "1.0" } graph_def { node { name: "a" op: "VariableV2" } } }';
    const facts = await readGraph(new MemorySource(new TextEncoder().encode(text)), 'some.pbtxt', undefined);
    expect(facts).toMatchObject({ kind: 'saved-model', tensorflowVersion: '1.0' });
    expect([...facts.variables.keys()]).toEqual(['a']);
  });

  it('says so when there is no graph in it', () => {
    const facts = readSavedModel(encoded('SavedModel', { version: 1 }));
    expect(facts.notes).toEqual(['the SavedModel holds no graph']);
  });
});

describe('a hostile SavedModel', () => {
  it('may have cycles, objects that are not there, and no objects at all', () => {
    const nodes = [object({ self: 0, gone: 10 ** 9, below: -5, w: 1 }), { ...variable('w'), ...object({ up: 0 }) }];
    const graph: ObjectGraph = {
      nodes: [
        {
          children: [
            { localName: 'self', nodeId: 0 },
            { localName: 'gone', nodeId: 2 ** 31 - 1 },
            { localName: 'w', nodeId: 1 },
          ],
          attributes: [],
          slotVariables: [{ originalVariableNodeId: 77, slotName: 'm', slotVariableNodeId: 78 }],
        },
        {
          children: [{ localName: 'up', nodeId: 0 }],
          attributes: [{ name: 'V', fullName: '', checkpointKey: 'k' }],
          slotVariables: [],
        },
      ],
    };
    expect(answers(read(nodes, graph))).toEqual({ k: true });
    expect(answers(read(nodes))).toEqual({ w: true });
    expect(answers(read([], graph))).toEqual({});
    expect(answers(read(nodes, { nodes: [] }))).toEqual({});
  });

  it('may spell paths without end', () => {
    const chain = Array.from({ length: 20_000 }, (_, i) => object({ ['x'.repeat(50)]: i + 1 }));
    expect(() => read([...chain, variable('w')])).toThrow(CorruptError);
  });

  it('may give many objects one long list', () => {
    const shared = Array.from({ length: 10_000 }, () => object({ variables: 1, trainable_variables: 1 }));
    expect(() =>
      read([object({ w: 2 }), list(...Array.from({ length: 3000 }, () => 2)), variable('w'), ...shared]),
    ).toThrow(/too long/);
  });

  it('may nest the metadata of a layer without end', () => {
    const metadata = `{"trainable": false, "config": ${'['.repeat(200_000)}`;
    expect(answers(read(keras2(false, [metadata, ''])))).toEqual(TRAINED_FIRST);
  });
});
