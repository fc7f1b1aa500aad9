/**
 * `kill -9` at a hundred random moments of a large write: the input stays whole, and the output is a whole checkpoint or
 * none. The moments are drawn over somewhat more than the time that the write takes when it is let run.
 */
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { openCheckpoint, verifyCheckpoint, writeCheckpoint } from '../../src/checkpoints/checkpoint.ts';
import { largeTensors } from '../large.ts';
import { scratch } from '../scratch.ts';
import { BIN } from './run.ts';

const TENSORS = 8;
const TENSOR_BYTES = 12 << 20;
const KILLS_EACH = 25;

let folder: string;
beforeAll(async () => {
  folder = scratch();
  await writeCheckpoint(join(folder, 'large'), largeTensors(TENSORS, TENSOR_BYTES));
});

/** The names of a whole checkpoint, every byte of it checked; none where there is no index. */
async function wholeAt(prefix: string): Promise<string[] | undefined> {
  if (!existsSync(`${prefix}.index`)) return undefined;
  for await (const { severity, message } of verifyCheckpoint(prefix))
    if (severity === 'damage') expect(message).toBe('');
  const checkpoint = await openCheckpoint(prefix);
  const names = [...checkpoint.tensors.keys()];
  checkpoint.close();
  return names;
}

/** Runs a command and kills it after so many milliseconds; gives the milliseconds it took. */
async function runFor(milliseconds: number, args: readonly string[]): Promise<number> {
  const start = Date.now();
  const child = spawn(process.execPath, [BIN, ...args], { cwd: folder, stdio: 'ignore' });
  const timer = setTimeout(() => child.kill('SIGKILL'), milliseconds);
  await new Promise((resolve) => child.once('close', resolve));
  clearTimeout(timer);
  return Date.now() - start;
}

function clear(): void {
  for (const name of readdirSync(folder)) if (!name.startsWith('large.')) rmSync(join(folder, name));
}

const names = (prefix: string): string[] => Array.from({ length: TENSORS }, (_, i) => `${prefix}tensor_${i}`);

describe('a write that is killed', () => {
  it.each<[string, string[], string[]]>([
    ['rename', ['rename', 'large', '--add-prefix', 'net/', '-o', 'out'], names('net/')],
    ['subset', ['subset', 'large', '**', '--shards', '2', '-o', 'out'], names('')],
    ['merge', ['merge', 'large', 'large', '--prefix-each', 'a/,b/', '-o', 'out'], [...names('a/'), ...names('b/')]],
    ['subset over another', ['subset', 'large', '!tensor_0', '--force', '-o', 'out'], names('').slice(1)],
  ])(
    '%s: at any moment there is a whole output or none, and the input is whole',
    async (_, args, written) => {
      const time = await runFor(60_000, args);
      expect(await wholeAt(join(folder, 'out'))).toEqual(written);
      for (let kill = 0; kill < KILLS_EACH; kill++) {
        if (!args.includes('--force')) clear();
        await runFor(Math.random() * time * 1.1, args);
        const found = await wholeAt(join(folder, 'out'));
        if (found !== undefined) expect(found).toEqual(written);
      }
      clear();
      expect(await wholeAt(join(folder, 'large'))).toEqual(names(''));
    },
    240_000,
  );

  it('rename in place: the old names or the new ones, never a mixture', async () => {
    const args = ['rename', 'large', '--replace', 's/^(.)(.)/\\2\\1/', '--in-place'];
    const [old, next] = [names(''), names('').map((name) => name.replace('te', 'et'))];
    const time = await runFor(60_000, args);
    for (let kill = 0; kill < KILLS_EACH; kill++) {
      await runFor(Math.random() * time * 1.1, args);
      const checkpoint = await openCheckpoint(join(folder, 'large'));
      expect([old, next]).toContainEqual([...checkpoint.tensors.keys()]);
      checkpoint.close();
    }
  }, 60_000);
});
