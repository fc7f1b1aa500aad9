/** What the collections tell by themselves is what the whole graph tells, wherever they are believed. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MemorySource } from '../../src/bytes/source.ts';
import { metaGraphFacts, piecesOf, plainFacts } from '../../src/meta-graph/meta-graph.ts';
import { readGraph } from '../../src/meta-graph/read-graph.ts';
import { BinaryMessage } from '../../src/proto/binary-message.ts';
import { readGraphFacts } from '../../src/roles/graph-beside.ts';
import { graphFileOf } from '../../src/roles/graph-files.ts';
import { definitions, encoded, stringConstant, variableNode } from '../object-graph/graph-messages.ts';
import { ZOO_CHECKPOINTS } from '../zoo.ts';
import { savedGraphs } from './saved-graphs.ts';

interface Saved {
  readonly name: string;
  readonly key: string;
  readonly slice: string;
  readonly input: string;
}

function graphOf(saved: readonly Saved[], trained: readonly string[], others: readonly string[], collection: string) {
  const names = [...new Set(saved.map(({ name }) => name))];
  const defined = (list: readonly string[]): object =>
    definitions(list.map((name) => ({ variableName: `${name}:0`, trainable: name.length > 1 })));
  return {
    graph: {
      node: [
        ...[...names, ...others].map((name) => variableNode(name, 'VariableV2', [2])),
        ...names.map((name) => ({ name: `${name}/Read/ReadVariableOp`, op: 'Identity', input: [name] })),
        stringConstant(
          'save/names',
          saved.map(({ key }) => key),
        ),
        stringConstant(
          'save/slices',
          saved.map(({ slice }) => slice),
        ),
        {
          name: 'save/SaveV2',
          op: 'SaveV2',
          input: ['save/Const', 'save/names', 'save/slices', ...saved.map(({ input }) => input)],
        },
      ],
    },
    collections: { variables: defined(names), [collection]: defined(trained) },
  };
}

const name = fc.constantFrom('a', 'b', 'cc', 'dd', 'e');
const saved = fc
  .record({
    name,
    key: fc.oneof({ weight: 9, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: name }),
    isRead: fc.boolean(),
    slice: fc.constantFrom('', '', '', '', '', '', '', '4 0,2'),
  })
  .map(({ name: own, key, isRead, slice }) => ({
    name: own,
    key: key ?? own,
    slice,
    input: isRead ? `${own}/Read/ReadVariableOp` : own,
  }));

const told = (
  facts: { variables: ReadonlyMap<string, { trainable: unknown; collections: unknown }> },
  keys: string[],
) => keys.map((key) => [key, facts.variables.get(key)?.trainable, facts.variables.get(key)?.collections]);

describe('plainFacts', () => {
  it('tells of generated graphs what the whole graph tells, or nothing', () => {
    let plain = 0;
    fc.assert(
      fc.property(
        fc.array(saved, { maxLength: 3 }),
        fc.subarray(['a', 'b', 'cc', 'dd']),
        fc.subarray(['b', 'z']),
        fc.constantFrom('trainable_variables', 'trainable_variables', 'mine'),
        (list, trained, others, collection) => {
          const bytes = encoded('MetaGraph', graphOf(list, trained, others, collection));
          const parts = piecesOf(BinaryMessage.of(new MemorySource(bytes), 'x'));
          const whole = metaGraphFacts(parts);
          const keys = [...whole.variables.keys()];
          const quick = plainFacts(parts, keys);
          if (quick === undefined) return;
          plain++;
          expect(told(quick, keys)).toEqual(told(whole, keys));
          expect(quick.notes).toEqual(whole.notes);
        },
      ),
      { numRuns: 500 },
    );
    expect(plain).toBeGreaterThan(20);
  });

  it('tells of every .meta at hand what the whole graph tells', async () => {
    const zoo = ZOO_CHECKPOINTS.map(({ path }) => path.replace(/\.index$/, ''));
    const files = [
      ...savedGraphs().filter(({ path }) => path.endsWith('.meta')),
      ...zoo.flatMap((prefix) =>
        graphFileOf(prefix)?.path.endsWith('.meta') === true ? [{ prefix, path: undefined }] : [],
      ),
    ];
    for (const { prefix, path } of files) {
      const whole = await readGraphFacts({ prefix, path });
      const keys = [...(whole?.variables.keys() ?? [])];
      const quick = await readGraphFacts({ prefix, path, keys });
      expect(told(quick as never, keys)).toEqual(told(whole as never, keys));
      expect(quick?.notes).toEqual(whole?.notes);
    }
  });

  it('reads of a large graph no more than the save operation and the collections', async () => {
    const names = Array.from({ length: 200 }, (_, i) => `layer_${i}/kernel`);
    const graph = graphOf(
      names.map((own) => ({ name: own, key: own, slice: '', input: own })),
      names,
      [],
      'trainable_variables',
    );
    const facts = await readGraph(new MemorySource(encoded('MetaGraph', graph)), 'x.meta', undefined, undefined, names);
    expect(facts.variables.get('layer_7/kernel')).toMatchObject({ trainable: true, dtype: undefined });
  });
});
