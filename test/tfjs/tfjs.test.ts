/** TensorFlow.js on the engine: its variables, models and optimizers are saved, and come back as they were. */
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openCheckpoint } from '../../src/checkpoints/checkpoint.ts';
import { Checkpoint } from '../../src/engine/checkpoint.ts';
import { resetDefaultGraph } from '../../src/engine/graph.ts';
import { Saver } from '../../src/engine/saver.ts';
import { MismatchError, UninitializedError, UsageError } from '../../src/errors.ts';
import { readGraphFacts } from '../../src/graph.ts';
import { objectGraphOf } from '../../src/object-graph/stored-object-graph.ts';
import { fromTfjs } from '../../src/tfjs/index.ts';
import { scratch } from '../scratch.ts';
import { TFJS_BACKEND } from '../tfjs-backend.ts';

const VALUE = '/.ATTRIBUTES/VARIABLE_VALUE';
beforeAll(() => tf.setBackend(TFJS_BACKEND));
// Other files of tests leave variables in the graph that is the default one.
beforeEach(() => resetDefaultGraph());

async function keysOf(path: string): Promise<string[]> {
  const checkpoint = await openCheckpoint(path);
  const keys = [...checkpoint.tensors.keys()];
  checkpoint.close();
  return keys;
}

function sequential(optimizer: tf.Optimizer): tf.Sequential {
  const model = tf.sequential({
    layers: [
      tf.layers.dense({ units: 3, inputShape: [4], activation: 'tanh' }),
      tf.layers.batchNormalization(),
      tf.layers.dense({ units: 1 }),
    ],
  });
  model.compile({ optimizer, loss: 'meanSquaredError' });
  return model;
}

const INPUT = tf.tensor2d([
  [0.1, 0.2, 0.3, 0.4],
  [-1, 0.5, 0, 2],
]);
const TARGET = tf.tensor2d([[1], [-1]]);
const train = (model: tf.Sequential): Promise<unknown> =>
  model.fit(INPUT, TARGET, { epochs: 1, shuffle: false, verbose: 0 });
const predictions = (model: tf.Sequential): number[] => [...(model.predict(INPUT) as tf.Tensor).dataSync()];

describe('variables of TensorFlow.js', () => {
  it('of every dtype come back as they were', async () => {
    const make = (scale: number) => ({
      float: tf.variable(tf.tensor([1.5 * scale, -0])),
      int: tf.variable(tf.tensor([7 * scale], [1], 'int32')),
      flag: tf.variable(tf.tensor([scale === 1], [1], 'bool'), false),
      complex: tf.variable(tf.complex([1 * scale, 2], [3, 4 * scale])),
      text: tf.variable(
        tf.tensor(
          ['a', 'é'].map((text) => text.repeat(scale)),
          [2],
          'string',
        ),
      ),
    });
    const path = await new Checkpoint({ all: fromTfjs(make(1)) }).write(join(scratch(), 'ck'));
    const again = make(0);
    (await new Checkpoint({ all: fromTfjs(again) }).read(path)).assertConsumed();
    expect([...again.float.dataSync()]).toEqual([1.5, -0]);
    expect([...again.int.dataSync()]).toEqual([7]);
    expect([...again.flag.dataSync()]).toEqual([1]);
    expect([...again.complex.dataSync()]).toEqual([1, 3, 2, 4]);
    expect(again.text.dataSync()).toEqual(['a', 'é']);
    expect(fromTfjs(again.flag).trainable).toBe(false);
  });

  it('hold on to nothing behind a save or a restoring', async () => {
    const variables = [tf.variable(tf.ones([8])), tf.variable(tf.ones([2, 2]))];
    const checkpoint = new Checkpoint({ variables: fromTfjs(variables) });
    const before = tf.memory().numTensors;
    const path = await checkpoint.write(join(scratch(), 'ck'));
    await checkpoint.read(path);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('of every dtype are saved with a graph for Python', async () => {
    const variables = {
      flag: tf.variable(tf.tensor([true], [1], 'bool'), false),
      int: tf.variable(tf.tensor([7], [1], 'int32')),
      complex: tf.variable(tf.complex([1], [2])),
      text: tf.variable(tf.tensor(['é'], [1], 'string')),
    };
    const saver = new Saver(fromTfjs(variables));
    const path = await saver.save(join(scratch(), 'm'));
    const facts = await readGraphFacts({ prefix: path });
    expect([...(facts?.variables.values() ?? [])].map(({ key, trainable }) => [key, trainable])).toEqual([
      ['complex', true],
      ['flag', false],
      ['int', true],
      ['text', true],
    ]);
    variables.flag.assign(tf.tensor([false], [1], 'bool'));
    await saver.restore(path);
    expect([...variables.flag.dataSync()]).toEqual([1]);
  });

  it('are not saved once they are disposed of', async () => {
    const variable = tf.variable(tf.ones([1]));
    const saver = new Saver(fromTfjs({ gone: variable }));
    variable.dispose();
    await expect(saver.save(join(scratch(), 'm'))).rejects.toThrow(UninitializedError);
  });

  it('leave all others as they were where one was disposed of before a restoring', async () => {
    const path = join(scratch(), 'm');
    const [kept, gone] = [tf.variable(tf.scalar(1), true, 'kept'), tf.variable(tf.scalar(2), true, 'gone')];
    const saver = new Saver({ kept: fromTfjs(kept), gone: fromTfjs(gone) });
    const checkpoint = new Checkpoint({ kept: fromTfjs(kept), gone: fromTfjs(gone) });
    const [names, objects] = [await saver.save(path), await checkpoint.write(`${path}-objects`)];
    kept.assign(tf.scalar(3));
    gone.dispose();
    const refusal = {
      name: 'UsageError',
      message: expect.stringMatching(/nothing was restored: gone was disposed of/),
    };
    await expect(saver.restore(names)).rejects.toMatchObject(refusal);
    await expect(checkpoint.read(objects)).rejects.toMatchObject(refusal);
    expect(kept.dataSync()[0]).toBe(3);
  });

  it('are refused where they were not adapted', async () => {
    const variable = tf.variable(tf.ones([1]));
    const model = sequential(tf.train.sgd(0.1));
    expect(() => new Saver([variable] as never)).toThrow('element 0 of the list is an object of TensorFlow.js');
    for (const one of [variable, model, model.optimizer, { inner: [model] }]) {
      await expect(new Checkpoint({ one }).write(join(scratch(), 'ck'))).rejects.toThrow('fromTfjs(...)');
    }
    expect(() => fromTfjs(null as never)).toThrow(UsageError);
  });

  it('take another dtype only where they are told to', async () => {
    const path = await new Checkpoint({ v: fromTfjs(tf.variable(tf.tensor([1, 2], [2], 'int32'))) }).write(
      join(scratch(), 'ck'),
    );
    const strict = tf.variable(tf.zeros([2]));
    await expect(new Checkpoint({ v: fromTfjs(strict) }).read(path)).rejects.toThrow(MismatchError);
    const lenient = tf.variable(tf.zeros([2]));
    await new Checkpoint({ v: fromTfjs(lenient, { cast: true }) }).read(path);
    expect([...lenient.dataSync()]).toEqual([1, 2]);
  });

  it('are what fromTfjs takes, and nothing else', () => {
    expect(() => fromTfjs(tf.tensor([1]) as never)).toThrow(UsageError);
    expect(() => fromTfjs([1] as never)).toThrow(
      'fromTfjs: the list or record holds something that is no variable of TensorFlow.js',
    );
  });
});

describe('a model of TensorFlow.js', () => {
  it("is saved under Keras' object paths, its optimizer's slots behind their variables", async () => {
    const model = sequential(tf.train.adam(0.1));
    await train(model);
    const objects = { model: fromTfjs(model), optimizer: fromTfjs(model.optimizer) };
    const keys = await keysOf(await new Checkpoint(objects).write(join(scratch(), 'ck')));
    const weights = [
      ...['gamma', 'beta', 'moving_mean', 'moving_variance'].map((name) => `model/layer_with_weights-1/${name}`),
      ...[0, 2].flatMap((i) => [`model/layer_with_weights-${i}/kernel`, `model/layer_with_weights-${i}/bias`]),
    ];
    const trained = weights.filter((path) => !path.includes('moving'));
    const slots = trained.flatMap((path) => ['m', 'v'].map((slot) => `${path}/.OPTIMIZER_SLOT/optimizer/${slot}`));
    const expected = [...weights, ...slots, 'optimizer/iter', 'optimizer/learning_rate'].map((path) => path + VALUE);
    expect(keys).toEqual(['_CHECKPOINTABLE_OBJECT_GRAPH', ...expected.sort()]);
  });

  it("has cells of recurrent layers, and depthwise kernels, under Keras' paths", async () => {
    const { layers } = tf;
    const cells = [layers.lstmCell({ units: 3 }), layers.gruCell({ units: 2 })];
    const model = tf.sequential({
      layers: [
        layers.rnn({ cell: cells, inputShape: [4, 2], returnSequences: true }),
        layers.rnn({ cell: layers.simpleRNNCell({ units: 2, useBias: false }) }),
      ],
    });
    const keys = await keysOf(await new Checkpoint({ model: fromTfjs(model) }).write(join(scratch(), 'ck')));
    const ofCell = [0, 1].flatMap((i) =>
      ['bias', 'kernel', 'recurrent_kernel'].map((name) => `model/layer_with_weights-0/cell/cells/${i}/${name}`),
    );
    const single = ['kernel', 'recurrent_kernel'].map((name) => `model/layer_with_weights-1/cell/${name}`);
    expect(keys.slice(1)).toEqual([...ofCell, ...single].map((path) => path + VALUE));
    const images = tf.sequential({ layers: [layers.depthwiseConv2d({ kernelSize: 2, inputShape: [4, 4, 1] })] });
    const checkpoint = await openCheckpoint(
      await new Checkpoint({ model: fromTfjs(images) }).write(join(scratch(), 'ck')),
    );
    const nodes = objectGraphOf(checkpoint.tensors)?.nodes ?? [];
    checkpoint.close();
    const names = (at: number): string[] => nodes[at]?.children.map(({ localName }) => localName) ?? [];
    expect(nodes.map((_, i) => names(i)).find((all) => all.includes('bias'))).toEqual([
      'depthwise_kernel',
      'bias',
      'kernel',
    ]);
  });

  it('is not trained where a layer is frozen', () => {
    const layer = tf.layers.dense({ units: 1, inputShape: [2], trainable: false });
    const model = tf.sequential({ layers: [layer, tf.layers.dense({ units: 1 }), tf.layers.batchNormalization()] });
    const trained = (): string[] =>
      fromTfjs(model).flatMap(({ name, trainable }) => (trainable ? [name.slice(name.lastIndexOf('/') + 1)] : []));
    expect(trained().sort()).toEqual(['beta', 'bias', 'gamma', 'kernel']);
    layer.trainable = true;
    expect(trained().sort()).toEqual(['beta', 'bias', 'bias', 'gamma', 'kernel', 'kernel']);
  });

  it('learns at the rate that was restored', async () => {
    for (const make of [tf.train.sgd, (rate: number) => tf.train.momentum(rate, 0.9)]) {
      const twins = [0.5, 0.1].map((rate) => ({ w: tf.variable(tf.scalar(1)), optimizer: make(rate) }));
      const step = ({ w, optimizer }: (typeof twins)[number]): void =>
        optimizer.applyGradients([{ name: w.name, tensor: tf.scalar(1) }]);
      const [first, second] = twins as [(typeof twins)[number], (typeof twins)[number]];
      step(first);
      const of = ({ w, optimizer }: typeof first): Checkpoint =>
        new Checkpoint({ w: fromTfjs(w), optimizer: fromTfjs(optimizer) });
      (await of(second).read(await of(first).write(join(scratch(), 'ck')))).assertConsumed();
      for (const twin of twins) step(twin);
      expect(second.w.dataSync()[0]).toBeCloseTo(first.w.dataSync()[0] as number, 6);
    }
  });

  it('keeps no momentum where there is none, as Keras', async () => {
    const model = sequential(tf.train.rmsprop(0.1, 0.9));
    await train(model);
    const checkpoint = new Checkpoint({ model: fromTfjs(model), optimizer: fromTfjs(model.optimizer) });
    const slots = (await keysOf(await checkpoint.write(join(scratch(), 'ck')))).filter((key) => key.includes('SLOT'));
    expect(slots.length).toBe(6);
    expect(slots.every((key) => key.includes('/optimizer/rms/'))).toBe(true);
  });

  it('calls what an optimizer keeps as Keras does, not by the numbers of TensorFlow.js', async () => {
    const names = async (optimizer: tf.Optimizer): Promise<string[]> => {
      const kernel = tf.variable(tf.ones([2]), true, `${optimizer.getClassName()}_layer/kernel`);
      optimizer.applyGradients({ [kernel.name]: tf.ones([2]) });
      const objects = { kernel: fromTfjs(kernel), optimizer: fromTfjs(optimizer) };
      const checkpoint = await openCheckpoint(await new Checkpoint(objects).write(join(scratch(), 'ck')));
      const nodes = objectGraphOf(checkpoint.tensors)?.nodes ?? [];
      checkpoint.close();
      return nodes.flatMap(({ attributes }) => attributes.map(({ fullName }) => fullName)).sort();
    };
    expect(await names(tf.train.adam(0.1))).toEqual([
      'Adam/Adam_layer/kernel/m',
      'Adam/Adam_layer/kernel/v',
      'Adam/iter',
      'Adam/learning_rate',
      'Adam_layer/kernel',
    ]);
    expect(await names(tf.train.momentum(0.1, 0.9))).toEqual([
      'Momentum_layer/kernel',
      'SGD/Momentum_layer/kernel/momentum',
      'SGD/iter',
      'SGD/learning_rate',
    ]);
  });

  it.each([
    ['adam', () => tf.train.adam(0.1)],
    ['momentum', () => tf.train.momentum(0.1, 0.9)],
    ['rmsprop', () => tf.train.rmsprop(0.1, 0.9, 0.5)],
    ['centered rmsprop', () => tf.train.rmsprop(0.1, 0.9, 0.5, 1e-7, true)],
    ['adagrad', () => tf.train.adagrad(0.1)],
    ['adadelta', () => tf.train.adadelta(0.1)],
    ['adamax', () => tf.train.adamax(0.1)],
    ['sgd', () => tf.train.sgd(0.1)],
  ] as const)('goes on training where it was: %s', async (name, make) => {
    const model = sequential(make());
    for (let i = 0; i < 3; i++) await train(model);
    const save = (one: tf.Sequential) => new Checkpoint({ model: fromTfjs(one), optimizer: fromTfjs(one.optimizer) });
    const path = await save(model).save(join(scratch(), 'ck'));
    const again = sequential(make());
    (await save(again).restore(path)).assertConsumed();
    expect(predictions(again)).toEqual(predictions(model));
    for (let i = 0; i < 3; i++) {
      await train(model);
      await train(again);
    }
    // Keras' momentum is another multiple of it: one rounding there, and one back.
    for (const [i, value] of predictions(model).entries()) {
      if (name === 'momentum') expect(predictions(again)[i]).toBeCloseTo(value, 5);
      else expect(predictions(again)[i]).toBe(value);
    }
    expect(again.optimizer.iterations).toBe(model.optimizer.iterations);
  });
});
