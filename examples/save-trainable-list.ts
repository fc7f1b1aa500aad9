/** Only what is trained is saved: half the file, where an optimizer keeps averages beside the weights. */
import assert from 'node:assert/strict';
import { initializeAllVariables, openCheckpoint, Saver, trainableVariables, Variable, zeros } from 'ckpt';

new Variable(zeros([3]), { name: 'weights' });
new Variable(zeros([3]), { name: 'moving_mean', trainable: false });
initializeAllVariables();

const saver = new Saver(trainableVariables());
const path = await saver.save('./trained.ckpt');

const checkpoint = await openCheckpoint(path);
assert.deepEqual([...checkpoint.tensors.keys()], ['weights']);
checkpoint.close();
