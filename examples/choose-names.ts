/** Which variables are saved, and what they are called in the checkpoint. */
import assert from 'node:assert/strict';
import { initializeAllVariables, openCheckpoint, Saver, Variable, zeros } from 'ckpt';

const v1 = new Variable(zeros([3]), { name: 'v1' });
const v2 = new Variable(zeros([2]), { name: 'v2' });
initializeAllVariables();
v1.assignAdd(1);

const saver = new Saver({ my_v2: v2 });
const path = await saver.save('./my-model.ckpt');

const checkpoint = await openCheckpoint(path);
assert.deepEqual([...checkpoint.tensors.keys()], ['my_v2']);
checkpoint.close();
