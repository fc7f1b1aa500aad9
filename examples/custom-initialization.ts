/** Any function may make an initial value; it is called when the variable is initialized. */
import assert from 'node:assert/strict';
import { getVariable, heNormal, initializeAllVariables, Variable } from 'ckpt';

/** The identity, as recurrent networks like to begin. */
function identity(size: number): Float32Array {
  return Float32Array.from({ length: size * size }, (_, i) => (i % (size + 1) === 0 ? 1 : 0));
}

const recurrent = new Variable(() => identity(3), { name: 'recurrent', shape: [3, 3] });
const kernel = getVariable('kernel', { shape: [3, 3, 16, 32], initializer: heNormal({ seed: 7 }) });

initializeAllVariables();

assert.deepEqual(recurrent.read(), Float32Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1));
assert.equal(kernel.read().length, 3 * 3 * 16 * 32);
