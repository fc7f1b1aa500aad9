/** What graphs say of their variables: models of the real TensorFlow in which the truth is known, and the zoo. */
import { describe, expect, it } from 'vitest';
import { readGraphFacts } from '../../src/roles/graph-beside.ts';
import { graphFileOf } from '../../src/roles/graph-files.ts';
import { DTYPES } from '../../src/tensor/dtype.ts';
import { HAS_ZOO, NO_ZOO, ZOO, ZOO_CHECKPOINTS } from '../zoo.ts';
import { objectGraphIn, savedGraphs } from './saved-graphs.ts';

const GRAPHS = savedGraphs();

/** What DTYPES calls each number. */
const nameOf = (number: number | undefined): string | undefined =>
  DTYPES.find((dtype) => dtype.number === number)?.name;

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

it('text says what binary says', async () => {
  const texts = GRAPHS.filter(({ path }) => /text\.meta$|\.pbtxt$/.test(path));
  expect(texts).toHaveLength(3);
  for (const { prefix, path } of texts) {
    const other = path.replace('text.meta', 'model.ckpt.meta').replace(/text\/saved_model.pbtxt$/, 'saved_model.pb');
    const binary = other.includes('tf1-saved-model')
      ? other.replace(/saved_model\.pb$/, 'binary/saved_model.pb')
      : other;
    const objectGraph = objectGraphIn(prefix);
    const facts = await readGraphFacts({ prefix, path, objectGraph });
    const { path: _, ...wanted } = (await readGraphFacts({ prefix, path: binary, objectGraph })) ?? { path };
    expect(facts).toMatchObject(wanted);
  }
});

/** Every graph of the zoo, with what TensorFlow lists of the checkpoint beside it. */
const FOUND = ZOO_CHECKPOINTS.flatMap(({ path, entries }) => {
  const prefix = path.replace(/\.index$/, '');
  const graph = graphFileOf(prefix);
  return graph === undefined ? [] : [{ path: graph.path, prefix, entries }];
});
/** Its graph is that of another policy, with an input of 39 numbers and not 29: TensorFlow refuses to load it. */
const MIXED = 'o-dads-2shards';

describe.skipIf(!HAS_ZOO)(`the zoo${NO_ZOO}`, () => {
  it.each(FOUND)('$path: every variable of the checkpoint, its dtype and shape', async ({ path, prefix, entries }) => {
    const facts = await readGraphFacts({ prefix, objectGraph: objectGraphIn(prefix) });
    const variables = Object.entries(entries).filter(
      ([key]) => !/_CHECKPOINTABLE|OBJECT_CONFIG_JSON|\.ATTRIBUTES\/table/.test(key),
    );
    for (const [key, { dtype, shape }] of variables) {
      const known = facts?.variables.get(key);
      expect(known, `${path}: ${key}`).toBeDefined();
      if (known?.dtype !== undefined) expect([key, nameOf(known.dtype)]).toEqual([key, dtype]);
      if (known?.shape !== undefined && !path.includes(MIXED))
        expect([key, known.shape.map((size, i) => (size < 0 ? shape[i] : size))]).toEqual([key, shape]);
    }
  });

  it('answers for all but the graph that has no collections', async () => {
    const silent = [];
    for (const { path, prefix } of FOUND) {
      const facts = await readGraphFacts({ prefix, objectGraph: objectGraphIn(prefix) });
      if ([...(facts?.variables.values() ?? [])].some(({ trainable }) => trainable === undefined))
        silent.push(path.slice(ZOO.length + 1));
    }
    expect(silent).toEqual(['v2-dl4j-float64/data-all-1000.meta']);
  });
});
