/** Weights of Keras where the paths have to be given. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { UsageError } from '../../src/errors.ts';
import { OBJECT_GRAPH_KEY } from '../../src/object-graph/object-graph-key.ts';
import { kerasWeights } from '../../src/surgery/keras-weights.ts';
import { tensorFrom } from '../../src/tensor/tensor-from.ts';
import { REPOSITORY } from '../fixtures.ts';

const MODELS = JSON.parse(readFileSync(join(REPOSITORY, 'fixtures/keras-paths/keras-paths.json'), 'utf8')) as Readonly<
  Record<string, { readonly graph: string; readonly shapes: Record<string, number[]> }>
>;

function checkpointOf(name: string) {
  const { graph, shapes } = MODELS[name] as (typeof MODELS)[string];
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
