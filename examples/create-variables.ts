/** Variables are made of initial values: random numbers, zeros, values of your own. */
import assert from 'node:assert/strict';
import { constant, initializeAllVariables, linspace, randomNormal, Variable, zeros } from 'ckpt';

const weights = new Variable(randomNormal([784, 200], { stddev: 0.35 }), { name: 'weights' });
const biases = new Variable(zeros([200]), { name: 'biases' });
const lookup = new Variable(
  constant([
    [1, 2],
    [3, 4],
  ]),
  { name: 'lookup', dtype: 'int32' },
);
const grid = new Variable(linspace(0, 1, 5), { name: 'grid' });

initializeAllVariables();

assert.equal(weights.read().length, 784 * 200);
assert.deepEqual(biases.read(), new Float32Array(200));
assert.deepEqual(lookup.read(), Int32Array.of(1, 2, 3, 4));
assert.deepEqual(grid.read(), Float32Array.of(0, 0.25, 0.5, 0.75, 1));
