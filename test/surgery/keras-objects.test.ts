/** Files of Keras in the places of a checkpoint of objects: which weight is which value. */
import { expect, it } from 'vitest';
import { kerasLayers } from '../../src/object-graph/keras-layers.ts';
import { decodeObjectGraph } from '../../src/object-graph/object-graph.ts';
import { OBJECT_GRAPH_KEY } from '../../src/object-graph/object-graph-key.ts';
import { kerasObjectNames } from '../../src/surgery/keras-objects.ts';
import { tensorFrom } from '../../src/tensor/tensor-from.ts';
import { KERAS_MODELS, type KerasModel } from '../keras-models.ts';

const tensorOf = (shape: readonly number[] = []) =>
  tensorFrom(new Float32Array(shape.reduce((a, b) => a * b, 1)), { shape: [...shape] });

function templateOf({ graph, shapes }: KerasModel) {
  const objects = tensorFrom(Buffer.from(graph, 'base64'), { dtype: 'string', shape: [] });
  const values = Object.entries(shapes).map(([key, shape]) => [key, tensorOf(shape)] as const);
  return new Map([...values, [OBJECT_GRAPH_KEY, objects] as const]);
}

const inverse = (paths: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(paths).map(([key, path]) => [path, key]));

it.each(['convolutions', 'attention with Adam', 'nested', 'a model that is the root', 'grouped', 'own_class'])(
  'weights of Keras 3: %s',
  (name) => {
    const model = KERAS_MODELS[name] as KerasModel;
    const input = new Map(Object.entries(model.paths).map(([key, path]) => [path, tensorOf(model.shapes[key])]));
    expect(Object.fromEntries(kerasObjectNames({ tensors: input }, templateOf(model)))).toEqual(inverse(model.paths));
  },
);

it('weights of Keras 2, by the layers that their file lists', () => {
  const model = KERAS_MODELS.convolutions as KerasModel;
  const layers = kerasLayers(decodeObjectGraph(Buffer.from(model.graph, 'base64')));
  const named = layers.map(({ name, weights }) => [`${name}`, weights.map((_, i) => `${name}/weight_${i}`)] as const);
  const tensors = new Map(named.flatMap(([, names]) => names.map((name) => [name, tensorOf()] as const)));
  const told = kerasObjectNames({ tensors, layerWeights: new Map(named) }, templateOf(model));
  const expected = layers.flatMap(({ name, weights }) => weights.map(({ key }, i) => [`${name}/weight_${i}`, key]));
  expect(Object.fromEntries(told)).toEqual(Object.fromEntries(expected));
});

it('what somebody said goes before, and a file of no layers tells nothing', () => {
  const model = KERAS_MODELS.nested as KerasModel;
  const [[key, path] = ['', '']] = Object.entries(model.paths);
  const input = new Map([[path, tensorOf()]]);
  const given = new Map([['other', key]]);
  expect([...kerasObjectNames({ tensors: input }, templateOf(model), given)]).toEqual([...given]);
  expect(kerasObjectNames({ tensors: new Map([['w', tensorOf()]]) }, templateOf(model)).size).toBe(0);
});
