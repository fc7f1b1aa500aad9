/** Paths of Keras' weights files, told from object graphs, against what Keras wrote. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { classOfName, classOfVariables } from '../../src/object-graph/keras-layer-classes.ts';
import { kerasPaths } from '../../src/object-graph/keras-paths.ts';
import { decodeObjectGraph } from '../../src/object-graph/object-graph.ts';
import { REPOSITORY } from '../fixtures.ts';

interface Model {
  readonly graph: string;
  readonly shapes: Readonly<Record<string, number[]>>;
  readonly paths: Readonly<Record<string, string>>;
}

const MODELS = JSON.parse(readFileSync(join(REPOSITORY, 'fixtures/keras-paths/keras-paths.json'), 'utf8')) as Readonly<
  Record<string, Model>
>;

const toldOf = ({ graph, shapes }: Model) =>
  kerasPaths(decodeObjectGraph(Buffer.from(graph, 'base64')), (key) => shapes[key]);

/** Models whose files hold what no checkpoint tells. */
const PARTLY = new Set(['in lists', 'adapted']);

it.each(Object.entries(MODELS).filter(([name]) => !PARTLY.has(name)))('%s', (_, model) => {
  const told = toldOf(model);
  expect(Object.fromEntries([...told.paths].sort())).toEqual(model.paths);
  expect([told.unknown, told.lost, told.adapted]).toEqual([[], [], []]);
});

it('names what the optimizer trains and no layer of the graph has', () => {
  const model = MODELS['in lists'] as Model;
  const { paths, lost } = toldOf(model);
  const inLists = Object.entries(model.paths).filter(([, path]) => path.startsWith('blocks/'));
  expect([...lost].sort()).toEqual(inLists.map(([key]) => key).sort());
  expect(Object.fromEntries([...paths, ...inLists])).toEqual(model.paths);
});

it('names layers whose kernel Keras merges with others as it writes', () => {
  expect(toldOf(MODELS.adapted as Model).adapted).toEqual(['dense']);
});

it('says which classes were told from variables alone', () => {
  const { graph, shapes } = MODELS.convolutions as Model;
  const { guessed } = kerasPaths(decodeObjectGraph(Buffer.from(graph, 'base64')), (key) => shapes[key]);
  expect(guessed).toEqual(['up (conv2d_transpose)', 'logits (dense)']);
});

it('names the layers whose class nothing tells', () => {
  const { graph, shapes } = MODELS.convolutions as Model;
  const square = Object.fromEntries(
    Object.entries(shapes).map(([key, shape]) => [key, shape.length === 4 ? [3, 3, 4, 4] : shape]),
  );
  const told = kerasPaths(decodeObjectGraph(Buffer.from(graph, 'base64')), (key) => square[key]);
  expect(told.unknown.map(({ name }) => name)).toEqual(['up']);
  expect(told.unknown[0]?.keys).toHaveLength(2);
  expect([...told.paths.keys()].some((key) => key.includes('_operations/3/'))).toBe(false);
});

it('takes a name of Keras for the class, and no other', () => {
  expect(classOfName('dense_12')).toBe('dense');
  expect(classOfName('conv2d')).toBe('conv2d');
  expect(classOfName('encoder')).toBeUndefined();
  expect(
    classOfVariables([
      { name: '_kernel', shape: [3, 3, 2, 2] },
      { name: 'bias', shape: [2] },
    ]),
  ).toBeUndefined();
});
