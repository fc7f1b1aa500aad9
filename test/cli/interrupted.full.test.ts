/** Ctrl-C and its like in the middle of a large write: nothing of it stays, and the exit code says what happened. */
import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { writeCheckpoint } from '../../src/checkpoints/checkpoint.ts';
import { largeTensors } from '../large.ts';
import { scratch } from '../scratch.ts';
import { BIN } from './run.ts';

const TENSORS = 12;
const TENSOR_BYTES = 32 << 20;

let folder: string;
beforeAll(async () => {
  folder = scratch();
  await writeCheckpoint(join(folder, 'large'), largeTensors(TENSORS, TENSOR_BYTES));
});

/** Resolves when something has begun to be written in `directory`. */
async function begun(directory: string, child: ChildProcess): Promise<void> {
  const names = (): string[] => {
    try {
      return readdirSync(directory);
    } catch {
      return [];
    }
  };
  while (!names().some((name) => name.includes('.tempstate'))) {
    if (child.exitCode !== null) throw new Error('it was over too soon');
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

describe('a write that is interrupted', () => {
  it.each<[NodeJS.Signals, number, string[]]>([
    ['SIGINT', 130, ['rename', 'large', '--add-prefix', 'net/', '-o', 'new/out']],
    ['SIGTERM', 143, ['subset', 'large', '!tensor_3', '-o', 'new/out']],
    ['SIGHUP', 129, ['merge', 'large', 'large', '--prefix-each', 'a/,b/', '-o', 'new/out']],
  ])('by %s exits with %i and leaves nothing', async (signal, code, args) => {
    const before = readdirSync(folder, { recursive: true });
    const child = spawn(process.execPath, [BIN, ...args], { cwd: folder });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (text: Buffer) => {
        output += text.toString();
      });
    }
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
    await begun(join(folder, 'new'), child);
    child.kill(signal);
    expect(await ended).toBe(code);
    expect(output).toBe('');
    expect(readdirSync(folder, { recursive: true })).toEqual(before);
  });
});
