/** `ckpt state`: what the state file says and what is there; well or not, as an exit code; and the repair. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { TestDirectory } from '../checkpoints/directories.ts';
import { ckpt, lines, shell } from './run.ts';

const run = (): TestDirectory => new TestDirectory();

/** Two checkpoints and a state file from elsewhere, which names a third. */
const moved = (): TestDirectory => run().save('m-1').save('m-2').state('/far/m-3', ['/far/m-2', '/far/m-3']);

const MOVED_FIXED = lines('model_checkpoint_path: "m-2"', 'all_model_checkpoint_paths: "m-2"');

describe('state', () => {
  it('shows what is listed, when it was saved, and that all is well', () => {
    expect(ckpt(['state', 'state/manager'])).toEqual({
      stdout: lines(
        'state/manager/checkpoint: latest ckpt-5, 2 listed, 1 not listed, last kept for good 2020-09-13 13:30:00Z',
        'checkpoint  saved                 format   size  status',
        'ckpt-4      2020-09-13 14:33:20Z  V2      462 B',
        'ckpt-5      2020-09-13 15:05:00Z  V2      462 B  latest',
        'ckpt-2                            V2      462 B  not listed',
        'note: state/manager/ckpt-2 is not listed [unlisted]',
      ),
      stderr: '',
      code: 0,
    });
  });

  it('says what is wrong, and the command that repairs it', () => {
    expect(ckpt(['state', 'run'], { cwd: join(moved().path, '..') })).toEqual({
      stdout: lines(
        'run/checkpoint: latest /far/m-3, 2 listed, 1 not listed',
        'checkpoint  format   size  status',
        '/far/m-2    V2      196 B  moved here',
        '/far/m-3                   latest, gone',
        'm-1         V2      196 B  not listed',
        '/far/m-2 is not there, but run/m-2 is [moved]',
        '/far/m-3 is not there [gone]',
        'note: run/m-1 is not listed [unlisted]',
      ),
      stderr: lines('run/checkpoint: 2 findings; to repair: ckpt state run --fix'),
      code: 1,
    });
  });

  it('takes the state file itself, whatever its name, and a path from stdin', () => {
    const best = 'state/saver-relative/best_checkpoint';
    const { stdout, code } = ckpt(['state', best]);
    expect({ first: stdout.split('\n')[0], code }).toEqual({
      first: `${best}: latest model.ckpt-5, 1 listed, 2 not listed`,
      code: 0,
    });
    expect(ckpt(['state', '-'], { stdin: `${best}\n` })).toEqual({ stdout, stderr: '', code });
  });

  it('gives one document with --json', () => {
    const { stdout, stderr, code } = ckpt(['state', 'run', '--json'], { cwd: join(moved().path, '..') });
    expect({ stderr, code }).toEqual({ stderr: '', code: 1 });
    const found = { format: 'v2', bytes: 196, problem: null };
    expect(JSON.parse(stdout)).toEqual({
      schemaVersion: 1,
      path: 'run',
      resolved: 'run/checkpoint',
      directory: 'run',
      ok: false,
      latest: '/far/m-3',
      lastPreserved: null,
      listed: [
        { path: '/far/m-2', latest: false, place: 'moved', timestamp: null, resolved: 'run/m-2', step: 2, ...found },
        {
          path: '/far/m-3',
          latest: true,
          place: 'gone',
          timestamp: null,
          resolved: null,
          format: null,
          step: null,
          bytes: null,
          problem: null,
        },
      ],
      unlisted: [{ resolved: 'run/m-1', step: 1, ...found }],
      leftovers: [],
      findings: [
        { kind: 'moved', severity: 'wrong', message: '/far/m-2 is not there, but run/m-2 is', path: '/far/m-2' },
        { kind: 'gone', severity: 'wrong', message: '/far/m-3 is not there', path: '/far/m-3' },
        { kind: 'unlisted', severity: 'note', message: 'run/m-1 is not listed', path: 'run/m-1' },
      ],
      repair: 'ckpt state run --fix',
    });
  });

  it('escapes what a file says before a terminal sees it', () => {
    const { path } = run().save('m-1').state('\x1b[31mred', ['m-1']);
    const { stdout, stderr } = ckpt(['state', path]);
    expect(stdout + stderr).not.toContain('\x1b');
    expect(stdout).toContain('\\x1b[31mred is not there [gone]\n');
    const fixed = ckpt(['state', path, '--fix', '--dry-run']);
    expect(fixed.stdout + fixed.stderr).not.toContain('\x1b');
  });

  it('ends with 2 where it cannot look', () => {
    const { path } = run();
    expect(ckpt(['state', path])).toEqual({
      stdout: '',
      stderr: lines(`ckpt: ${path} is a directory without a checkpoint: no state file, no .index, no SavedModel`),
      code: 2,
    });
    expect(ckpt(['state', `${path}/none`])).toMatchObject({ stdout: '', code: 2 });
    expect(ckpt(['state', 'state/manager', '--all'])).toEqual({
      stdout: '',
      stderr: lines('ckpt: --all says how to repair: add --fix'),
      code: 2,
    });
  });
});

describe('state --fix', () => {
  it('writes the file anew, says what changed, and gives its path', () => {
    const { path } = moved();
    const cwd = join(path, '..');
    expect(ckpt(['state', 'run', '--fix', '--dry-run'], { cwd })).toEqual({
      stdout: MOVED_FIXED,
      stderr: lines(
        'run/checkpoint: 1 made relative, 1 taken out; latest m-2',
        'ckpt: nothing was written, because of --dry-run',
      ),
      code: 0,
    });
    expect(readFileSync(join(path, 'checkpoint'), 'utf8')).toContain('/far/m-3');
    expect(ckpt(['state', 'run', '--fix'], { cwd })).toEqual({
      stdout: lines('run/checkpoint'),
      stderr: lines('run/checkpoint: 1 made relative, 1 taken out; latest m-2'),
      code: 0,
    });
    expect(readFileSync(join(path, 'checkpoint'), 'utf8')).toBe(MOVED_FIXED);
    expect(ckpt(['state', 'run'], { cwd })).toMatchObject({ stderr: '', code: 0 });
    expect(ckpt(['state', 'run', '--fix'], { cwd })).toEqual({
      stdout: lines('run/checkpoint'),
      stderr: lines('run/checkpoint: nothing to repair'),
      code: 0,
    });
    expect(existsSync(join(path, 'm-1.index'))).toBe(true);
  });

  it('makes a missing file, of all that is there', () => {
    const { path } = run().save('m-9').save('m-10').save('m-1');
    const cwd = join(path, '..');
    expect(ckpt(['state', 'run'], { cwd })).toMatchObject({
      stdout: expect.stringContaining(
        'there is no state file, so TensorFlow finds no latest checkpoint [no-state-file]\n',
      ),
      code: 1,
    });
    expect(ckpt(['state', 'run/checkpoint', '--fix', '--json'], { cwd })).toEqual({
      stdout: lines(
        '{"schemaVersion":1,"path":"run/checkpoint","resolved":"run/checkpoint","written":true,"changed":true,"state":{"latest":"m-10","all":["m-1","m-9","m-10"],"timestamps":[]},"ok":true}',
      ),
      stderr: lines('run/checkpoint: 3 put in; latest m-10'),
      code: 0,
    });
    expect(shell('ckpt state run --fix -q --set-latest m-9 && ckpt latest run', { cwd })).toEqual({
      stdout: lines('run/checkpoint', 'run/m-9'),
      stderr: '',
      code: 0,
    });
  });

  it('ends with 2, and writes nothing, where nothing usable is left', () => {
    const { path } = run().state('m-1', ['m-1']);
    const before = readFileSync(join(path, 'checkpoint'));
    expect(ckpt(['state', path, '--fix'])).toEqual({
      stdout: '',
      stderr: lines(`ckpt: ${path} holds no checkpoint that can be used, so there is nothing for a state file to name`),
      code: 2,
    });
    expect(readFileSync(join(path, 'checkpoint'))).toEqual(before);
  });
});
