/** A learning rate that changes under way is saved with the model, and is what it was when training goes on. */
import assert from 'node:assert/strict';
import { Graph, initializeAllVariables, Saver, Variable } from 'ckpt';
import { Adam } from './adam.ts';

function model() {
  const weights = new Variable([5, -5], { name: 'weights' });
  return { weights, adam: new Adam([weights]), saver: new Saver() };
}

/** Halves the rate every ten steps, on the way to zero. */
function train({ weights, adam }: ReturnType<typeof model>, steps: number): void {
  for (let i = 0; i < steps; i++) {
    adam.apply(new Map([[weights, weights.read().map((w) => 2 * w)]]));
    if (Number(adam.step.read()[0]) % 10 === 0) adam.learningRate.assign((adam.learningRate.read()[0] ?? 0) / 2);
  }
}

const first = new Graph().asDefault(() => {
  const made = model();
  initializeAllVariables();
  made.adam.learningRate.assign(0.8);
  return made;
});
train(first, 25);
await first.saver.save('./model.ckpt');
train(first, 15);

const second = model();
await second.saver.restore('./model.ckpt');
assert.ok(Math.abs((second.adam.learningRate.read()[0] ?? 0) - 0.2) < 1e-6);
train(second, 15);

assert.deepEqual(second.weights.read(), first.weights.read());
