/** A state file held against what lies beside it: what is said of it, what it should be, and what is left alone. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readCheckpointDirectory } from '../../src/checkpoints/checkpoint-directory.ts';
import { newestCheckpoint } from '../../src/checkpoints/newest-checkpoint.ts';
import { type RepairOptions, repairedState } from '../../src/checkpoints/repaired-state.ts';
import { parseCheckpointState } from '../../src/checkpoints/state-file.ts';
import { stateFindings } from '../../src/checkpoints/state-findings.ts';
import { writeCheckpointState } from '../../src/checkpoints/write-state.ts';
import { CkptError, NotACheckpointError } from '../../src/errors.ts';
import { fixture, stateFiles } from '../fixtures.ts';
import { TestDirectory } from './directories.ts';

function findings(path: string): string[] {
  return stateFindings(readCheckpointDirectory(path)).map(({ kind, severity }) => `${severity} ${kind}`);
}

const repaired = (path: string, options?: RepairOptions) => repairedState(readCheckpointDirectory(path), options);

async function newest(path: string): Promise<string | undefined> {
  const { found } = await newestCheckpoint(readCheckpointDirectory(path));
  return found?.checkpoint.prefix.slice(path.length + 1);
}

const run = (): TestDirectory => new TestDirectory();

/** Three checkpoints, all listed, the last one the latest. */
const three = (): TestDirectory => run().save('m-1').save('m-2').save('m-3').state('m-3', ['m-1', 'm-2', 'm-3']);

describe('a directory as training left it', () => {
  it.each(stateFiles())('$title: the newest is what TensorFlow takes for it', async ({ path, folder, expected }) => {
    const { found, rejected } = await newestCheckpoint(readCheckpointDirectory(path));
    const wanted = expected.latest_checkpoint ?? expected.latest.slice(expected.latest.lastIndexOf('/') + 1);
    expect({ prefix: found?.checkpoint.prefix, source: found?.source, rejected }).toEqual({
      prefix: join(folder, wanted),
      source: 'latest',
      rejected: [],
    });
  });

  it('is well when all that is listed is there', async () => {
    const { path } = three();
    expect(findings(path)).toEqual([]);
    expect(repaired(path)).toMatchObject({ latest: 'm-3', all: ['m-1', 'm-2', 'm-3'] });
    expect(await newest(path)).toBe('m-3');
  });

  it('may be written on Windows, or name files: that is where it has moved from', () => {
    for (const [latest, kind] of [
      [String.raw`C:\\runs\\m-3`, 'wrong moved'],
      ['m-3.data-00000-of-00001', 'wrong moved'],
    ] as const) {
      const { path } = run().save('m-1').save('m-3').state(latest, ['m-1', latest]);
      expect(findings(path)).toEqual([kind]);
      expect(repaired(path)).toMatchObject({ latest: 'm-3', all: ['m-1', 'm-3'] });
    }
  });

  it.each([
    [
      'with a byte-order mark',
      '\ufeffmodel_checkpoint_path: "m-1"\nall_model_checkpoint_paths: "m-1"\n',
      /byte-order mark/,
    ],
    ['without quotes', 'model_checkpoint_path: m-1\nall_model_checkpoint_paths: "m-1"\n', /m-1 is not in quotes/],
    [
      'in UTF-16',
      Buffer.from('\ufeffmodel_checkpoint_path: "m-1"\nall_model_checkpoint_paths: "m-1"\n', 'utf16le'),
      /UTF-16/,
    ],
    [
      'with a field of its own',
      'model_checkpoint_path: "m-1"\nall_model_checkpoint_paths: "m-1"\nmine: 1\n',
      /mine is no field/,
    ],
    [
      'with a time that is none',
      'model_checkpoint_path: "m-1"\nall_model_checkpoint_paths: "m-1"\nlast_preserved_timestamp: soon',
      /is no number/,
    ],
  ])('%s is read, and TensorFlow does not: that is wrong', (_, text, message) => {
    const { path } = run().save('m-1').write('checkpoint', text);
    const [finding, ...others] = stateFindings(readCheckpointDirectory(path));
    expect(finding).toMatchObject({ kind: 'unreadable-state', severity: 'wrong' });
    expect(finding?.message).toMatch(message);
    expect(others).toEqual([]);
    expect(repaired(path)).toMatchObject({ latest: 'm-1', all: ['m-1'] });
  });

  it('leaves alone what another state file of the directory lists', () => {
    const { path } = run()
      .save('train-1')
      .save('train-2')
      .save('best-3')
      .state('train-2', ['train-1', 'train-2'])
      .state('best-3', ['best-3'], '', 'best_checkpoint');
    expect(findings(path)).toEqual(['note unlisted']);
    for (const options of [{}, { all: true }]) {
      expect(repaired(path, options)).toMatchObject({ latest: 'train-2', all: ['train-1', 'train-2'] });
    }
    expect(repaired(join(path, 'best_checkpoint'))).toMatchObject({ latest: 'best-3', all: ['best-3'] });
  });

  it('may keep absolute paths while they are right', () => {
    const { path } = three();
    const paths = ['m-1', 'm-2', 'm-3'].map((name) => join(path, name));
    writeFileSync(
      join(path, 'checkpoint'),
      `model_checkpoint_path: "${paths[2]}"\n${paths.map((p) => `all_model_checkpoint_paths: "${p}"\n`).join('')}`,
    );
    expect(findings(path)).toEqual(['note absolute-path']);
    expect(repaired(path)).toMatchObject({ latest: 'm-3', all: ['m-1', 'm-2', 'm-3'] });
  });

  it('may hold a checkpoint that is itself called checkpoint', async () => {
    const { path } = run().save('checkpoint').state('checkpoint', ['checkpoint']);
    expect(findings(path)).toEqual([]);
    expect(await newest(path)).toBe('checkpoint');
    expect(repaired(join(path, 'checkpoint'))).toMatchObject({ latest: 'checkpoint', all: ['checkpoint'] });
    const alone = run().save('checkpoint').path;
    expect(findings(alone)).toEqual(['wrong no-state-file']);
    expect(repaired(alone)).toMatchObject({ latest: 'checkpoint', all: ['checkpoint'] });
  });

  it('may hold a checkpoint without a name, which is written so that TensorFlow finds it', async () => {
    const { path } = run().save('').state('.', ['.']);
    expect(findings(path)).toEqual(['wrong ambiguous-path']);
    expect(await newest(path)).toBe('');
    const state = repaired(path);
    expect(state).toMatchObject({ latest: './', all: ['./'] });
    writeCheckpointState(join(path, 'checkpoint'), state);
    expect(findings(path)).toEqual([]);
  });

  it('may have a state file of another name, which lists what somebody chose', () => {
    const { path } = three().state('m-2', ['m-2'], '', 'best');
    const best = join(path, 'best');
    expect(findings(best)).toEqual(['note unlisted', 'note unlisted']);
    expect(repaired(best)).toMatchObject({ latest: 'm-2', all: ['m-2'] });
  });
});

describe('a state file that is wrong', () => {
  it.each<[string, () => TestDirectory, string[], string, string[]]>([
    [
      'names what is gone',
      () => three().remove('m-1.index').remove('m-3.index'),
      ['wrong gone', 'wrong gone'],
      'm-2',
      ['m-2'],
    ],
    [
      'names places on another machine',
      () => three().state('/far/m-2', ['/far/m-1', 'C:\\\\runs\\\\m-2', '/far/m-2']),
      ['wrong moved', 'wrong moved', 'wrong moved', 'wrong listed-twice', 'wrong behind', 'note latest-not-newest'],
      'm-2',
      ['m-1', 'm-2', 'm-3'],
    ],
    [
      'names no latest',
      () => three().write('checkpoint', 'all_model_checkpoint_paths: "m-1"\n'),
      ['wrong no-latest', 'wrong behind', 'wrong behind'],
      'm-3',
      ['m-1', 'm-2', 'm-3'],
    ],
    [
      'names nothing',
      () => three().write('checkpoint', ''),
      ['wrong no-latest', 'note unlisted', 'note unlisted', 'note unlisted'],
      'm-3',
      ['m-1', 'm-2', 'm-3'],
    ],
    [
      'lists all but the latest',
      () => three().state('m-3', ['m-1', 'm-2']),
      ['wrong latest-not-listed'],
      'm-3',
      ['m-1', 'm-2', 'm-3'],
    ],
    ['is missing', () => three().remove('checkpoint'), ['wrong no-state-file'], 'm-3', ['m-1', 'm-2', 'm-3']],
    [
      'cannot be read',
      () => three().write('checkpoint', 'model_checkpoint_path: "m-3'),
      ['wrong unreadable-state'],
      'm-3',
      ['m-1', 'm-2', 'm-3'],
    ],
    [
      'is a Git LFS pointer',
      () => three().write('checkpoint', 'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n'),
      ['wrong unreadable-state'],
      'm-3',
      ['m-1', 'm-2', 'm-3'],
    ],
    [
      'has fallen behind a crash',
      () => three().save('m-4'),
      ['wrong behind', 'note latest-not-newest'],
      'm-3',
      ['m-1', 'm-2', 'm-3', 'm-4'],
    ],
    [
      'leads to a checkpoint without its data',
      () => three().remove('m-3.data-00000-of-00001'),
      ['wrong unusable'],
      'm-2',
      ['m-1', 'm-2'],
    ],
    [
      'leads to a checkpoint that was cut off',
      () => three().write('m-3.data-00000-of-00001', new Uint8Array(35)),
      ['wrong unusable'],
      'm-2',
      ['m-1', 'm-2'],
    ],
    [
      'leads to an index that is none',
      () => three().write('m-3.index', '<html>'),
      ['wrong unusable'],
      'm-2',
      ['m-1', 'm-2'],
    ],
    [
      'leads to data that are a Git LFS pointer',
      () => three().write('m-3.data-00000-of-00001', 'version https://git-lfs.github.com/spec/v1\nsize 9\n'),
      ['wrong unusable'],
      'm-2',
      ['m-1', 'm-2'],
    ],
  ])('%s', (_, make, found, latest, all) => {
    const { path } = make();
    expect(findings(path)).toEqual(found);
    const state = repaired(path);
    expect(state).toMatchObject({ latest, all });
    writeCheckpointState(join(path, 'checkpoint'), state);
    expect(findings(path).filter((finding) => finding.startsWith('wrong'))).toEqual([]);
    expect(repaired(path)).toEqual(state);
  });

  it('keeps the times of what stays, and the times of the files of what comes in', () => {
    const times = 'all_model_checkpoint_timestamps: [1.5, 2.5, 3.5]\nlast_preserved_timestamp: 0.5\n';
    const { path } = three().state('m-3', ['m-1', 'm-2', 'm-3'], times).remove('m-2.index').save('m-4');
    expect(repaired(path)).toEqual({
      latest: 'm-3',
      all: ['m-1', 'm-3', 'm-4'],
      timestamps: [1.5, 3.5, 1_600_000_240],
      lastPreserved: 0.5,
    });
  });

  it('loses times that do not belong to its paths', () => {
    const { path } = three().state('m-3', ['m-1', 'm-2', 'm-3'], 'all_model_checkpoint_timestamps: 1.5\n');
    expect(findings(path)).toEqual(['wrong timestamp-count']);
    expect(repaired(path)).toMatchObject({ all: ['m-1', 'm-2', 'm-3'], timestamps: [] });
  });

  it('leaves out what a manager keeps for good, unless all is asked for', () => {
    const { path } = three().state('m-3', ['m-2', 'm-3']);
    expect(findings(path)).toEqual(['note unlisted']);
    expect(repaired(path)).toMatchObject({ all: ['m-2', 'm-3'] });
    expect(repaired(path, { all: true })).toMatchObject({ latest: 'm-3', all: ['m-1', 'm-2', 'm-3'] });
    expect(repaired(path, { latest: 'm-1' })).toMatchObject({ latest: 'm-1', all: ['m-2', 'm-3', 'm-1'] });
    expect(() => repaired(path, { latest: 'm-9' })).toThrow(/no usable checkpoint m-9; there are m-2, m-3/);
  });

  it('orders what lies there by step as a number, then by time', () => {
    const { path } = run().save('m-100').save('m-20').save('n-20').save('final').saved('n-20', 5);
    expect(repaired(path)).toMatchObject({ latest: 'm-100', all: ['final', 'n-20', 'm-20', 'm-100'] });
  });

  it('is not made where nothing usable is left', () => {
    const { path } = run().save('m-1').remove('m-1.data-00000-of-00001').state('m-1', ['m-1']);
    expect(() => repaired(path)).toThrow(/holds no checkpoint that can be used/);
  });

  it('keeps a checkpoint of another directory where it is', () => {
    const other = run().save('m-1').path;
    const { path } = run()
      .save('m-2')
      .state(`${other}/m-1`, [`${other}/m-1`, 'm-2']);
    expect(findings(path)).toEqual(['note latest-not-newest']);
    expect(repaired(path)).toMatchObject({ latest: `${other}/m-1`, all: [`${other}/m-1`, 'm-2'] });
  });
});

describe('what lies beside', () => {
  it('of crashed saves is told, with its size', () => {
    const { path } = three().write('m-4.index.tempstate123', 'abc');
    for (const name of ['m-4_temp', `m-5_temp_${'0'.repeat(32)}`, 'my_temp']) mkdirSync(join(path, name));
    writeFileSync(join(path, 'm-4_temp/part-00000-of-00001.index'), 'abcd');
    writeFileSync(join(path, `m-5_temp_${'0'.repeat(32)}/part-00000-of-00001.data-00000-of-00001`), 'abcde');
    writeFileSync(join(path, 'my_temp/notes.txt'), 'not ours');
    expect(findings(path)).toEqual(['note leftover', 'note leftover', 'note leftover']);
    expect(readCheckpointDirectory(path).leftovers).toEqual([
      { path: join(path, 'm-4.index.tempstate123'), kind: 'file', bytes: 3 },
      { path: join(path, 'm-4_temp'), kind: 'directory', bytes: 4 },
      { path: join(path, `m-5_temp_${'0'.repeat(32)}`), kind: 'directory', bytes: 5 },
    ]);
  });

  it('of V1 shards counts as one, and as none while a shard is missing', () => {
    const v1 = fixture('state/v1-shards');
    expect(findings(v1)).toEqual([]);
    const shard = readFileSync(join(v1, 'model.ckpt-1-00000-of-00001'));
    const { path } = run().write('m-1-00000-of-00002', shard).state('m-1-?????-of-00002', ['m-1-?????-of-00002']);
    expect(findings(path)).toEqual(['wrong unusable']);
    writeFileSync(join(path, 'm-1-00001-of-00002'), shard);
    writeFileSync(join(path, 'checkpoint'), '');
    expect(repaired(path)).toMatchObject({ latest: 'm-1-?????-of-00002', all: ['m-1-?????-of-00002'] });
  });
});

describe('what is no state file is left alone', () => {
  it.each([
    ['the index of a checkpoint', 'm-3.index'],
    ['a data file', 'm-3.data-00000-of-00001'],
    ['a text that names none of its fields', 'notes'],
    ['a state file that is far too large', 'checkpoint'],
  ])('%s', (_, name) => {
    const { path } = three().write('notes', 'step: 3\n');
    if (name === 'checkpoint') writeFileSync(join(path, name), 'a'.repeat((1 << 20) + 1));
    expect(() => readCheckpointDirectory(join(path, name))).toThrow(NotACheckpointError);
  });

  it('a file of another program called checkpoint', () => {
    const { path } = three().write('checkpoint', 'PK\x03\x04\0\0archive/data.pkl');
    expect(() => readCheckpointDirectory(path)).toThrow(/checkpoint is no state file: it is a PyTorch file/);
  });

  it('an empty directory, and one that is not there', () => {
    const { path } = run();
    expect(() => readCheckpointDirectory(path)).toThrow(/holds neither a state file nor a checkpoint/);
    expect(() => readCheckpointDirectory(join(path, 'nowhere'))).toThrow(/neither a directory nor a state file/);
  });
});

describe('a hostile state file', () => {
  it.each([
    ['paths that lead out', '../../../../etc/passwd'],
    ['a path with a zero byte', 'm\\\\000-3'],
    ['a path that is too long', 'a/'.repeat(20_000)],
    ['a path of slashes', '///////'],
    ['a path up', '..'],
    ['a pattern', '*'],
    ['a pattern that makes no sense', '[z-a]'],
    ['an empty path', ''],
  ])('with %s is read and repaired', async (_, hostile) => {
    const { path } = three().state(hostile, [hostile, 'm-3']);
    expect(await newest(path)).toBe('m-3');
    const { latest, all } = repaired(path);
    expect({ latest, all }).toEqual({ latest: 'm-3', all: ['m-3'] });
  });

  it('with thirty thousand paths is read', () => {
    const { path } = three().write('checkpoint', 'all_model_checkpoint_paths: "m-9"\n'.repeat(30_000));
    expect(repaired(path)).toMatchObject({ latest: 'm-3', all: ['m-1', 'm-2', 'm-3'] });
  });

  it('of any bytes throws nothing but errors that say what is wrong', () => {
    const whole = Buffer.from('model_checkpoint_path: "m\\303\\251"\nall_model_checkpoint_timestamps: [1, 2]\n');
    for (let at = 0; at < whole.length; at++) {
      for (const byte of [0x00, 0x22, 0x5b, 0x5c, 0x7b, 0xff]) {
        const text = Buffer.from(whole)
          .fill(byte, at, at + 1)
          .toString('latin1');
        try {
          parseCheckpointState(text);
        } catch (error) {
          expect(error).toBeInstanceOf(CkptError);
        }
      }
    }
  });
});

describe('the newest usable checkpoint', () => {
  it('is the latest, else the next one listed, else what lies there', async () => {
    const { path } = three().state('m-2', ['m-1', 'm-3', 'm-2']);
    expect(await newest(path)).toBe('m-2');
    writeFileSync(join(path, 'm-2.index'), '');
    expect(await newest(path)).toBe('m-3');
    writeFileSync(join(path, 'checkpoint'), 'model_checkpoint_path: "m-7"');
    expect(await newest(path)).toBe('m-3');
    writeFileSync(join(path, 'm-3.index'), '');
    const { found, rejected } = await newestCheckpoint(readCheckpointDirectory(path), () => 'it is not wanted');
    expect(found).toBeUndefined();
    expect(
      rejected.map(
        ({ path: name, reason }) => `${name.replace(`${path}/`, '')}: ${reason.split(' ').slice(-3).join(' ')}`,
      ),
    ).toEqual([
      'm-7: is not there',
      expect.stringContaining('m-3: '),
      expect.stringContaining('m-2: '),
      'm-1: is not wanted',
    ]);
  });

  it('leaves the directory as it was', async () => {
    const { path } = three();
    const before = readdirSync(path);
    await newest(path);
    expect(readdirSync(path)).toEqual(before);
  });
});
