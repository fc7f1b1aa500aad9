/**
 * An attacker of the project's own: checkpoints, and what lies beside them, with checksums that are right and content that
 * lies, through every command. Whatever comes, a command ends with 0, 1 or 2, says what is wrong in words, reads no more than a
 * few times what there is, writes valid JSON and nothing that a terminal obeys, and changes nothing that it read; what it
 * writes is sound. What TensorFlow reads too has the same values.
 *
 * A failure names its seed: `CKPT_ATTACK_SEED=123 npx vitest run --config vitest.full.config.ts test/attack` runs that case alone.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ckpt, ckptOnTerminal, type Run } from '../cli/run.ts';
import { NO_PYTHON, PYTHON, python } from '../python.ts';
import { scratch } from '../scratch.ts';
import { bundle, type Files, table } from './bundles.ts';
import { Chance, ESCAPE } from './chance.ts';
import { type Attacked, READING, WRITING } from './commands.ts';
import { FOREIGN, foreign } from './foreign.ts';
import { ofObjects, savedModel, withMeta, withState } from './surroundings.ts';

const FIRST_SEED = 20_261_128;
const ALONE = process.env.CKPT_ATTACK_SEED === undefined ? undefined : Number(process.env.CKPT_ATTACK_SEED);
/** Of each kind; each goes through all commands that read, and some that write. */
const CASES = 80;
const WRITES = 4;

interface KindOfAttack {
  readonly make: (chance: Chance) => Files;
  /** What the commands are given. */
  readonly path: string;
}

const KINDS: Readonly<Record<string, KindOfAttack>> = {
  bundles: { make: (chance) => bundle('m', chance), path: 'm' },
  'V1 tables': { make: (chance) => table('m', chance), path: 'm' },
  'V1 shards': {
    make: (chance) => ({ ...table('m-00000-of-00002', chance), ...table('m-00001-of-00002', chance) }),
    path: 'm',
  },
  'object graphs': { make: (chance) => ofObjects('m', chance), path: 'm' },
  '.meta files': { make: (chance) => withMeta('m', chance), path: 'm' },
  SavedModels: { make: (chance) => savedModel('saved', chance), path: 'saved' },
  'state files': { make: (chance) => withState('run', chance), path: 'run' },
  ...Object.fromEntries(
    FOREIGN.map((path) => [`the format of ${path}`, { make: (chance) => foreign(path, chance), path }]),
  ),
};

const seedsOf = (kind: string, count: number): number[] => {
  const first = FIRST_SEED + 1000 * Object.keys(KINDS).indexOf(kind);
  const seeds = Array.from({ length: count }, (_, i) => first + i);
  return ALONE === undefined ? seeds : seeds.filter((seed) => seed === ALONE);
};

function written(files: Files): string {
  const directory = scratch();
  for (const [name, bytes] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, name)), { recursive: true });
    writeFileSync(join(directory, name), bytes);
  }
  return directory;
}

/** Every file of a directory, by its name. */
const filesIn = (directory: string): string[] =>
  readdirSync(directory, { recursive: true })
    .map(String)
    .filter((name) => statSync(join(directory, name)).isFile())
    .sort();

const contentOf = (directory: string): Map<string, string> =>
  new Map(filesIn(directory).map((name) => [name, readFileSync(join(directory, name)).toString('latin1')]));

const STACK = /^\s+at .*:\d+:\d+\)?$/m;
/** What we write to a terminal ourselves: colours, and the line of the progress erased. */
const OURS = /\x1b\[[\d;]*m|\x1b\[\d*[KGA]|\x1b\[\?25[lh]|\r/g;
const RAW = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069]/;
/** Commands read a file several times over; some bytes are read for nothing, in buffers. */
const MOST_READ = 1 << 24;
const MOST_MEMORY = 1 << 30;

function checkRun({ stdout, stderr, code, bytesRead = 0 }: Run, json: boolean | undefined): void {
  expect([0, 1, 2], stderr).toContain(code);
  expect(stderr).not.toMatch(STACK);
  if (code === 2) expect(stderr).toMatch(/^ckpt: |\n/);
  if (json === true && stdout !== '') JSON.parse(stdout);
  expect(bytesRead).toBeLessThan(MOST_READ);
  expect(process.memoryUsage.rss()).toBeLessThan(MOST_MEMORY);
}

function checkTerminal({ stdout, code }: Run): void {
  expect([0, 1, 2], stdout).toContain(code);
  expect(stdout).not.toContain(ESCAPE);
  expect(RAW.exec(stdout.replace(OURS, ''))?.[0]).toBeUndefined();
}

/** What went wrong, each with its seed and command. */
class Harm {
  readonly found: string[] = [];

  during(what: string, action: () => void): void {
    try {
      action();
    } catch (error) {
      this.found.push(`${what}: ${error instanceof Error ? error.message : error}`);
    }
  }
}

/** A tensor of the checkpoint whose name stands for itself in a pattern. */
function someName(path: string, cwd: string): string {
  const names = ckpt(['list', path, '--names'], { cwd }).stdout.split('\n');
  return names.find((name) => /^[a-z0-9_/]+$/i.test(name)) ?? 'a';
}

function attackWriting({ args, json }: Attacked, path: string, name: string, cwd: string): void {
  const before = contentOf(cwd);
  const line = [...args(path, name), '-o', 'out'];
  const run = ckpt(line, { cwd, counted: true });
  checkRun(run, json);
  const after = contentOf(cwd);
  for (const [file, content] of before) expect(after.get(file) === content, `${file} changed`).toBe(true);
  const made = [...after.keys()].filter((file) => !before.has(file));
  if (run.code === 2) expect(made, 'left behind').toEqual([]);
  else if (run.code === 0 && made.length > 0) {
    const check = ckpt(['verify', made.some((file) => /^out(\.index$|\/)/.test(file)) ? 'out' : (made[0] as string)], {
      cwd,
    });
    expect(check.code, `what was written: ${check.stdout}${check.stderr}`).toBe(0);
  }
  for (const file of made) rmSync(join(cwd, file));
}

describe('what an attacker makes', () => {
  it.each(Object.entries(KINDS))('of %s does no harm in any command', { timeout: 300_000 }, (kind, { make, path }) => {
    const harm = new Harm();
    for (const seed of seedsOf(kind, kind.includes('format') ? CASES / 2 : CASES)) {
      const chance = new Chance(seed);
      const cwd = written(make(chance));
      const before = contentOf(cwd);
      const name = someName(path, cwd);
      for (const { args, json } of READING) {
        const line = args(path, name);
        harm.during(`seed ${seed}, ckpt ${line.join(' ')}`, () => checkRun(ckpt(line, { cwd, counted: true }), json));
      }
      for (const { args } of [chance.of(READING), chance.of(READING), chance.of(READING)]) {
        const line = args(path, name);
        harm.during(`seed ${seed}, on a terminal, ckpt ${line.join(' ')}`, () =>
          checkTerminal(ckptOnTerminal(80, line, { cwd })),
        );
      }
      harm.during(`seed ${seed}`, () => expect(contentOf(cwd)).toEqual(before));
      for (let i = 0; i < WRITES; i++) {
        const command = chance.of(WRITING);
        harm.during(`seed ${seed}, ckpt ${command.args(path, name).join(' ')}`, () =>
          attackWriting(command, path, name, cwd),
        );
      }
    }
    expect(harm.found.length, harm.found.slice(0, 10).join('\n')).toBe(0);
  });
});

/** Dtypes of which TensorFlow’s arrays and our content have the same bytes; a bool that is neither 0 nor 1 becomes 1 there. */
const SAME_BYTES = /^(?:float(?:16|32|64)|u?int(?:8|16|32|64)|complex(?:64|128)|string|bfloat16)$/;

it.skipIf(PYTHON === undefined)(`no value is another than TensorFlow reads${NO_PYTHON}`, { timeout: 300_000 }, () => {
  const cases = ['bundles', 'V1 tables', 'object graphs'].flatMap((kind) =>
    seedsOf(kind, 40).map((seed) => ({ seed, cwd: written((KINDS[kind] as KindOfAttack).make(new Chance(seed))) })),
  );
  const paths = cases.map(({ cwd }) => join(cwd, 'm'));
  const answers = python('attack.py', [], { paths }) as (Record<string, string | null> | null)[];
  let compared = 0;
  for (const [i, { seed, cwd }] of cases.entries()) {
    const { stdout, code } = ckpt(['list', 'm', '--sha256', '--json'], { cwd });
    if (code === 2 || stdout === '' || answers[i] === null) continue;
    const { tensors } = JSON.parse(stdout) as { tensors: { name: string; dtype: string; sha256?: string }[] };
    for (const { name, dtype, sha256 } of tensors) {
      const theirs = answers[i]?.[name];
      if (sha256 === undefined || typeof theirs !== 'string' || !SAME_BYTES.test(dtype)) continue;
      expect(sha256, `seed ${seed}, tensor ${name}`).toBe(theirs);
      compared++;
    }
  }
  if (ALONE === undefined) expect(compared).toBeGreaterThan(20);
});
