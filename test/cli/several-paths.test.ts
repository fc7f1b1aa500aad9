/** `verify` and `info` of several paths; and `verify` and dry runs where hundreds of lines are one thing. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { tensorFrom, writeCheckpoint } from '../../src/index.ts';
import { verifyDocument } from './documents.ts';
import { ckpt, lines } from './run.ts';
import { type Folder, folderWith } from './surgery-folder.ts';

const LAYERS = 100;
const data = (prefix: string): string => `${prefix}.data-00000-of-00001`;
let folder: Folder;
const run = (...args: string[]) => folder.ckpt(args);

/** A checkpoint of two tensors of 16 bytes a layer, with its data spoilt. */
async function model(prefix: string, spoil: (bytes: Uint8Array) => Uint8Array = (bytes) => bytes): Promise<void> {
  const names = Array.from({ length: LAYERS }, (_, i) => [`layer_${i}/w`, `layer_${i}/b`]).flat();
  const tensors = new Map(names.map((name, i) => [name, tensorFrom(Float32Array.of(i, 1, 2, 3))]));
  const path = join(folder.path, prefix);
  await writeCheckpoint(path, tensors);
  writeFileSync(data(path), spoil(readFileSync(data(path))));
}

beforeAll(async () => {
  folder = folderWith();
  await model('good');
  await model('long', (bytes) => Buffer.concat([bytes, Buffer.alloc(5000)]));
  await model('cut', (bytes) => bytes.subarray(0, 1000));
  await model('flipped', (bytes) => bytes.map((byte, i) => (i % 16 === 0 && i < 320 ? byte ^ 1 : byte)));
});

const SOUND = 'good: sound: 200 tensors, 3.13 KiB checked';
const damaged = (prefix: string, findings: number): string =>
  `${prefix}: damaged: ${findings} findings; ckpt doctor ${prefix} says what helps`;

describe('verify of one cut file', () => {
  it('says one thing', () => {
    const { stdout, stderr, code } = run('verify', 'cut');
    expect(stdout.split('\n')).toHaveLength(2);
    expect(stdout).toMatch(
      /^cut\.data-00000-of-00001: the file is cut off: it has 1000 bytes and needs 3200, so the last 2200 are missing; 138 tensors are not whole: layer_\{[\d.,]+\}\/\w \(\d+ alike\), layer_\{[\d.,]+\}\/\w \(\d+ alike\) \[outside-file\]\n$/,
    );
    expect({ stderr, code }).toEqual({ stderr: lines(damaged('cut', 138)), code: 1 });
  });

  it('has every finding with --verbose and --json', () => {
    expect(run('verify', 'cut', '--verbose').stdout.split('\n')).toHaveLength(139);
    const document = JSON.parse(run('verify', 'cut', '--json').stdout);
    verifyDocument(document);
    expect(document.findings).toHaveLength(138);
  });
});

describe('verify of many alike', () => {
  it('tells the first, and counts the others', () => {
    const { stdout } = run('verify', 'flipped');
    const [first, rest, end] = stdout.split('\n');
    expect(first).toMatch(
      /^flipped\.data-00000-of-00001 at 0: tensor \S+: its bytes do not match .* \[tensor-checksum\]$/,
    );
    expect(rest).toMatch(
      /^flipped\.data-00000-of-00001: and 19 more like it: layer_\{.*\}\/\w \(\d+ alike\).* \[tensor-checksum\]$/,
    );
    expect(end).toBe('');
  });
});

describe('verify of several paths', () => {
  it('has a verdict for each, and the worst exit code', () => {
    expect(run('verify', 'good', 'good.index')).toEqual({ stdout: lines(SOUND, SOUND), stderr: '', code: 0 });
    const two = run('verify', 'cut', 'good');
    expect(two).toMatchObject({ stderr: lines(damaged('cut', 138)), code: 1 });
    expect(two.stdout).toMatch(/^cut\.data.*\ngood: sound: .*\n$/);
  });

  it('goes on after one that cannot be looked at', () => {
    expect(run('verify', 'nothing.here', 'good')).toEqual({
      stdout: lines(SOUND),
      stderr: run('verify', 'nothing.here').stderr,
      code: 2,
    });
    expect(run('verify', 'good', 'nothing.here', 'cut').code).toBe(2);
  });

  it('is one document', () => {
    const { stdout, code } = run('verify', 'cut', 'nothing.here', 'good', '--json');
    const document = JSON.parse(stdout);
    expect(code).toBe(2);
    expect(document).toMatchObject({
      ok: false,
      checkpoints: [{ path: 'cut', ok: false }, {}, { path: 'good', ok: true }],
    });
    verifyDocument(document);
    expect(document.checkpoints[1]).toEqual({
      schemaVersion: 1,
      path: 'nothing.here',
      ok: false,
      error: { code: 'NOT_A_CHECKPOINT', message: expect.stringMatching(/^there is no checkpoint at nothing\.here: /) },
    });
    verifyDocument(document.checkpoints[0]);
    verifyDocument(document.checkpoints[2]);
    expect(JSON.parse(run('verify', 'good', 'good', '--json').stdout).ok).toBe(true);
  });

  it('takes one of them from stdin', () => {
    expect(ckpt(['verify', 'good', '-'], { cwd: folder.path, stdin: 'good\n' })).toMatchObject({ code: 0 });
  });
});

describe('info of several paths', () => {
  it('tells each, with a line between', () => {
    const [good, cut] = [run('info', 'good'), run('info', 'cut')];
    expect(run('info', 'good', 'cut')).toEqual({
      stdout: `${good.stdout}\n${cut.stdout}`,
      stderr: good.stderr + cut.stderr,
      code: 0,
    });
  });

  it('goes on after one that cannot be opened, and is one document', () => {
    expect(run('info', 'nothing.here', 'good')).toEqual({
      stdout: run('info', 'good').stdout,
      stderr: run('info', 'nothing.here').stderr,
      code: 2,
    });
    const { checkpoints } = JSON.parse(run('info', 'good', 'nothing.here', '--json').stdout);
    expect(checkpoints[0]).toEqual(JSON.parse(run('info', 'good', '--json').stdout));
    expect(checkpoints[1]).toMatchObject({ path: 'nothing.here', ok: false });
  });
});

describe('a dry run', () => {
  const files = (bytes: string): string[] => [
    'files:',
    `  ${bytes}  out.data-00000-of-00001 copied`,
    `${' '.repeat(bytes.length + 4)}out.index written`,
  ];

  it('folds names that differ in their numbers alone', () => {
    expect(run('rename', 'good', '--add-prefix', 'net/', '-o', 'out', '--dry-run').stdout).toBe(
      lines(
        'renamed: 200',
        '  layer_{0..99}/b -> net/layer_{0..99}/b (100 alike)',
        '  layer_{0..99}/w -> net/layer_{0..99}/w (100 alike)',
        'unchanged: 0',
        ...files('3.13 KiB'),
        '200 tensors, 3.13 KiB: 3.13 KiB to copy',
      ),
    );
    expect(run('drop', 'good', '**/b', '-o', 'out', '--dry-run').stdout).toBe(
      lines(
        'left out: 100',
        '  layer_{0..99}/b  16 B (100 alike)',
        'unchanged: 100',
        ...files('1.56 KiB'),
        '100 tensors, 1.56 KiB: 1.56 KiB to copy; 1.56 KiB left out',
      ),
    );
  });

  it('tells each with --verbose, and in its document', () => {
    const args = ['rename', 'good', '--add-prefix', 'net/', '-o', 'out', '--dry-run'];
    expect(run(...args, '--verbose').stdout).toContain('\n  layer_7/b -> net/layer_7/b\n');
    expect(JSON.parse(run(...args, '--json').stdout).renamed).toHaveLength(200);
  });
});

describe('a data file of another length than its tensors need', () => {
  const note = (prefix: string, what: string): string =>
    `ckpt: ${data(prefix)} is ${what}; ckpt doctor ${prefix} says more`;

  it.each(['list', 'info'])('is told by %s, on stderr', (command) => {
    const shorter = note('cut', 'shorter than its tensors need: 1000 bytes for 3200');
    const longer = note('long', 'longer than its tensors need: 8200 bytes for 3200');
    for (const [prefix, text] of [
      ['cut', shorter],
      ['long', longer],
    ] as const) {
      const { stderr, code } = run(command, prefix, '--json');
      expect({ stderr, code }).toEqual({ stderr: lines(text), code: 0 });
      expect(run(command, prefix, '-q').stderr).toBe('');
    }
    expect(run(command, 'good', '--json').stderr).toBe('');
    expect(ckpt([command, 'v2/aligned-64/model.ckpt', '--json']).stderr).toBe('');
  });

  it.each(['list', 'info'])('is told by %s of parts, and of a step that is cut off', (command) => {
    const folder = folderWith('v2/partitioned/parts.ckpt', 'state/diverging/model.ckpt-1');
    for (const [prefix, bytes] of [
      ['parts.ckpt', 1],
      ['parts.ckpt', -9],
      ['model.ckpt-1', -1],
    ] as const) {
      const path = join(folder.path, `${prefix}.data-00000-of-00001`);
      const before = readFileSync(path);
      writeFileSync(path, bytes > 0 ? Buffer.concat([before, Buffer.alloc(bytes)]) : before.subarray(0, bytes));
      const { stderr, code } = folder.ckpt([command, prefix, '--json']);
      expect([code, stderr]).toEqual([0, expect.stringContaining(bytes > 0 ? 'is longer than' : 'is shorter than')]);
      writeFileSync(path, before);
    }
  });

  it('is told of what is listed in part, too', () => {
    expect(run('list', 'cut', 'layer_0/', '--tsv').stderr).toMatch(/^ckpt: cut\.data-00000-of-00001 is shorter/);
  });
});
