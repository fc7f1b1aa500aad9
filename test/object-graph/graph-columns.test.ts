/** Columns of an object graph: they say what its objects say, of every graph at hand and of such as nobody saves. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeText } from '../../src/bytes/text.ts';
import { CorruptError } from '../../src/errors.ts';
import { encodeObjectGraph } from '../../src/object-graph/encode-object-graph.ts';
import type { GraphColumns } from '../../src/object-graph/graph-columns.ts';
import { KeyTable } from '../../src/object-graph/key-table.ts';
import { decodeObjectGraph, type ObjectGraph, type ObjectNode } from '../../src/object-graph/object-graph.ts';
import { columnsOf, readGraphColumns } from '../../src/object-graph/read-columns.ts';
import { storedGraphs } from './stored-graphs.ts';

/** The objects that columns tell of, without what they leave out. */
function objectsIn(graph: GraphColumns): ObjectNode[] {
  const numbers = (start: number, end: number): number[] => Array.from({ length: end - start }, (_, i) => start + i);
  return numbers(0, graph.count).map((id) => ({
    children: numbers(graph.children.start(id), graph.children.end(id)).map((i) => ({
      nodeId: graph.childIds.at(i),
      localName: graph.childName(i),
    })),
    attributes: numbers(graph.attributes.start(id), graph.attributes.end(id)).map((i) => {
      expect(graph.attributeOwners.at(i)).toBe(id);
      const texts = { name: graph.textAt(graph.attributeNames.at(i)), fullName: graph.textAt(graph.fullNames.at(i)) };
      const optional = graph.isOptional(i) ? { optionalRestore: true } : {};
      return { ...texts, checkpointKey: graph.keyAt(i), ...optional };
    }),
    slotVariables: numbers(graph.slots.start(id), graph.slots.end(id)).map((i) => {
      expect(graph.slotOwners.at(i)).toBe(id);
      return {
        originalVariableNodeId: graph.slotsOf.at(i),
        slotName: graph.textAt(graph.slotNames.at(i)),
        slotVariableNodeId: graph.slotVariables.at(i),
      };
    }),
  }));
}

function saversIn(graph: GraphColumns): number[] {
  return Array.from({ length: graph.savers.length }, (_, i) => graph.savers.at(i));
}

/** What columns should tell. */
function withoutRest({ nodes }: ObjectGraph): ObjectNode[] {
  return nodes.map(({ children, attributes, slotVariables }) => ({
    children: children.map(({ nodeId, localName }) => ({ nodeId, localName })),
    attributes: attributes.map(({ name, fullName, checkpointKey, optionalRestore }) => ({
      name,
      fullName,
      checkpointKey,
      ...(optionalRestore === true ? { optionalRestore } : {}),
    })),
    slotVariables: slotVariables.map(({ originalVariableNodeId, slotName, slotVariableNodeId }) => ({
      originalVariableNodeId,
      slotName,
      slotVariableNodeId,
    })),
  }));
}

function expectSame(graph: ObjectGraph, columns: GraphColumns): void {
  expect(objectsIn(columns)).toEqual(withoutRest(graph));
  expect(saversIn(columns)).toEqual(
    graph.nodes.flatMap((node, id) => (node.registeredSaver === undefined ? [] : [id])),
  );
}

const id = fc.oneof(fc.nat({ max: 12 }), fc.constant(2 ** 31 - 1));
const text = fc.oneof(fc.constantFrom('', 'a', 'VARIABLE_VALUE', 'x'.repeat(200), '7'), fc.string());
const node: fc.Arbitrary<ObjectNode> = fc.record(
  {
    children: fc.array(fc.record({ nodeId: id, localName: text }), { maxLength: 3 }),
    attributes: fc.array(
      fc.record(
        { name: text, fullName: text, checkpointKey: text, optionalRestore: fc.boolean() },
        { requiredKeys: ['name', 'fullName', 'checkpointKey'] },
      ),
      { maxLength: 3 },
    ),
    slotVariables: fc.array(fc.record({ originalVariableNodeId: id, slotName: text, slotVariableNodeId: id }), {
      maxLength: 3,
    }),
    registeredSaver: fc.record({ name: text, objectName: text }),
    hasCheckpointValues: fc.boolean(),
  },
  { requiredKeys: ['children', 'attributes', 'slotVariables'] },
);
const graphs = fc.record({ nodes: fc.array(node, { maxLength: 6 }) });

describe('columns', () => {
  it('say of every stored graph what its objects say', () => {
    for (const { bytes } of storedGraphs()) expectSame(decodeObjectGraph(bytes), readGraphColumns(bytes));
  });

  it('say it of any graph', () => {
    fc.assert(
      fc.property(graphs, (graph) => expectSame(decodeObjectGraph(encodeObjectGraph(graph)), columnsOf(graph))),
    );
  });

  it('read or refuse any bytes as objects do', () => {
    const outcome = (read: () => unknown): unknown => {
      try {
        return read();
      } catch (error) {
        expect(error).toBeInstanceOf(CorruptError);
        return (error as CorruptError).message;
      }
    };
    const damaged = fc.tuple(graphs, fc.nat(), fc.nat({ max: 255 }), fc.boolean()).map(([graph, at, byte, cut]) => {
      const bytes = encodeObjectGraph(graph);
      if (bytes.length === 0) return bytes;
      if (cut) return bytes.subarray(0, at % bytes.length);
      bytes[at % bytes.length] = byte;
      return bytes;
    });
    fc.assert(
      fc.property(damaged, (bytes) => {
        const graph = outcome(() => withoutRest(decodeObjectGraph(bytes)));
        expect(outcome(() => objectsIn(readGraphColumns(bytes)))).toEqual(graph);
      }),
      { numRuns: 500 },
    );
  });
});

it('a table of keys finds the last value of a key, in any order and in that of a scan', () => {
  const keys = fc.array(fc.oneof(fc.constantFrom('', 'a', 'layer/0/kernel', 'layer/0/bias', 'layer/1/bias'), text));
  fc.assert(
    fc.property(keys, fc.array(text, { maxLength: 3 }), fc.boolean(), (held, others, isSmall) => {
      const attributes = held.map((checkpointKey) => ({ name: 'v', fullName: '', checkpointKey }));
      const table = new KeyTable(
        columnsOf({ nodes: [{ children: [], attributes, slotVariables: [] }] }),
        isSmall ? 1024 : 0,
      );
      const lastOf = (name: string): number => held.lastIndexOf(name);
      expect(table.hasRepeated).toBe(new Set(held).size < held.length);
      let [before, position] = [new Uint8Array(0) as Uint8Array, 0];
      for (const name of [...held, ...others].sort()) {
        const bytes = encodeText(name);
        let shared = 0;
        while (shared < Math.min(before.length, bytes.length) && before[shared] === bytes[shared]) shared++;
        expect(table.findNext(bytes, bytes.length, shared, position++)).toBe(lastOf(name));
        expect(table.findText(name)).toBe(lastOf(name));
        before = bytes;
      }
    }),
  );
});

it('a table of keys finds those that stand before the hyphens of a name', () => {
  const part = fc.constantFrom('', 'a', '-', 'x/table', 'é', 'layer/0');
  const names = fc.array(part, { maxLength: 5 }).map((parts) => parts.join('-'));
  fc.assert(
    fc.property(fc.uniqueArray(names), names, fc.boolean(), (held, name, isSmall) => {
      const attributes = held.map((checkpointKey) => ({ name: 'v', fullName: '', checkpointKey }));
      const graph = columnsOf({ nodes: [{ children: [], attributes, slotVariables: [] }] });
      const found: number[] = [];
      new KeyTable(graph, isSmall ? 1024 : 0).eachBeginning(name, (attribute) => found.push(attribute));
      const beginnings = [...name.matchAll(/-/g)].map(({ index }) => name.slice(0, index));
      expect(found).toEqual(beginnings.map((key) => held.indexOf(key)).filter((attribute) => attribute >= 0));
    }),
  );
});
