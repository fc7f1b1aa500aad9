/** A Magenta bundle is a V1 checkpoint and its graph in one file: every command reads it as if the two lay side by side. */
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { field } from '../other-frameworks.ts';
import { ckpt, FIXTURES, lines, type Run } from './run.ts';

let folder: string;
const at = (name: string): string => join(folder, name);
const run = (...args: string[]): Run => ckpt(args, { cwd: folder });
const NOTE = lines('ckpt: net.mag is a Magenta bundle of attention_rnn; the V1 checkpoint in it is read');

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ckpt-magenta-'));
  const source = join(FIXTURES, 'graphs/tf1-ref-variables/model.ckpt');
  expect(ckpt(['convert', source, '--to', 'v1', '-o', at('plain'), '--quiet']).code).toBe(0);
  copyFileSync(`${source}.meta`, at('plain.meta'));
  const details = field(1, Buffer.concat([field(1, 'attention_rnn'), field(2, 'Melody RNN')]));
  const parts = [details, field(2, readFileSync(at('plain'))), field(3, readFileSync(at('plain.meta')))];
  writeFileSync(at('net.mag'), Buffer.concat([...parts, field(4, field(1, 'of a test'))]));
  writeFileSync(at('two.mag'), Buffer.concat([details, parts[1] as Buffer, parts[1] as Buffer]));
  const whole = readFileSync(at('net.mag'));
  writeFileSync(at('cut.mag'), whole.subarray(0, 400));
  const flipped = Buffer.from(whole);
  const place = details.length + 400;
  flipped[place] = (flipped[place] as number) ^ 1;
  writeFileSync(at('flipped.mag'), flipped);
});
afterAll(() => rmSync(folder, { recursive: true }));

/** What is printed, with the name of the bundle for that of the file. */
const asBundle = (text: string): string => text.replace(/\bplain(\.meta)?\b/g, 'net.mag');

describe('a bundle', () => {
  it.each([
    ['list', []],
    ['tree', []],
    ['list', ['--trainable']],
    ['list', ['--json']],
    ['list', ['--sha256', '--names']],
    ['stats', []],
  ])('is read as the checkpoint beside its graph: %s %j', (command, options) => {
    const plain = run(command, 'plain', ...options);
    expect(plain.code).toBe(0);
    expect(run(command, 'net.mag', ...options)).toEqual({
      stdout: asBundle(plain.stdout),
      stderr: NOTE + asBundle(plain.stderr),
      code: 0,
    });
  });

  it('says what is declared in it', () => {
    const { tensors } = JSON.parse(run('list', 'net.mag', '--json').stdout);
    expect(tensors[0]).toMatchObject({ evidence: 'declared' });
  });

  it('prints the same values', () => {
    const names = run('list', 'plain', '--names').stdout.trimEnd().split('\n');
    for (const name of names) expect(run('print', 'net.mag', name).stdout).toBe(run('print', 'plain', name).stdout);
  });

  it('is converted, and the result is the same', () => {
    const { stdout, stderr, code } = run('convert', 'net.mag', '--to', 'v2', '-o', 'out');
    expect({ stdout, code }).toEqual({ stdout: lines('out'), code: 0 });
    expect(stderr).toContain('ckpt: the graph in net.mag stays behind: ckpt list out --graph net.mag asks it\n');
    expect(run('convert', 'plain', '--to', 'v2', '-o', 'same')).toMatchObject({ code: 0 });
    expect(run('diff', 'out', 'same', '--values').code).toBe(0);
    expect(readFileSync(at('out.index'))).toEqual(readFileSync(at('same.index')));
  });

  it('tells the graph of another checkpoint', () => {
    const told = JSON.parse(run('list', 'out', '--graph', 'net.mag', '--json').stdout);
    expect(told.tensors[0]).toMatchObject({ evidence: 'declared' });
  });

  it('is sound, and says where it is not', () => {
    expect(run('verify', 'net.mag')).toMatchObject({ code: 0 });
    expect(run('doctor', 'net.mag').stdout).toMatch(/^net\.mag: healthy: a V1 checkpoint of /);
    expect(run('verify', 'flipped.mag')).toEqual({
      stdout: lines('flipped.mag: data block at 0: the checksum does not match [index-damaged]'),
      stderr: lines('flipped.mag: damaged: 1 finding; ckpt doctor flipped.mag says what helps'),
      code: 1,
    });
  });

  it('is not replaced by its checkpoint alone', () => {
    const refused = {
      stdout: '',
      stderr: `${NOTE}${lines('ckpt: net.mag is a Magenta bundle, which holds more than its checkpoint; write a new checkpoint with -o')}`,
      code: 2,
    };
    const before = readFileSync(at('net.mag'));
    expect(run('rename', 'net.mag', '--add-prefix', 'x/', '--in-place')).toEqual(refused);
    expect(readFileSync(at('net.mag'))).toEqual(before);
  });
});

describe('a bundle that cannot be read', () => {
  it('is named', () => {
    const message = 'cut.mag is a Magenta bundle (.mag) whose checkpoint is damaged or cut off; get the bundle again';
    expect(run('list', 'cut.mag')).toEqual({ stdout: '', stderr: lines(`ckpt: ${message}`), code: 2 });
    expect(run('doctor', 'cut.mag')).toMatchObject({ stderr: '', code: 1 });
    expect(run('doctor', 'cut.mag').stdout).toContain('[magenta]');
  });

  it('of two checkpoints is refused', () => {
    const message = 'two.mag is a Magenta bundle of 2 checkpoints; this version reads those of one';
    expect(run('list', 'two.mag')).toEqual({ stdout: '', stderr: lines(`ckpt: ${message}`), code: 2 });
  });
});
