/** Variables may begin as others do: the order of initialization takes care of itself. */
import assert from 'node:assert/strict';
import { initializeAllVariables, randomNormal, Variable } from 'ckpt';

const weights = new Variable(randomNormal([784, 200], { stddev: 0.35 }), { name: 'weights' });
const w2 = new Variable(weights.initializedValue(), { name: 'w2' });
const wTwice = new Variable(weights.initializedValue().mul(2), { name: 'w_twice' });

initializeAllVariables();

assert.deepEqual(w2.read(), weights.read());
assert.deepEqual(
  wTwice.read(),
  weights.read().map((x) => x * 2),
);
