/** A variable has no value until it is initialized, assigned or restored; using it before is an error that names it. */
import assert from 'node:assert/strict';
import {
  initializeAllVariables,
  initializeVariables,
  ones,
  reportUninitialized,
  UninitializedError,
  Variable,
} from 'ckpt';

const weights = new Variable(ones([2]), { name: 'weights' });
const biases = new Variable(ones([2]), { name: 'biases' });

assert.throws(() => weights.read(), UninitializedError);
assert.deepEqual(reportUninitialized(), ['weights', 'biases']);

initializeVariables([weights]); // some of them
initializeAllVariables(); // all of them

assert.deepEqual([weights.read(), biases.read()], [Float32Array.of(1, 1), Float32Array.of(1, 1)]);
assert.deepEqual(reportUninitialized(), []);
