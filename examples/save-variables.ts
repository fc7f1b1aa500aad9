/** Saving all variables: a checkpoint that TensorFlow reads, numbered by the step. */
import assert from 'node:assert/strict';
import { initializeAllVariables, latestCheckpoint, Saver, Variable, zeros } from 'ckpt';

const v1 = new Variable(zeros([3]), { name: 'v1' });
const v2 = new Variable(zeros([2]), { name: 'v2' });
initializeAllVariables();

const saver = new Saver();
v1.assignAdd(1);
v2.assignSub(1);

const path = await saver.save('./model.ckpt', { globalStep: 100 });

assert.equal(path, './model.ckpt-100');
assert.equal(latestCheckpoint('.'), './model.ckpt-100');
