/** What is there already: nothing of it is lost without leave, and nothing at all where a write fails. */
import { chmodSync, chownSync, lstatSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { type Folder, folderWith, refused } from './surgery-folder.ts';

const isRoot = process.getuid?.() === 0;

describe('older files', () => {
  let folder: Folder;
  const at = (name: string): string => join(folder.path, name);
  const contents = (): Map<string, string> =>
    new Map(folder.files().map((name) => [name, lstatSync(at(name)).isFile() ? readFileSync(at(name), 'hex') : '']));
  const unchanged = (args: readonly string[], message: string, as = {}): void => {
    const before = contents();
    expect(folder.ckpt([...args], as)).toEqual(refused(message));
    expect(contents()).toEqual(before);
  };

  beforeEach(() => {
    folder = folderWith('v2/variables-howto/model.ckpt', 'v2/sharded/sharded.ckpt');
  });

  it.each([
    ['rename', 'model.ckpt', '--add-prefix', 'a/'],
    ['rename', 'model.ckpt', '--add-prefix', 'a/', '--link'],
    ['subset', 'model.ckpt', 'weights'],
    ['convert', 'model.ckpt', '--to', 'v1'],
  ])('are not reached through a directory that is not there: %s %s %s %s', (...args) => {
    unchanged(
      [...args, '-o', 'x/../model.ckpt'],
      'x/../model.ckpt leads through a directory that is not there; name it without ..',
    );
  });

  it.each(['sharded.ckpt.data-00001-of-00002', 'sharded.ckpt.data-00005-of-00007'])(
    'stay when a directory is in the way: %s',
    (name) => {
      mkdirSync(at(name));
      const args = ['rename', 'model.ckpt', '--add-prefix', 'a/', '--shards', '2', '-o', 'sharded.ckpt', '--force'];
      unchanged(args, `${name} is a directory, where a file must go`);
    },
  );

  it.skipIf(!isRoot)('come back when one of them is not ours to replace', () => {
    chmodSync(folder.path, 0o1777);
    for (const end of ['index', 'data-00000-of-00003']) chownSync(at(`sharded.ckpt.${end}`), 65534, 65534);
    unchanged(
      ['rename', 'model.ckpt', '--add-prefix', 'a/', '-o', 'sharded.ckpt', '--force'],
      'sharded.ckpt.data-00001-of-00003 cannot be written: operation not permitted; nothing was left behind',
      { uid: 65534 },
    );
  });

  it.skipIf(process.platform === 'win32')('are there also as links that lead nowhere', () => {
    symlinkSync('nowhere', at('out.index'));
    symlinkSync('nowhere', at('old'));
    const exists = (name: string): string =>
      `${name} exists already; choose another name, or overwrite it with --force`;
    unchanged(['subset', 'model.ckpt', '**', '-o', 'out'], exists('out.index'));
    unchanged(['convert', 'model.ckpt', '--to', 'v1', '-o', 'old'], exists('old'));
  });
});
