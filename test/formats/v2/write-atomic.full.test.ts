/**
 * A writer killed at any moment leaves the old checkpoint, the new one, or none, but never a mixture. Needs the built
 * library in dist/, which `npm test` builds first.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readBytes } from '../../../src/bytes/source.ts';
import { openCheckpoint, verifyCheckpoint } from '../../../src/checkpoints/checkpoint.ts';
import { writeCheckpoint } from '../../../src/checkpoints/write-checkpoint.ts';
import { dtypeOf } from '../../../src/tensor/dtype.ts';
import { tensorOfBytes } from '../../../src/tensor/tensor.ts';
import { REPOSITORY } from '../../fixtures.ts';
import { scratch } from '../../scratch.ts';

const WRITER = join(REPOSITORY, 'test', 'formats', 'v2', 'killed-writer.mjs');
const TENSORS = 6;
const OLD = 10;
const NEW = 100;

/** What lies at a prefix: nothing, or a whole checkpoint of one fill; anything else throws. */
async function foundAt(prefix: string, bytes: number): Promise<'nothing' | 'old' | 'new'> {
  if (!existsSync(`${prefix}.index`)) return 'nothing';
  for await (const { severity, message } of verifyCheckpoint(prefix))
    if (severity === 'damage') throw new Error(message);
  const checkpoint = await openCheckpoint(prefix);
  try {
    const fills = [...checkpoint.tensors.values()].map(({ source }, i) => {
      const content = readBytes(source, 0, source.byteLength);
      expect(content.length).toBe(bytes);
      expect(content.every((byte) => byte === content[0])).toBe(true);
      return (content[0] as number) - i;
    });
    expect(fills).toEqual(new Array(TENSORS).fill(fills[0]));
    expect([OLD, NEW]).toContain(fills[0]);
    return fills[0] === OLD ? 'old' : 'new';
  } finally {
    checkpoint.close();
  }
}

function write(prefix: string, bytes: number, fill: number, ...call: number[]): string {
  const { stdout } = spawnSync(process.execPath, [WRITER, prefix, `${bytes}`, `${fill}`, ...call.map(String)]);
  return stdout.toString();
}

async function writeOld(prefix: string, bytes: number): Promise<void> {
  const tensors = new Map(
    Array.from({ length: TENSORS }, (_, i) => {
      return [`tensor_${i}`, tensorOfBytes(dtypeOf('uint8'), [bytes], new Uint8Array(bytes).fill(OLD + i))] as const;
    }),
  );
  await writeCheckpoint(prefix, tensors, { force: true, shards: 3 });
}

/** The next write finds the old checkpoint and gives it its names back, before it is refused for what is there. */
async function expectPutBack(prefix: string): Promise<void> {
  const tensors = new Map([['t', tensorOfBytes(dtypeOf('uint8'), [1], new Uint8Array(1))]]);
  await expect(writeCheckpoint(prefix, tensors)).rejects.toThrow(/exists already/);
  expect(await foundAt(prefix, 1000)).toBe('old');
}

/** Writes over an old checkpoint and kills the writer `delay` milliseconds after it began. */
function writeAndKill(prefix: string, bytes: number, delay: number): Promise<void> {
  const child = spawn(process.execPath, [WRITER, prefix, `${bytes}`, `${NEW}`]);
  return new Promise((resolve) => {
    child.stdout.once('data', () => setTimeout(() => child.kill('SIGKILL'), delay));
    child.once('close', () => resolve());
  });
}

it('the library is built', () => {
  expect(existsSync(join(REPOSITORY, 'dist', 'index.js')), 'run npm run build first').toBe(true);
});

describe.each(['nothing', 'old'] as const)('a writer that finds %s', (before) => {
  it('and is killed before any one of its calls leaves nothing, the old, or the new', async () => {
    const counted = join(scratch(), 'model');
    if (before === 'old') await writeOld(counted, 1000);
    const count = Number(write(counted, 1000, NEW, 1_000_000).split(' ')[1]);
    expect(count).toBeGreaterThan(12);
    const outcomes: string[] = [];
    const prefix = join(scratch(), 'model');
    for (let call = 0; call <= count + 1; call++) {
      const target = `${prefix}-${call}`;
      if (before === 'old') await writeOld(target, 1000);
      write(target, 1000, NEW, call);
      const found = await foundAt(target, 1000);
      outcomes.push(found);
      if (before === 'old' && found === 'nothing') await expectPutBack(target);
    }
    const order = [before, 'nothing', 'new'];
    expect(outcomes).toEqual([...outcomes].sort((a, b) => order.indexOf(a) - order.indexOf(b)));
    expect([outcomes[0], outcomes.at(-1)]).toEqual([before, 'new']);
  });

  it('and is killed at ten random moments leaves nothing, the old, or the new; and a new write succeeds', async () => {
    const bytes = 2 << 20;
    const directory = scratch();
    const prefix = join(directory, 'model');
    for (let round = 0; round < 10; round++) {
      const target = `${prefix}-${round % 3}`;
      if (before === 'old') await writeOld(target, bytes);
      await writeAndKill(target, bytes, Math.random() * 60);
      await foundAt(target, bytes);
    }
    write(prefix, 1000, NEW);
    expect(await foundAt(prefix, 1000)).toBe('new');
    expect(readFileSync(`${prefix}.index`).length).toBeGreaterThan(48);
  });
});
