import fc from 'fast-check';
import protobuf from 'protobufjs/light.js';
import { describe, expect, it } from 'vitest';
import { CorruptError } from '../../src/errors.ts';
import { encodeObjectGraph } from '../../src/object-graph/encode-object-graph.ts';
import {
  checkReferences,
  decodeObjectGraph,
  type ObjectGraph,
  type ObjectNode,
} from '../../src/object-graph/object-graph.ts';
import { graphOf } from './small-graphs.ts';
import { storedGraphs } from './stored-graphs.ts';

const STORED = storedGraphs();
/** Written by another library than TensorFlow's own, with the fields of a child the other way round. */
const OTHER_ORDER = /^o-serving-tf2/;

const field = (id: number, type: string, rule?: string): protobuf.IField =>
  (rule === undefined ? { id, type } : { id, type, rule }) as protobuf.IField;
const ORACLE = protobuf.Root.fromJSON({
  nested: {
    Graph: { fields: { nodes: field(1, 'Node', 'repeated') } },
    Node: {
      fields: {
        children: field(1, 'Child', 'repeated'),
        attributes: field(2, 'Attribute', 'repeated'),
        slotVariables: field(3, 'Slot', 'repeated'),
        registeredSaver: field(4, 'Saver'),
        hasCheckpointValues: field(5, 'Bool'),
      },
    },
    Child: { fields: { nodeId: field(1, 'int32'), localName: field(2, 'string') } },
    Attribute: {
      fields: {
        name: field(1, 'string'),
        fullName: field(2, 'string'),
        checkpointKey: field(3, 'string'),
        optionalRestore: field(4, 'bool'),
      },
    },
    Slot: {
      fields: {
        originalVariableNodeId: field(1, 'int32'),
        slotName: field(2, 'string'),
        slotVariableNodeId: field(3, 'int32'),
      },
    },
    Saver: { fields: { name: field(1, 'string'), objectName: field(2, 'string') } },
    Bool: { fields: { value: field(1, 'bool') } },
  },
}).lookupType('Graph');

const text = fc.string({ unit: 'grapheme', maxLength: 6 });
const id = fc.integer({ min: 0, max: 2 ** 31 - 1 });
const nodes: fc.Arbitrary<ObjectNode> = fc.record(
  {
    children: fc.array(fc.record({ nodeId: id, localName: text }), { maxLength: 3 }),
    attributes: fc.array(fc.record({ name: text, fullName: text, checkpointKey: text }), { maxLength: 2 }),
    slotVariables: fc.array(fc.record({ originalVariableNodeId: id, slotName: text, slotVariableNodeId: id }), {
      maxLength: 2,
    }),
    registeredSaver: fc.record({ name: text, objectName: text }),
    hasCheckpointValues: fc.boolean(),
  },
  { requiredKeys: ['children', 'attributes', 'slotVariables'] },
);
const graphs: fc.Arbitrary<ObjectGraph> = fc.record({ nodes: fc.array(nodes, { maxLength: 6 }) });

describe('object graphs as bytes', () => {
  it.each(STORED)('$title: comes back byte for byte', ({ title, bytes }) => {
    const graph = decodeObjectGraph(bytes);
    const again = encodeObjectGraph(graph);
    if (OTHER_ORDER.test(title)) expect(decodeObjectGraph(again)).toEqual(graph);
    else expect(Buffer.compare(again, bytes)).toBe(0);
    checkReferences(graph);
  });

  it('has graphs to try', () => expect(STORED.length).toBeGreaterThanOrEqual(5));

  it('comes back from any graph, and another library reads the same', () => {
    fc.assert(
      fc.property(graphs, (graph) => {
        const bytes = encodeObjectGraph(graph);
        expect(decodeObjectGraph(bytes)).toEqual(graph);
        const read = ORACLE.toObject(ORACLE.decode(bytes), { arrays: true }) as { nodes: object[] };
        const plain = (values: readonly object[]): unknown =>
          JSON.parse(JSON.stringify(values), (_, value) => (value === 0 || value === '' ? undefined : value));
        const boxed = graph.nodes.map(({ hasCheckpointValues: value, ...node }) =>
          value === undefined ? node : { ...node, hasCheckpointValues: value ? { value } : {} },
        );
        expect(plain(read.nodes)).toEqual(plain(boxed));
      }),
    );
  });

  it('keeps what later versions may add, and the field of an earlier one', () => {
    const unknown = Uint8Array.of(0x78, 0x05);
    const optional = Uint8Array.of(0x0a, 0x06, 0x12, 0x04, 0x0a, 0x00, 0x20, 0x01);
    const graph = decodeObjectGraph(optional);
    expect(graph.nodes[0]?.attributes).toEqual([{ name: '', fullName: '', checkpointKey: '', optionalRestore: true }]);
    const [node] = graphOf({ a: { b: null } }).nodes as [ObjectNode];
    const child = { ...node.children[0]!, unknown };
    const extended = { nodes: [{ ...node, unknown, children: [child] }], unknown };
    expect(decodeObjectGraph(encodeObjectGraph(extended))).toEqual(extended);
  });

  it('tells a false value from none', () => {
    const graph = {
      nodes: [false, true, undefined].map((has) => ({
        ...EMPTY,
        ...(has === undefined ? {} : { hasCheckpointValues: has }),
      })),
    };
    const again = decodeObjectGraph(encodeObjectGraph(graph));
    expect(again.nodes.map(({ hasCheckpointValues }) => hasCheckpointValues)).toEqual([false, true, undefined]);
  });

  it('keeps names that are no text', () => {
    const graph = { nodes: [{ ...EMPTY, children: [{ nodeId: 0, localName: 'a\udcff\udc80' }] }] };
    expect(decodeObjectGraph(encodeObjectGraph(graph))).toEqual(graph);
  });
});

const EMPTY: ObjectNode = { children: [], attributes: [], slotVariables: [] };

describe('object graphs that nobody saved', () => {
  it('refuses any bytes, or reads them', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        try {
          decodeObjectGraph(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(CorruptError);
        }
      }),
      { numRuns: 700 },
    );
  });

  it('refuses every cut of a real one with an error that says what it is', () => {
    const bytes = encodeObjectGraph(graphOf({ a: { b: null, c: null } }, [['a/b', 'a', 'm']]));
    for (let length = 0; length < bytes.length; length++) {
      try {
        decodeObjectGraph(bytes.subarray(0, length));
      } catch (error) {
        expect(error).toBeInstanceOf(CorruptError);
        expect((error as CorruptError).message).toMatch(/object graph/);
      }
    }
  });

  it('refuses numbers below zero and beyond 31 bits', () => {
    const child = (...number: number[]): Uint8Array =>
      Uint8Array.of(0x0a, number.length + 3, 0x0a, number.length + 1, 0x08, ...number);
    expect(() => decodeObjectGraph(child(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1))).toThrow(
      CorruptError,
    );
    expect(() => decodeObjectGraph(child(0xff, 0xff, 0xff, 0xff, 0x0f))).toThrow(/refers to an object 4294967295/);
    expect(decodeObjectGraph(child(0xff, 0xff, 0xff, 0xff, 0x07)).nodes[0]?.children[0]?.nodeId).toBe(2 ** 31 - 1);
  });

  it('refuses references to objects that are not there', () => {
    const lost =
      (node: Partial<ObjectNode>): (() => void) =>
      () =>
        checkReferences({ nodes: [{ ...EMPTY, ...node }] });
    expect(lost({ children: [{ nodeId: 1_000_000_000, localName: 'x' }] })).toThrow(
      /a child of object 0 .* 1000000000/,
    );
    const slot = { originalVariableNodeId: 0, slotName: 'm', slotVariableNodeId: 0 };
    expect(lost({ slotVariables: [{ ...slot, slotVariableNodeId: 1 }] })).toThrow(CorruptError);
    expect(lost({ slotVariables: [{ ...slot, originalVariableNodeId: 1 }] })).toThrow(CorruptError);
    expect(lost({ slotVariables: [slot] })).not.toThrow();
    expect(() => checkReferences({ nodes: [] })).toThrow(/no root/);
  });
});
