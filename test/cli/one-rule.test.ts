/** What every command says alike of a path: the directory that it means, the format that is asked for, what only an index tells. */
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Folder, folderWith, makeFolder } from './surgery-folder.ts';

const HOWTO = 'v2/variables-howto/model.ckpt';
const DATA = 'model.ckpt.data-00000-of-00001';

/** The files of the checkpoint, a folder further down. */
function moved(folder: Folder, name: string): void {
  makeFolder(folder, name);
  for (const file of [DATA, 'model.ckpt.index']) renameSync(join(folder.path, file), join(folder.path, name, file));
}

describe('a directory whose only checkpoint lies in a folder of it', () => {
  it.each(['checkpoint', 'train'])(
    '%s/ is followed by latest and state, as by list, and named where one writes',
    (name) => {
      const folder = folderWith(HOWTO);
      moved(folder, name);
      const note = `ckpt: using ./${name}/model.ckpt, the only checkpoint below\n`;
      for (const command of ['list', 'latest', 'state']) {
        expect(folder.ckpt([command, '.']).stderr, command).toContain(note);
      }
      expect(folder.ckpt(['latest', '.', '-q']).stdout).toMatch(`${name}/model.ckpt\n`);
      const { code, stderr } = folder.ckpt(['state', '.', '--fix']);
      expect([code, stderr]).toEqual([2, expect.stringMatching(`name \\S*${name} itself`)]);
    },
  );

  it('is told when there are several', () => {
    const folder = folderWith(HOWTO);
    moved(folder, 'a');
    const other = folderWith(HOWTO);
    moved(other, 'b');
    renameSync(join(other.path, 'b'), join(folder.path, 'b'));
    const { code, stderr } = folder.ckpt(['latest', '.']);
    expect([code, stderr]).toEqual([2, expect.stringMatching(/a\/model\.ckpt[\s\S]*b\/model\.ckpt/)]);
  });
});

describe('a state file by its name alone', () => {
  it.each(['model_checkpoint_path = "model.ckpt"\n', 'hello\n'])('%j is a finding of doctor as of state', (text) => {
    const folder = folderWith(HOWTO);
    writeFileSync(join(folder.path, 'checkpoint'), text);
    for (const command of ['doctor', 'state']) {
      const { code, stdout } = folder.ckpt([command, '.']);
      expect([code, stdout], command).toEqual([1, expect.stringContaining('cannot be read')]);
    }
  });
});

describe('--format', () => {
  it('is what doctor looks at, and salvages', () => {
    const folder = folderWith(HOWTO);
    folder.ckpt(['convert', 'model.ckpt', '--to', 'v1', '-o', 'old']);
    renameSync(join(folder.path, 'old'), join(folder.path, 'model.ckpt'));
    expect(folder.ckpt(['doctor', 'model.ckpt', '--format', 'v1']).stdout).toContain('healthy: a V1 checkpoint');
    expect(folder.ckpt(['doctor', 'model.ckpt', '-q']).stdout).toContain('healthy: a V2 checkpoint');
    rmSync(join(folder.path, DATA));
    expect(folder.ckpt(['doctor', 'model.ckpt', '--format', 'v1', '--salvage', '-o', 'saved', '-q']).code).toBe(0);
  });

  it('of which there is none is told with what is there', () => {
    const folder = folderWith(HOWTO);
    for (const command of ['list', 'verify', 'doctor']) {
      const { code, stderr } = folder.ckpt([command, 'model.ckpt', '--format', 'v1']);
      expect([code, stderr]).toEqual([2, 'ckpt: model.ckpt leads to no V1 checkpoint: model.ckpt is V2\n']);
    }
  });
});

describe('an index alone', () => {
  it.each([
    ['v2/variables-howto', 'model.ckpt', 'weights'],
    ['v2/object-based-keras', 'model', 'optimizer/_variables/'],
  ])('of %s is enough for plans that need names', (at, prefix, pattern) => {
    const folder = folderWith(`${at}/${prefix}`);
    rmSync(join(folder.path, `${prefix}.data-00000-of-00001`));
    for (const command of [
      ['subset', prefix, pattern],
      ['drop', prefix, pattern],
      ['strip-optimizer', prefix],
      ['rename', prefix, '--add-prefix', 'a/'],
    ]) {
      const planned = folder.ckpt([...command, '-o', 'out', '--dry-run']);
      expect([planned.code, planned.stderr], command[0]).toEqual([0, expect.stringContaining('the write needs them')]);
      expect(folder.ckpt([...command, '-o', 'out']).code, command[0]).toBe(2);
    }
    expect(folder.files()).toEqual([`${prefix}.index`]);
  });
});

describe('weights of TensorFlow.js without their list', () => {
  it('are named by what they are called', () => {
    const folder = folderWith();
    mkdirSync(join(folder.path, 'web'));
    writeFileSync(join(folder.path, 'web', 'group1-shard1of2.bin'), new Float32Array([1, 2, 3]));
    for (const path of ['web', 'web/group1-shard1of2.bin']) {
      expect(folder.ckpt(['doctor', path]).stdout).toContain('a data file of TensorFlow.js');
      expect(folder.ckpt(['list', path]).stderr).toContain('a data file of TensorFlow.js');
    }
  });
});
