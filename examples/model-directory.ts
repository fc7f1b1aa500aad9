/** A directory that a training run comes back to, as an Estimator's: what is not trained comes back too. */
import assert from 'node:assert/strict';
import { Graph, getOrCreateGlobalStep, initializeAllVariables, latestCheckpoint, Saver, Variable, zeros } from 'ckpt';

async function train(directory: string, steps: number) {
  const graph = new Graph();
  const { step, weights, seen, saver } = graph.asDefault(() => ({
    step: getOrCreateGlobalStep(),
    weights: new Variable(zeros([2]), { name: 'weights' }),
    seen: new Variable(0n, { name: 'examples_seen', trainable: false }),
    saver: new Saver(undefined, { maxToKeep: 3 }),
  }));
  const latest = latestCheckpoint(directory);
  if (latest === undefined) initializeAllVariables(graph);
  else {
    await saver.restore(latest);
    saver.recoverLastCheckpoints([latest]);
  }
  for (let i = 0; i < steps; i++) {
    weights.assignAdd(0.5);
    seen.assignAdd(32);
    step.assignAdd(1);
  }
  await saver.save(`${directory}/model.ckpt`, { globalStep: step });
  return { step: step.read()[0], seen: seen.read()[0], weights: weights.read() };
}

await train('./run', 10);
const resumed = await train('./run', 5);

assert.deepEqual(resumed, { step: 15n, seen: 480n, weights: Float32Array.of(7.5, 7.5) });
assert.equal(latestCheckpoint('./run'), './run/model.ckpt-15');
