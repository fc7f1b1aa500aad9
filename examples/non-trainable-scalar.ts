/** A scalar that is set by hand and never trained. */
import assert from 'node:assert/strict';
import { Saver, trainableVariables, Variable } from 'ckpt';

const threshold = new Variable(0.5, { name: 'threshold', trainable: false });
threshold.assign(0.75);

await new Saver([threshold]).save('./threshold.ckpt');
threshold.assign(0);
await new Saver([threshold]).restore('./threshold.ckpt');

assert.deepEqual(threshold.read(), Float32Array.of(0.75));
assert.deepEqual(trainableVariables(), []);
