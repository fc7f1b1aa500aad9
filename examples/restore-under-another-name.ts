/** A variable called `weights` when it was saved is restored into one that is called `params` now. */
import assert from 'node:assert/strict';
import { Graph, restoreInto, Saver, Variable, zeros } from 'ckpt';

const old = new Graph().asDefault(() => {
  new Variable(zeros([4]), { name: 'weights' }).assign([1, 2, 3, 4]);
  return new Saver();
});
await old.save('./old.ckpt');

const params = new Variable(zeros([4]), { name: 'params' });
await new Saver({ weights: params }).restore('./old.ckpt');

assert.deepEqual(params.read(), Float32Array.of(1, 2, 3, 4));

// The same by a map of names, which takes whole scopes as well: { 'old/': 'new/' }.
params.assign([0, 0, 0, 0]);
await restoreInto('./old.ckpt', { weights: 'params' });

assert.deepEqual(params.read(), Float32Array.of(1, 2, 3, 4));
