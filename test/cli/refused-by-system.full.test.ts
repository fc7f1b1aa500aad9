/** What the system refuses: reading, writing, more space. A sentence says which file and why, and nothing is left behind. */
import { chmodSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { lines } from './run.ts';
import { type Folder, folderWith, makeFolder, refused } from './surgery-folder.ts';

/** Nothing is forbidden to root, so that it runs the command as nobody. */
const AS_OTHER = process.getuid?.() === 0 ? { uid: 65534 } : {};
const HOWTO = 'v2/variables-howto/model.ckpt';

describe.skipIf(process.platform === 'win32')('the system refuses', () => {
  let folder: Folder;
  const forbid = (name: string, mode = 0): void => chmodSync(join(folder.path, name), mode);
  const run = (...args: string[]) => folder.ckpt(args, AS_OTHER);

  beforeEach(() => {
    folder = folderWith(HOWTO, 'state/diverging/model.ckpt-1', 'state/diverging/model.ckpt-2');
    forbid('.', 0o755);
  });

  it.each([
    [['rename', 'model.ckpt', '--add-prefix', 'a/'], 'out.data-00000-of-00001'],
    [['convert', 'model.ckpt', '--to', 'v1'], 'out'],
    [['strip-optimizer', 'model.ckpt'], 'out.data-00000-of-00001'],
  ])('a directory that must not be written to: %j', (command, name) => {
    makeFolder(folder, 'locked');
    forbid('locked', 0o555);
    const before = folder.files();
    expect(run(...command, '-o', 'locked/out')).toEqual(
      refused(`locked/${name} cannot be written: permission denied; nothing was left behind`),
    );
    expect(folder.files()).toEqual(before);
    expect(run(...command, '-o', 'locked/deep/out', '--dry-run')).toEqual(
      refused('locked/deep/out cannot be written: permission denied'),
    );
  });

  it('a state file in such a directory', () => {
    forbid('.', 0o555);
    expect(run('state', '.', '--fix')).toEqual(
      refused('checkpoint cannot be written: permission denied; nothing was left behind'),
    );
  });

  it('a directory where a file lies', () => {
    writeFileSync(join(folder.path, 'file'), '');
    const { stderr, code } = folder.ckpt(['rename', 'model.ckpt', '--add-prefix', 'a/', '-o', 'file/out']);
    expect({ stderr, code }).toEqual({
      stderr: lines(
        'ckpt: file/out.data-00000-of-00001 cannot be written: its directory is a file; nothing was left behind',
      ),
      code: 2,
    });
    expect(folder.ckpt(['rename', 'model.ckpt', '--add-prefix', 'a/', '-o', 'file/out', '--dry-run'])).toEqual(
      refused('file/out cannot be written: file is a file'),
    );
  });

  it('files of that size', () => {
    const before = folder.files();
    const { stdout, stderr, code } = folder.shell('ulimit -f 64; ckpt subset model.ckpt weights -o deep/out');
    expect({ stdout, code }).toEqual({ stdout: '', code: 2 });
    expect(stderr).toMatch(/^ckpt: deep\/out\.data-00000-of-00001 cannot be written: file too large; nothing/);
    expect(folder.files()).toEqual(before);
  });

  it('a checkpoint that must not be read, which latest and state pass over', () => {
    forbid('model.ckpt-2.data-00000-of-00001');
    const { stdout, stderr, code } = run('latest', '.');
    expect({ stdout, code }).toEqual({ stdout: lines('model.ckpt-1'), code: 0 });
    const data = 'model.ckpt-2.data-00000-of-00001';
    expect(stderr).toContain(`ckpt: model.ckpt-2: ${data} cannot be read: permission denied\n`);
    expect(run('state', '.').stdout).toMatch(/model\.ckpt-2 .*unusable/);
  });

  it("shards of V1 that must not be read, which are neither damaged, nor gone, nor in nobody's way", () => {
    expect(folder.ckpt(['convert', 'model.ckpt', '--to', 'v1', '--shards', '2', '-o', 'old']).code).toBe(0);
    forbid('old-00001-of-00002');
    const said = 'old-00001-of-00002 cannot be read: permission denied';
    for (const command of ['list', 'verify']) expect(run(command, 'old')).toEqual(refused(said));
    expect(run('doctor', 'old').code).not.toBe(0);
    forbid('old-00000-of-00002');
    const before = folder.files();
    expect(run('convert', 'model.ckpt', '--to', 'v1', '--shards', '2', '-o', 'old')).toEqual(
      refused('old-00000-of-00002 exists already; choose another name, or overwrite it with --force'),
    );
    expect(folder.files()).toEqual(before);
  });

  it('to list a directory: what is named in it is read and written all the same, and what is there is not replaced', () => {
    makeFolder(folder, 'closed');
    expect(folder.ckpt(['subset', 'model.ckpt', '**', '-o', 'closed/m']).code).toBe(0);
    writeFileSync(join(folder.path, 'closed/out.data-00000-of-00001'), 'of another');
    forbid('closed', 0o333);
    for (const command of ['list', 'doctor', 'latest', 'state'])
      expect(run(command, 'closed')).toEqual(refused('closed cannot be listed: permission denied'));
    expect(run('verify', 'closed/m').code).toBe(0);
    for (const args of [
      ['rename', 'closed/m', '--add-prefix', 'x/'],
      ['subset', 'closed/m', '**'],
    ]) {
      expect(run(...args, '-o', 'closed/renamed')).toMatchObject({ stdout: lines('closed/renamed'), code: 0 });
      expect(run(...args, '-o', 'closed/out').stderr).toContain('closed/out.data-00000-of-00001 exists already');
      for (const name of ['index', 'data-00000-of-00001']) rmSync(join(folder.path, `closed/renamed.${name}`));
    }
    expect(readFileSync(join(folder.path, 'closed/out.data-00000-of-00001'), 'utf8')).toBe('of another');
    forbid('closed', 0o755);
  });

  it('a graph that must not be read, without which roles are told', () => {
    writeFileSync(join(folder.path, 'model.ckpt.meta'), 'x');
    forbid('model.ckpt.meta');
    const { stdout, stderr, code } = run('list', 'model.ckpt', '--names');
    const tensors = { stdout: lines('biases', 'weights'), code: 0 };
    expect({ stdout, code }).toEqual(tensors);
    const said = 'model.ckpt.meta cannot be read: permission denied';
    expect(run('list', 'model.ckpt', '--trainable').stderr).toContain(`ckpt: ${said}; roles are told without it\n`);
    expect(stderr).toBe('');
    expect(run('list', 'model.ckpt', '--graph', 'model.ckpt.meta')).toEqual(refused(said));
  });
});
