/** Weights of Keras where the paths have to be given. */
import { expect, it } from 'vitest';
import { UsageError } from '../../src/errors.ts';
import { OBJECT_GRAPH_KEY } from '../../src/object-graph/object-graph-key.ts';
import { kerasWeights } from '../../src/surgery/keras-weights.ts';
import type { Tensor } from '../../src/tensor/tensor.ts';
import { tensorFrom } from '../../src/tensor/tensor-from.ts';
import { KERAS_MODELS, type KerasModel } from '../keras-models.ts';

function checkpointOf(name: string) {
  const { graph, shapes } = KERAS_MODELS[name] as KerasModel;
  const tensors = Object.entries(shapes).map(([key, shape]) => {
    const count = shape.reduce((a, b) => a * b, 1);
    return [key, tensorFrom(new Float32Array(count), { shape })] as const;
  });
  return new Map([
    ...tensors,
    [OBJECT_GRAPH_KEY, tensorFrom(Buffer.from(graph, 'base64'), { dtype: 'string', shape: [] })] as const,
  ]);
}

const VALUE = '/.ATTRIBUTES/VARIABLE_VALUE';

it('refuses what only the optimizer knows until it is said where it belongs', () => {
  const checkpoint = checkpointOf('in lists');
  expect(() => kerasWeights(checkpoint)).toThrow(/^nothing tells where Keras looks for model\/optimizer\/_trainable/);
  const keys = [...checkpoint.keys()].filter((key) => /_trainable_variables\/[0-3]\//.test(key));
  const given = new Map(keys.map((key, i) => [key, `blocks/${i < 2 ? 'dense' : 'dense_1'}/vars/${i % 2}`]));
  expect(kerasWeights(checkpoint, given).tensors.has('blocks/dense_1/vars/1')).toBe(true);
});

it('refuses LoRA weights, which Keras merges', () => {
  expect(() => kerasWeights(checkpointOf('adapted'))).toThrow(/^dense has LoRA weights/);
});

it('refuses two tensors for one path', () => {
  const given = new Map([[`model/_functional/_operations/1/_kernel${VALUE}`, 'layers/dense/vars/1']]);
  expect(() => kerasWeights(checkpointOf('quantized'), given)).toThrow(UsageError);
  expect(() => kerasWeights(checkpointOf('quantized'), given)).toThrow(
    /^two tensors have the path layers\/dense\/vars\/1/,
  );
});

it('writes a variable for each object that has it, as Keras does', () => {
  const checkpoint = checkpointOf('wrapped');
  const { tensors } = kerasWeights(checkpoint);
  expect([...tensors.keys()].sort()).toEqual(KERAS_MODELS.wrapped?.file);
  const twice = ['vars/0', 'layer/vars/0'].map((path) => tensors.get(`layers/spectral_normalization/${path}`));
  expect(twice[0]).toBe(twice[1]);
});

it('refuses a checkpoint of objects that holds no weight', () => {
  const graph = checkpointOf('nested').get(OBJECT_GRAPH_KEY) as Tensor;
  expect(() => kerasWeights(new Map([[OBJECT_GRAPH_KEY, graph]]))).toThrow(
    /^the checkpoint holds no weight of a Keras/,
  );
});
