/** What graphs say of their variables: models of the real TensorFlow in which the truth is known, and the zoo. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MemorySource } from '../../src/bytes/source.ts';
import { readGraph } from '../../src/graph/read-graph.ts';
import { readGraphFacts } from '../../src/roles/graph-beside.ts';
import { objectGraphIn, savedGraphs } from './saved-graphs.ts';

const GRAPHS = savedGraphs();

describe.each(GRAPHS)('$title', ({ prefix, path, expected: { variables, notes } }) => {
  it('tells all that is known of each variable', async () => {
    const facts = await readGraphFacts({ prefix, path, objectGraph: objectGraphIn(prefix) });
    const told = Object.fromEntries(Object.keys(variables).map((key) => [key, facts?.variables.get(key)]));
    const wanted = Object.entries(variables).map(([key, { known, ...truth }]) => [
      key,
      { key, ...truth, ...(known ? {} : { trainable: undefined }) },
    ]);
    expect(told).toMatchObject(Object.fromEntries(wanted));
    if (notes === null) expect(facts?.notes).toEqual([]);
    else expect(facts?.notes.join('\n')).toMatch(notes);
    expect(facts?.tensorflowVersion).toMatch(/^2\./);
  });
});
