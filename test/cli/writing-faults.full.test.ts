/**
 * Commands that write and are killed before any of their calls to the system, run out of room or of handles, or meet a file
 * under two names: the old checkpoint or the new one is there, whole, or the next write gives the old one its names back.
 */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { openCheckpoint, verifyCheckpoint } from '../../src/checkpoints/checkpoint.ts';
import { writeCheckpoint } from '../../src/checkpoints/write-checkpoint.ts';
import { putBack } from '../../src/io/leavings.ts';
import { dtypeOf } from '../../src/tensor/dtype.ts';
import { type Tensor, tensorOfBytes } from '../../src/tensor/tensor.ts';
import { REPOSITORY } from '../fixtures.ts';
import { scratch } from '../scratch.ts';

const BIN = join(REPOSITORY, 'bin', 'ckpt.js');
const KILLER = join(REPOSITORY, 'test', 'cli', 'kill-at.mjs');

const tensorsOf = (prefix: string, count: number, length = 500): Map<string, Tensor> =>
  new Map(
    Array.from({ length: count }, (_, i) => [
      `${prefix}${i}`,
      tensorOfBytes(dtypeOf('uint8'), [length], new Uint8Array(length).fill(i)),
    ]),
  );

/** The names of a checkpoint that is there and sound; undefined where none is there. */
async function namesAt(path: string): Promise<string | undefined> {
  const { tensors, close } = await openCheckpoint(path).catch(() => ({ tensors: undefined, close: () => undefined }));
  if (tensors === undefined) return undefined;
  const names = [...tensors.keys()].join(' ');
  close();
  for await (const { severity, message } of verifyCheckpoint(path)) if (severity === 'damage') throw new Error(message);
  return names;
}

function run(directory: string, args: readonly string[], killAt: number): string {
  const env = { ...process.env, CKPT_KILL_AT: `${killAt}` };
  return spawnSync(process.execPath, ['--import', KILLER, BIN, ...args], { cwd: directory, env }).stderr.toString();
}

interface Written {
  readonly title: string;
  readonly args: readonly string[];
  /** Where it writes, and what is there then. */
  readonly output: string;
  readonly names: string;
}

const OLD = 'o0 o1 o2';
const COMMANDS: readonly Written[] = [
  {
    title: 'rename',
    args: ['rename', 'in', '--add-prefix', 'x', '-o', 'out', '--force'],
    output: 'out',
    names: 'xi0 xi1 xi2 xi3',
  },
  {
    title: 'rename --link',
    args: ['rename', 'in', '--add-prefix', 'x', '-o', 'out', '--force', '--link'],
    output: 'out',
    names: 'xi0 xi1 xi2 xi3',
  },
  {
    title: 'rename --in-place',
    args: ['rename', 'out', '--add-prefix', 'x', '--in-place'],
    output: 'out',
    names: 'xo0 xo1 xo2',
  },
  {
    title: 'subset to as many shards',
    args: ['subset', 'in', 'i*', '--shards', '2', '-o', 'out', '--force'],
    output: 'out',
    names: 'i0 i1 i2 i3',
  },
  {
    title: 'subset to fewer shards',
    args: ['subset', 'in', 'i*', '--shards', '1', '-o', 'out', '--force'],
    output: 'out',
    names: 'i0 i1 i2 i3',
  },
  {
    title: 'convert to V1',
    args: ['convert', 'in', '--to', 'v1', '-o', 'old1', '--force'],
    output: 'old1',
    names: 'i0 i1 i2 i3',
  },
  {
    title: 'convert to safetensors',
    args: ['convert', 'in', '-o', 'old.safetensors', '--force'],
    output: 'old.safetensors',
    names: 'i0 i1 i2 i3',
  },
  {
    title: 'set --in-place',
    args: ['set', 'out', 'n:uint8[2]=zeros', '--in-place'],
    output: 'out',
    names: 'n o0 o1 o2',
  },
  {
    title: 'cast',
    args: ['cast', 'in', '**', '--dtype', 'int16', '-o', 'out', '--force'],
    output: 'out',
    names: 'i0 i1 i2 i3',
  },
  {
    title: 'a salvage',
    args: ['doctor', 'in', '--salvage', '-o', 'out', '--force'],
    output: 'out',
    names: 'i0 i1 i2 i3',
  },
];

describe.each(COMMANDS)('$title', ({ args, output, names }) => {
  it('killed before any of its calls leaves the old or the new', { timeout: 600_000 }, async () => {
    const make = async (): Promise<string> => {
      const directory = scratch();
      await writeCheckpoint(join(directory, 'in'), tensorsOf('i', 4), { shards: 2 });
      await writeCheckpoint(join(directory, 'out'), tensorsOf('o', 3), { shards: 2 });
      await writeCheckpoint(join(directory, 'old1'), tensorsOf('o', 3), { format: 'v1' });
      await writeCheckpoint(join(directory, 'old.safetensors'), tensorsOf('o', 3), { format: 'safetensors' });
      return directory;
    };
    const calls = Number(/calls: (\d+)/.exec(run(await make(), args, -1))?.[1]);
    expect(calls).toBeGreaterThan(8);
    const seen: string[] = [];
    for (let call = 0; call <= calls; call++) {
      const directory = await make();
      run(directory, args, call);
      const path = join(directory, output);
      const found = (await namesAt(path)) ?? (putBack(path) > 0 ? await namesAt(path) : undefined);
      expect([OLD, names], `killed at ${call}`).toContain(found);
      seen.push(found === OLD ? 'old' : 'new');
      expect(await namesAt(join(directory, 'in'))).toBe('i0 i1 i2 i3');
    }
    expect([seen[0], seen.at(-1)]).toEqual(['old', 'new']);
  });
});

it('state --fix, killed before any of its calls, leaves the old state file or the new', {
  timeout: 600_000,
}, async () => {
  const older = 'model_checkpoint_path: "gone"\nall_model_checkpoint_paths: "gone"\n';
  const make = async (): Promise<string> => {
    const directory = scratch();
    await writeCheckpoint(join(directory, 'ckpt-1'), tensorsOf('i', 2));
    writeFileSync(join(directory, 'checkpoint'), older, { mode: 0o600 });
    return directory;
  };
  const args = ['state', '.', '--fix'];
  const stateIn = (directory: string): string => readFileSync(join(directory, 'checkpoint'), 'utf8');
  const whole = await make();
  const calls = Number(/calls: (\d+)/.exec(run(whole, args, -1))?.[1]);
  const newer = stateIn(whole);
  expect([calls > 2, newer]).toEqual([true, expect.stringContaining('"ckpt-1"')]);
  const seen: string[] = [];
  for (let call = 0; call <= calls; call++) {
    const directory = await make();
    run(directory, args, call);
    expect([older, newer], `killed at ${call}`).toContain(stateIn(directory));
    expect(statSync(join(directory, 'checkpoint')).mode & 0o777).toBe(0o600);
    seen.push(stateIn(directory) === older ? 'old' : 'new');
    run(directory, args, -1);
    expect(stateIn(directory)).toBe(newer);
  }
  expect([seen[0], seen.at(-1)]).toEqual(['old', 'new']);
});

describe('a checkpoint of 3,000 shards', () => {
  it('is checked, renamed and converted with 1,024 handles; with too few it is said', {
    timeout: 300_000,
  }, async () => {
    const directory = scratch();
    await writeCheckpoint(join(directory, 'm'), tensorsOf('t', 3000, 50), { shards: 3000 });
    const shell = (handles: number, line: string): { code: number | null; stderr: string } => {
      const { status, stderr } = spawnSync('sh', ['-c', `ulimit -n ${handles}; node ${BIN} ${line}`], {
        cwd: directory,
      });
      return { code: status, stderr: stderr.toString() };
    };
    for (const line of [
      'verify m',
      'doctor m',
      'rename m --add-prefix x/ -o r',
      'convert m --to v1 -o v1',
      "verify 'v1-?????-of-03000'",
    ]) {
      expect(shell(1024, line), line).toMatchObject({ code: 0 });
    }
    const { code, stderr } = shell(24, 'convert m --to v1 -o few');
    if (code !== 0) expect([code, stderr]).toEqual([2, expect.stringContaining('too many open files')]);
    expect(readdirSync(directory).some((name) => name.startsWith('few'))).toBe(code === 0);
  });
});

const isRoot = process.getuid?.() === 0;
let mounted: string | undefined;

/** Mounts where the system allows it. */
function mount(...args: readonly string[]): boolean {
  const done = spawnSync('mount', args).status === 0;
  if (done) mounted = args.at(-1);
  return done;
}

afterEach(() => {
  if (mounted !== undefined) execFileSync('umount', [mounted]);
  mounted = undefined;
});

describe.skipIf(!isRoot)('where file systems can be mounted', () => {
  it('a full disk leaves nothing behind, and the old as it was', async ({ skip }) => {
    const directory = scratch();
    const full = join(directory, 'full');
    mkdirSync(full);
    if (!mount('-t', 'tmpfs', '-o', 'size=300k', 'tmpfs', full)) skip();
    await writeCheckpoint(join(directory, 'in'), tensorsOf('i', 4, 100_000));
    await writeCheckpoint(join(full, 'out'), tensorsOf('o', 3, 100));
    for (const to of ['v2', 'v1', 'safetensors', 'npz']) {
      const before = readdirSync(full);
      const args = ['convert', 'in', '--to', to, '-o', join(full, to === 'v2' ? 'out' : `x.${to}`), '--force'];
      const { status, stderr } = spawnSync(process.execPath, [BIN, ...args], { cwd: directory });
      expect([status, stderr.toString()], to).toEqual([
        2,
        expect.stringContaining('no space left on device; nothing was left'),
      ]);
      expect(readdirSync(full), to).toEqual(before);
    }
    expect(await namesAt(join(full, 'out'))).toBe(OLD);
  });

  it('the input under another name, by a bind mount, is not replaced', async ({ skip }) => {
    const directory = scratch();
    const other = join(directory, 'other');
    mkdirSync(other);
    mkdirSync(join(directory, 'here'));
    await writeCheckpoint(join(directory, 'here', 'm'), tensorsOf('i', 4));
    if (!mount('--bind', join(directory, 'here'), other)) skip();
    const args = ['rename', 'here/m', '--add-prefix', 'x', '-o', 'other/m', '--force'];
    const { status, stderr } = spawnSync(process.execPath, [BIN, ...args], { cwd: directory });
    expect([status, stderr.toString()]).toEqual([2, expect.stringContaining('is what is read')]);
    expect(await namesAt(join(directory, 'here', 'm'))).toBe('i0 i1 i2 i3');
  });
});

it('Ctrl-C is heard while a conversion to V1 is planned', { timeout: 120_000 }, async () => {
  const directory = scratch();
  const length = 60_000_000;
  const tensor = tensorOfBytes(dtypeOf('int32'), [length / 4], new Uint8Array(length).fill(7));
  await writeCheckpoint(join(directory, 'm'), new Map(Array.from({ length: 6 }, (_, i) => [`t${i}`, tensor])));
  const child = spawn(process.execPath, [BIN, 'convert', 'm', '--to', 'v1', '-o', 'out'], { cwd: directory });
  await new Promise((resolve) => setTimeout(resolve, 700));
  child.kill('SIGINT');
  const code = await new Promise((resolve) => child.once('close', (status, signal) => resolve(status ?? signal)));
  expect([130, 'SIGINT']).toContain(code);
  expect(readdirSync(directory).filter((name) => !name.startsWith('m.'))).toEqual([]);
});

it('an input that grows or is replaced while it is copied is refused', { timeout: 120_000 }, async () => {
  for (const change of ['grows', 'is replaced'] as const) {
    const directory = scratch();
    await writeCheckpoint(join(directory, 'm'), tensorsOf('t', 60, 5_000_000));
    const child = spawn(process.execPath, [BIN, 'subset', 'm', '**', '-o', 'out'], { cwd: directory });
    const errors: Buffer[] = [];
    child.stderr.on('data', (bytes) => errors.push(bytes));
    while (!readdirSync(directory).some((name) => name.includes('.tempstate'))) {
      if (child.exitCode !== null) break;
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    const data = join(directory, 'm.data-00000-of-00001');
    if (change === 'grows') writeFileSync(data, 'more', { flag: 'a' });
    else {
      copyFileSync(data, `${data}.new`);
      writeFileSync(`${data}.new`, readFileSync(data));
      execFileSync('mv', [`${data}.new`, data]);
    }
    const code = await new Promise((resolve) => child.once('close', resolve));
    const said = Buffer.concat(errors).toString();
    if (code === 0) continue; // it had ended before
    expect(said).toMatch(/m\.data-00000-of-00001 (changed from|was replaced)/);
    expect(readdirSync(directory).some((name) => name.startsWith('out'))).toBe(false);
  }
});
