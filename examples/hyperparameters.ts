/** Hyperparameters as variables: a model that is restored knows how it was trained. */
import assert from 'node:assert/strict';
import { Graph, initializeAllVariables, Saver, Variable, zeros } from 'ckpt';

function model() {
  return {
    weights: new Variable(zeros([4]), { name: 'weights' }),
    learningRate: new Variable(0.01, { name: 'hyper/learning_rate', trainable: false }),
    batchSize: new Variable(32, { name: 'hyper/batch_size', dtype: 'int32', trainable: false }),
    optimizer: new Variable('sgd', { name: 'hyper/optimizer', trainable: false }),
  };
}

await new Graph()
  .asDefault(() => {
    const { batchSize, optimizer } = model();
    initializeAllVariables();
    batchSize.assign(128);
    optimizer.assign('adam');
    return new Saver();
  })
  .save('./model.ckpt');

const { learningRate, batchSize, optimizer } = model();
await new Saver().restore('./model.ckpt');

assert.deepEqual(learningRate.read(), Float32Array.of(0.01));
assert.deepEqual(batchSize.read(), Int32Array.of(128));
assert.equal(new TextDecoder().decode(optimizer.read()[0]), 'adam');
