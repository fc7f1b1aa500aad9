/** An embedding that stays as it is, in a model that is trained with Adam. */
import assert from 'node:assert/strict';
import { constant, initializeAllVariables, randomNormal, Saver, Variable } from 'ckpt';
import { Adam } from './adam.ts';

const embedding = new Variable(
  constant([
    [1, 0],
    [0, 1],
    [1, 1],
  ]),
  { name: 'embedding', trainable: false },
);
const weights = new Variable(randomNormal([2], { seed: 1 }), { name: 'weights' });
const adam = new Adam(); // of the trainable variables: the embedding is none
initializeAllVariables();

/** Learns that a word's score is three times its first number. */
function trainStep(word: number): number {
  const row = embedding.read().subarray(2 * word, 2 * word + 2);
  const score = weights.read().reduce((sum, w, i) => sum + w * (row[i] ?? 0), 0);
  const error = score - 3 * (row[0] ?? 0);
  adam.apply(new Map([[weights, row.map((x) => 2 * error * x)]]));
  return error ** 2;
}

const before = embedding.read();
adam.learningRate.assign(0.1);
for (let i = 0; i < 300; i++) trainStep(i % 3);

const path = await new Saver().save('./model.ckpt', { globalStep: adam.step });
embedding.assign([0, 0, 0, 0, 0, 0]);
await new Saver().restore(path);

assert.equal(path, './model.ckpt-300');
assert.deepEqual(embedding.read(), before);
assert.ok(trainStep(2) < 0.01);
