/** Paths of Keras' weights files, told from object graphs, against what Keras wrote. */
import { expect, it } from 'vitest';
import { classOfName, classOfVariables } from '../../src/object-graph/keras-layer-classes.ts';
import { kerasPaths } from '../../src/object-graph/keras-paths.ts';
import { decodeObjectGraph } from '../../src/object-graph/object-graph.ts';
import { KERAS_MODELS, type KerasModel } from '../keras-models.ts';

const toldOf = ({ graph, shapes }: KerasModel) =>
  kerasPaths(decodeObjectGraph(Buffer.from(graph, 'base64')), (key) => shapes[key]);

/** Models whose files hold what no checkpoint tells. */
const PARTLY = new Set(['in lists', 'adapted']);

it.each(Object.entries(KERAS_MODELS).filter(([name]) => !PARTLY.has(name)))('%s', (_, model) => {
  const told = toldOf(model);
  expect(Object.fromEntries([...told.paths].sort())).toEqual(model.paths);
  expect([...told.paths.values(), ...told.repeats.keys()].sort()).toEqual(model.file);
  expect([told.unknown, told.lost, told.adapted]).toEqual([[], [], []]);
});

it('names what the optimizer trains and no layer of the graph has', () => {
  const model = KERAS_MODELS['in lists'] as KerasModel;
  const { paths, lost } = toldOf(model);
  const inLists = Object.entries(model.paths).filter(([, path]) => path.startsWith('blocks/'));
  expect([...lost].sort()).toEqual(inLists.map(([key]) => key).sort());
  expect(Object.fromEntries([...paths, ...inLists])).toEqual(model.paths);
});

it('names layers whose kernel Keras merges with others as it writes', () => {
  expect(toldOf(KERAS_MODELS.adapted as KerasModel).adapted).toEqual(['dense']);
});

it('says which classes were told from variables alone', () => {
  const { graph, shapes } = KERAS_MODELS.convolutions as KerasModel;
  const { guessed } = kerasPaths(decodeObjectGraph(Buffer.from(graph, 'base64')), (key) => shapes[key]);
  expect(guessed).toEqual(['up (conv2d_transpose)', 'logits (dense)']);
});

it('names the layers whose class nothing tells', () => {
  const { graph, shapes } = KERAS_MODELS.convolutions as KerasModel;
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
