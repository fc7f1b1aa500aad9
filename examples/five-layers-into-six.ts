/** A network of five layers was trained; one of six takes them over, and begins the sixth anew. */
import assert from 'node:assert/strict';
import {
  Graph,
  getVariable,
  glorotUniform,
  initializeAllVariables,
  initializeVariables,
  Saver,
  type Variable,
  variableScope,
} from 'ckpt';

function layers(count: number): Variable<'float32'>[] {
  return Array.from({ length: count }, (_, i) =>
    variableScope(`layer${i + 1}`, () => getVariable('weights', { shape: [8, 8], initializer: glorotUniform() })),
  );
}

const trained = new Graph();
const five = trained.asDefault(() => {
  const made = layers(5);
  initializeAllVariables();
  return made;
});
await trained.asDefault(() => new Saver()).save('./five.ckpt');

const six = layers(6);
const report = await new Saver().restore('./five.ckpt', { partial: true });
initializeVariables(six.filter((layer) => !layer.isInitialized));

assert.deepEqual(report.missing, ['layer6/weights']);
assert.deepEqual(six[4]?.read(), five[4]?.read());
assert.equal(six[5]?.isInitialized, true);
