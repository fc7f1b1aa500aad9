/**
 * A save that is killed: before each of its calls of the system in turn, and at random moments. Whatever the moment, the newest
 * checkpoint that the state file names is whole, also where it takes the place of an older one.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Graph, latestCheckpoint, Saver, Variable, verifyCheckpoint, zeros } from '../../src/index.ts';
import { REPOSITORY } from '../fixtures.ts';
import { scratch } from '../scratch.ts';

/** Variables that are all of one step; a save that mixed two would show. */
const COUNT = 5;
const SIZE = 2000;
/** At random moments. */
const KILLS = 12;

/** Saves step after step; ends itself before its `at`th call that changes files, if it comes so far. */
const PROGRAM = `
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
const [library, folder, name, options, steps, at] = process.argv.slice(2);
let calls = 0;
for (const call of ['writeSync', 'renameSync', 'linkSync', 'rmSync']) {
  const real = fs[call];
  fs[call] = (...given) => {
    if (++calls === Number(at)) process.kill(process.pid, 'SIGKILL');
    return real(...given);
  };
}
syncBuiltinESMExports();
const { latestCheckpoint, Saver, Variable, zeros } = await import(library);
const variables = Array.from({ length: ${COUNT} }, (_, i) => new Variable(zeros([${SIZE}]), { name: 'v' + i }));
const saver = new Saver(variables, { maxToKeep: 2, ...JSON.parse(options) });
const latest = latestCheckpoint(folder);
if (latest === undefined) for (const v of variables) v.assign(new Float32Array(${SIZE}));
else await saver.restore(latest);
for (let i = 0; i < Number(steps); i++) {
  for (const v of variables) v.assignAdd(1);
  const step = variables[0].read()[0];
  calls = Number(at) > 0 && i === 0 ? 0 : calls;
  await saver.save(folder + '/' + name, name === 'same' ? {} : { globalStep: step });
}
process.stdout.write(String(calls));
`;

/** The step of the newest checkpoint, every byte of it checked. */
async function stepIn(folder: string): Promise<number> {
  const path = latestCheckpoint(folder);
  expect(path).toBeDefined();
  const damage: string[] = [];
  for await (const { severity, message } of verifyCheckpoint(path as string))
    if (severity === 'damage') damage.push(message);
  expect(damage).toEqual([]);
  const variables = new Graph().asDefault(() =>
    Array.from({ length: COUNT }, (_, i) => new Variable(zeros([SIZE]), { name: `v${i}` })),
  );
  await new Saver(variables).restore(path);
  const steps = new Set(variables.flatMap((v) => [...v.read()]));
  expect(steps.size).toBe(1);
  return [...steps][0] as number;
}

describe('a save that is killed', () => {
  const library = join(REPOSITORY, 'dist', 'index.js');
  const kinds: readonly [string, string, object][] = [
    ['in the place of an older one', 'same', {}],
    ['under a new name', 'step', {}],
    ['in V1, in the place of an older one', 'same', { writeVersion: 'v1' }],
  ];

  for (const [title, name, options] of kinds) {
    const run = (folder: string, steps: number, at: number) =>
      spawnSync(
        process.execPath,
        [join(folder, 'program.mjs'), library, folder, name, JSON.stringify(options), String(steps), String(at)],
        { encoding: 'utf8' },
      );

    it(`${title}, before any of its calls of the system: the last one is whole`, async () => {
      const folder = scratch();
      writeFileSync(join(folder, 'program.mjs'), PROGRAM);
      expect(run(folder, 2, 0).stderr).toBe('');
      let step = await stepIn(folder);
      let finished = false;
      for (let at = 1; !finished; at++) {
        const { signal, stderr, status } = run(folder, 1, at);
        finished = status === 0;
        if (!finished) expect({ signal, stderr }).toEqual({ signal: 'SIGKILL', stderr: '' });
        const found = await stepIn(folder);
        expect(found === step || found === step + 1).toBe(true);
        step = found;
        expect(at).toBeLessThan(200);
      }
      expect(existsSync(join(folder, 'checkpoint'))).toBe(true);
    }, 240_000);

    it(`${title}, at random moments: the last one is whole`, async () => {
      const folder = scratch();
      writeFileSync(join(folder, 'program.mjs'), PROGRAM);
      run(folder, 1, 0);
      let step = await stepIn(folder);
      for (let kill = 0; kill < KILLS; kill++) {
        const child = spawn(
          process.execPath,
          [join(folder, 'program.mjs'), library, folder, name, JSON.stringify(options), '100000', '0'],
          { stdio: 'ignore' },
        );
        await new Promise((resolve) => setTimeout(resolve, 300 + 500 * Math.random()));
        child.kill('SIGKILL');
        await new Promise((resolve) => child.once('close', resolve));
        const found = await stepIn(folder);
        expect(found).toBeGreaterThanOrEqual(step);
        step = found;
      }
      // Each run keeps two, as TensorFlow forgets those of the runs before, and may end before the third is removed.
      const left = readdirSync(folder).filter((file) => /^(same|step-\d+)\.index$/.test(file));
      expect(left.length).toBeLessThanOrEqual((1 + KILLS) * 3);
    }, 240_000);
  }
});
