/** A variable that is not trained, in a collection of its own, saved beside the others. */
import assert from 'node:assert/strict';
import {
  getCollection,
  globalVariables,
  initializeAllVariables,
  initializeVariables,
  ones,
  Saver,
  Variable,
  zeros,
} from 'ckpt';

const weights = new Variable(zeros([5]), { name: 'weights' });
const frozen = new Variable(ones([5]), {
  name: 'non_trainable',
  trainable: false,
  collections: ['my_non_trainable_vars'],
});

// Given collections take the place of the usual one: neither of these calls knows of the other's variables.
const mine = getCollection<Variable>('my_non_trainable_vars');
initializeAllVariables();
initializeVariables(mine);

const saver = new Saver([...globalVariables(), ...mine]);
await saver.save('./model.ckpt');
frozen.assign([0, 0, 0, 0, 0]);
await saver.restore('./model.ckpt');

assert.deepEqual(frozen.read(), Float32Array.of(1, 1, 1, 1, 1));
assert.deepEqual(weights.read(), new Float32Array(5));
