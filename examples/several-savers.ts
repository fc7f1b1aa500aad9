/** Several savers over the same variables, each with a state file of its own. */
import assert from 'node:assert/strict';
import { initializeAllVariables, latestCheckpoint, Saver, Variable, zeros } from 'ckpt';

const weights = new Variable(zeros([3]), { name: 'weights' });
const step = new Variable(0n, { name: 'step', trainable: false });
initializeAllVariables();

const everything = new Saver(undefined, { maxToKeep: 2 });
const best = new Saver([weights], { maxToKeep: 1 });

for (const loss of [0.9, 0.5, 0.7]) {
  weights.assignAdd(1);
  step.assignAdd(1);
  await everything.save('./run/model', { globalStep: step });
  if (loss <= 0.5) await best.save('./run/best', { globalStep: step, latestFilename: 'best-checkpoint' });
}

assert.deepEqual(everything.lastCheckpoints, ['./run/model-2', './run/model-3']);
assert.equal(latestCheckpoint('./run'), './run/model-3');
assert.equal(latestCheckpoint('./run', 'best-checkpoint'), './run/best-2');
