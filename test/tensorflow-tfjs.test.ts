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
    for (const [j, value] of row.entries()) expect(found[i]?.[j]).toBeCloseTo(value, i === 0 ? 5 : 3);
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
    const answer = python('engine_tfjs.py', [], { ours, theirs }) as { ours: number[][][]; theirs: number[][][] };
    for (const [i, rows] of expected.entries()) expectClose(answer.ours[i] as number[][], rows);
    for (const [i, { optimizer, path }] of theirs.entries()) {
      const model = built(optimizer);
      (await checkpointOf(model).read(path)).assertExistingObjectsMatched();
      expectClose(await steps(model), answer.theirs[i] as number[][]);
    }
  });
});
