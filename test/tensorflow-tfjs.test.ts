/** Models trained in TensorFlow.js go on in Keras, and the other way round: the same predictions, then the same training. */
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { Checkpoint } from '../src/engine/checkpoint.ts';
import { fromTfjs } from '../src/tfjs/index.ts';
import { NO_PYTHON, PYTHON, python } from './python.ts';
import { scratch } from './scratch.ts';
import { TFJS_BACKEND } from './tfjs-backend.ts';

const OPTIMIZERS = {
  adam: () => tf.train.adam(0.01, 0.9, 0.999, 1e-7),
  momentum: () => tf.train.momentum(0.01, 0.9),
  sgd: () => tf.train.sgd(0.01),
  rmsprop: () => tf.train.rmsprop(0.01, 0.9, 0, 1e-7),
  adagrad: () => tf.train.adagrad(0.01, 0.1),
  adamax: () => tf.train.adamax(0.01, 0.9, 0.999, 1e-7),
} as const;
type Name = keyof typeof OPTIMIZERS;
const NAMES = Object.keys(OPTIMIZERS) as Name[];

// Of two rows batch normalization leaves signs alone: what Adam then makes of gradients is rounding, which every library has its own of.
const ROWS = [0.1, 0.2, 0.3, 0.4, -1, 0.5, 0, 2, 0.7, -0.6, 1.5, -0.2, 0, 1, -1.2, 0.3, -0.4, -0.9, 0.8, 1.1];
const INPUTS = tf.tensor2d(ROWS, [5, 4]);
const TARGETS = tf.tensor2d([1, -1, 0.5, 0, 2], [5, 1]);

function built(name: Name): tf.Sequential {
  const model = tf.sequential({
    layers: [
      tf.layers.dense({ units: 3, inputShape: [4], activation: 'tanh' }),
      tf.layers.batchNormalization(),
      tf.layers.dense({ units: 1 }),
    ],
  });
  model.compile({ optimizer: OPTIMIZERS[name](), loss: 'meanSquaredError' });
  return model;
}

const SIGMOID = { recurrentActivation: 'sigmoid' } as const;
const random = (shape: number[], seed: number): tf.Tensor => tf.randomNormal(shape, 0, 1, 'float32', seed);

function joined(): tf.LayersModel {
  const [first, second] = [tf.input({ shape: [3] }), tf.input({ shape: [2] })];
  const inner = tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [3] })] });
  const twice = tf.layers.dense({ units: 2 });
  const both = tf.layers
    .concatenate()
    .apply([
      twice.apply(inner.apply(first) as tf.SymbolicTensor) as tf.SymbolicTensor,
      twice.apply(second) as tf.SymbolicTensor,
    ]);
  const outputs = tf.layers.dense({ units: 1 }).apply(both) as tf.SymbolicTensor;
  return tf.model({ inputs: [first, second], outputs });
}

/** Models of every kind of layer, with inputs. */
const MODELS: Readonly<Record<string, readonly [() => tf.LayersModel, readonly tf.Tensor[]]>> = {
  images: [
    () =>
      tf.sequential({
        layers: [
          tf.layers.depthwiseConv2d({ kernelSize: 2, inputShape: [6, 6, 2] }),
          tf.layers.separableConv2d({ filters: 3, kernelSize: 2 }),
          tf.layers.conv2dTranspose({ filters: 2, kernelSize: 2 }),
          tf.layers.conv2d({ filters: 2, kernelSize: 2 }),
          tf.layers.flatten(),
          tf.layers.dense({ units: 2 }),
        ],
      }),
    [random([2, 6, 6, 2], 1)],
  ],
  texts: [
    () =>
      tf.sequential({
        layers: [
          tf.layers.embedding({ inputDim: 10, outputDim: 4, inputLength: 5 }),
          tf.layers.bidirectional({
            layer: tf.layers.lstm({ units: 3, returnSequences: true, ...SIGMOID }) as tf.RNN,
            mergeMode: 'concat',
          }),
          tf.layers.simpleRNN({ units: 2 }),
        ],
      }),
    [tf.tensor2d([1, 2, 3, 4, 5, 9, 8, 7, 6, 5], [2, 5])],
  ],
  steps: [
    () =>
      tf.sequential({
        layers: [
          tf.layers.timeDistributed({ layer: tf.layers.dense({ units: 3 }), inputShape: [4, 2] }),
          tf.layers.gru({ units: 3, returnSequences: true, ...SIGMOID }),
          tf.layers.rnn({ cell: tf.layers.lstmCell({ units: 2, ...SIGMOID }), returnSequences: true }),
          tf.layers.conv1d({ filters: 2, kernelSize: 2 }),
          tf.layers.layerNormalization(),
          tf.layers.prelu(),
        ],
      }),
    [random([2, 4, 2], 2)],
  ],
  joined: [joined, [random([2, 3], 3), random([2, 2], 4)]],
};

function outputsOf(model: tf.LayersModel, inputs: readonly tf.Tensor[]): number[] {
  return [...(model.predict(inputs.length === 1 ? (inputs[0] as tf.Tensor) : [...inputs]) as tf.Tensor).dataSync()];
}

/** Weights saved, and what the model makes of its inputs. */
async function savedLayers(folder: string) {
  const cases = Object.entries(MODELS).map(async ([name, [make, inputs]]) => {
    const model = make();
    for (const [i, weight] of model.weights.entries())
      weight.write(tf.randomUniform(weight.shape as number[], 0.1, 0.9, 'float32', i));
    const ours = await new Checkpoint({ model: fromTfjs(model) }).write(join(folder, name));
    const data = inputs.map((input) => ({ shape: input.shape, data: [...input.dataSync()] }));
    return { name, ours, theirs: `${ours}-theirs`, inputs: data, outputs: outputsOf(model, inputs) };
  });
  return Promise.all(cases);
}

const predictions = (model: tf.Sequential): number[] => [...(model.predict(INPUTS) as tf.Tensor).dataSync()];
async function steps(model: tf.Sequential): Promise<[number[], number[]]> {
  const before = predictions(model);
  for (let i = 0; i < 2; i++) await model.trainOnBatch(INPUTS, TARGETS);
  return [before, predictions(model)];
}
const checkpointOf = (model: tf.Sequential): Checkpoint =>
  new Checkpoint({ model: fromTfjs(model), optimizer: fromTfjs(model.optimizer) });

function expectClose(found: readonly number[][], expected: readonly number[][]): void {
  for (const [i, row] of expected.entries()) {
    for (const [j, value] of row.entries()) {
      const scale = Math.max(1, Math.abs(value));
      expect((found[i]?.[j] ?? Number.NaN) / scale).toBeCloseTo(value / scale, i === 0 ? 5 : 3);
    }
  }
}

describe.skipIf(PYTHON === undefined)(`models of TensorFlow.js${NO_PYTHON}`, () => {
  beforeAll(() => tf.setBackend(TFJS_BACKEND));

  it('predict the same in Keras, and go on training alike, both ways', async () => {
    const folder = scratch();
    const expected: number[][][] = [];
    const ours = [];
    for (const optimizer of NAMES) {
      const model = built(optimizer);
      await steps(model);
      ours.push({ optimizer, path: await checkpointOf(model).write(join(folder, `ours-${optimizer}`)) });
      expected.push(await steps(model));
    }
    const theirs = NAMES.map((optimizer) => ({ optimizer, path: join(folder, `theirs-${optimizer}`) }));
    const layers = await savedLayers(folder);
    const answer = python('engine_tfjs.py', [], { ours, theirs, layers }) as Record<
      'ours' | 'theirs' | 'layers',
      number[][][]
    >;
    for (const [i, rows] of expected.entries()) expectClose(answer.ours[i] as number[][], rows);
    for (const [i, { optimizer, path }] of theirs.entries()) {
      const model = built(optimizer);
      (await checkpointOf(model).read(path)).assertExistingObjectsMatched();
      expectClose(await steps(model), answer.theirs[i] as number[][]);
    }
    for (const [i, { name, theirs: path, outputs }] of layers.entries()) {
      const [make, inputs] = MODELS[name] as (typeof MODELS)[string];
      const [ofOurs, ofTheirs] = answer.layers[i] as [number[], number[]];
      expectClose([outputs], [ofOurs]);
      const model = make();
      (await new Checkpoint({ model: fromTfjs(model) }).read(path)).assertExistingObjectsMatched();
      expectClose([outputsOf(model, inputs)], [ofTheirs]);
    }
  });
});
