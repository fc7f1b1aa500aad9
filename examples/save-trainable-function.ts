/** A function is asked each time that the saver saves: variables that are made later are saved too. */
import assert from 'node:assert/strict';
import { initializeAllVariables, openCheckpoint, Saver, trainableVariables, Variable, zeros } from 'ckpt';

const saver = new Saver(() => trainableVariables());

new Variable(zeros([3]), { name: 'weights' });
new Variable(zeros([3]), { name: 'added_later' });
new Variable(zeros([3]), { name: 'moving_mean', trainable: false });
initializeAllVariables();
const path = await saver.save('./trained.ckpt');

const checkpoint = await openCheckpoint(path);
assert.deepEqual([...checkpoint.tensors.keys()], ['added_later', 'weights']);
checkpoint.close();
