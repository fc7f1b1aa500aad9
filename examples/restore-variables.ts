/** Restored variables need no initialization. */
import assert from 'node:assert/strict';
import { Graph, Saver, Variable, zeros } from 'ckpt';

// One program saves.
const saved = new Graph().asDefault(() => {
  new Variable(zeros([3]), { name: 'v1' }).assign([1, 2, 3]);
  new Variable(zeros([2]), { name: 'v2' }).assign([4, 5]);
  return new Saver();
});
await saved.save('./model.ckpt');

// Another one makes the same variables, and restores them.
const v1 = new Variable(zeros([3]), { name: 'v1' });
const v2 = new Variable(zeros([2]), { name: 'v2' });

const saver = new Saver();
await saver.restore('./model.ckpt');

assert.deepEqual(v1.read(), Float32Array.of(1, 2, 3));
assert.deepEqual(v2.read(), Float32Array.of(4, 5));
