/** The trained variables of one scope, saved under names without the scope. */
import assert from 'node:assert/strict';
import { getVariable, initializeAllVariables, openCheckpoint, Saver, trainableVariables, variableScope } from 'ckpt';

variableScope('encoder', () => [getVariable('w', { shape: [2] }), getVariable('b', { shape: [2], trainable: false })]);
variableScope('decoder', () => getVariable('w', { shape: [2] }));
initializeAllVariables();

const encoder = trainableVariables('encoder/');
const saver = new Saver(Object.fromEntries(encoder.map((v) => [v.name.replace('encoder/', ''), v])));
const path = await saver.save('./encoder.ckpt');

const checkpoint = await openCheckpoint(path);
assert.deepEqual([...checkpoint.tensors.keys()], ['w']);
checkpoint.close();
