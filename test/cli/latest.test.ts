/** `ckpt latest`: the newest checkpoint that can be used, as a path for other commands. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { TestDirectory } from '../checkpoints/directories.ts';
import { ckpt, ckptOnTerminal, HAS_TERMINAL, lines, shell, terminalTitle } from './run.ts';

const DIVERGING = 'state/diverging';

describe('latest', () => {
  it('is what the state file says, while it can be used', () => {
    expect(ckpt(['latest', DIVERGING])).toEqual({ stdout: lines(`${DIVERGING}/model.ckpt-3`), stderr: '', code: 0 });
    expect(ckpt(['latest', `${DIVERGING}/checkpoint`]).stdout).toBe(lines(`${DIVERGING}/model.ckpt-3`));
  });

  it('chains', () => {
    expect(shell(`ckpt list "$(ckpt latest ${DIVERGING})" --names`)).toEqual({
      stdout: lines('dense/bias', 'dense/kernel'),
      stderr: '',
      code: 0,
    });
    expect(shell(`ckpt latest ${DIVERGING} | ckpt list - --names`).stdout).toBe(lines('dense/bias', 'dense/kernel'));
  });

  it('with --finite is the newest without NaN, and says where the others have it', () => {
    expect(ckpt(['latest', DIVERGING, '--finite'])).toEqual({
      stdout: lines(`${DIVERGING}/model.ckpt-1`),
      stderr: lines(
        `ckpt: ${DIVERGING}/model.ckpt-3: dense/kernel[1,2] is nan (float32)`,
        `ckpt: ${DIVERGING}/model.ckpt-2: dense/bias[1] is -inf (float32)`,
        `ckpt: using ${DIVERGING}/model.ckpt-1, the next one that ${DIVERGING}/checkpoint lists`,
      ),
      code: 0,
    });
    expect(ckpt(['latest', DIVERGING, '--finite', '-q']).stderr).toBe('');
  });

  it('gives one document with --json', () => {
    expect(ckpt(['latest', DIVERGING, '--finite', '--json', '-q'])).toEqual({
      stdout: lines(
        `{"schemaVersion":1,"path":"${DIVERGING}","resolved":"${DIVERGING}/model.ckpt-1","format":"v2","step":1,"source":"listed","rejected":[{"path":"${DIVERGING}/model.ckpt-3","reason":"dense/kernel[1,2] is nan (float32)"},{"path":"${DIVERGING}/model.ckpt-2","reason":"dense/bias[1] is -inf (float32)"}],"ok":true}`,
      ),
      stderr: '',
      code: 0,
    });
  });

  it('follows a path that is stale to the checkpoint beside the state file', () => {
    const folder = 'state/saver-absolute';
    expect(ckpt(['latest', folder])).toEqual({
      stdout: lines(`${folder}/model.ckpt-30`),
      stderr: lines(
        `ckpt: ${folder}/checkpoint points to /tmp/ckpt-fixtures/model.ckpt-30, which is gone; using ${folder}/model.ckpt-30 beside it`,
      ),
      code: 0,
    });
  });

  it.skipIf(!HAS_TERMINAL)(terminalTitle('escapes a path on a terminal, and only there'), () => {
    const { path } = new TestDirectory().save('m\x1b[31m-1').state('m\\033[31m-1', ['m\\033[31m-1']);
    const cwd = join(path, '..');
    expect(ckpt(['latest', 'run'], { cwd }).stdout).toBe(lines('run/m\x1b[31m-1'));
    expect(ckptOnTerminal(80, ['latest', 'run'], { cwd }).stdout).toBe(lines('run/m\\x1b[31m-1'));
  });

  it('passes over what cannot be used, and goes to the disk where the list ends', () => {
    const { path } = new TestDirectory()
      .save('m-1')
      .save('m-2')
      .save('m-3')
      .remove('m-3.data-00000-of-00001')
      .state('/far/m-4', ['/far/m-3', '/far/m-4']);
    expect(ckpt(['latest', 'run'], { cwd: join(path, '..') })).toEqual({
      stdout: lines('run/m-2'),
      stderr: lines(
        'ckpt: /far/m-4: it is not there',
        'ckpt: run/m-3: its data file m-3.data-00000-of-00001 is missing',
        'ckpt: using run/m-2, the newest in the directory by step and time',
      ),
      code: 0,
    });
  });

  it('ends with 1 where there is none, and with 2 where it cannot look', () => {
    const { path } = new TestDirectory().save('m-3', 'diverging/model.ckpt-3').state('m-3', ['m-3']);
    const cwd = join(path, '..');
    expect(ckpt(['latest', 'run', '--finite'], { cwd })).toEqual({
      stdout: '',
      stderr: lines(
        'ckpt: run/m-3: dense/kernel[1,2] is nan (float32)',
        'ckpt: run holds no usable checkpoint without NaN or infinity',
      ),
      code: 1,
    });
    expect(ckpt(['latest', 'run', '--finite', '--json', '-q'], { cwd })).toMatchObject({
      stdout: lines(
        '{"schemaVersion":1,"path":"run","resolved":null,"format":null,"step":null,"source":null,"rejected":[{"path":"run/m-3","reason":"dense/kernel[1,2] is nan (float32)"}],"ok":false}',
      ),
      code: 1,
    });
    expect(ckpt(['latest', 'nowhere'], { cwd })).toEqual({
      stdout: '',
      stderr: lines('ckpt: there is neither a directory nor a state file at nowhere'),
      code: 2,
    });
  });
});
