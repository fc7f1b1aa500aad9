/** What `ckpt rename` says: its plan, and what becomes of the files beside its input. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { lines } from './run.ts';
import { type Folder, folderWith, makeFolder, refused } from './surgery-folder.ts';

/** Two tensors, `biases` and `weights`. */
const HOWTO = 'v2/variables-howto/model.ckpt';

let folder: Folder;
const write = (name: string, text: string): void => writeFileSync(join(folder.path, name), text);

beforeEach(() => {
  folder = folderWith(HOWTO);
});

describe('files beside the input', () => {
  it('that stay behind are named, with the reason', () => {
    write('model.ckpt.meta', 'a graph');
    for (const how of [[], ['--link']]) {
      const { stderr } = folder.ckpt(['rename', 'model.ckpt', '--map', 'weights=w', '-o', 'out', '--force', ...how]);
      expect(stderr.split('\n')[0]).toBe(
        'ckpt: model.ckpt.meta stays behind: the graph in it knows the old names; build the variables in code, and tf.compat.v1.train.Saver(variables).restore(session, "out") restores them',
      );
    }
  });

  it('of a SavedModel', () => {
    makeFolder(folder, 'saved/variables');
    write('saved/saved_model.pb', 'a graph');
    folder.ckpt(['rename', 'model.ckpt', '--map', 'weights=w', '-o', 'saved/variables/variables']);
    const { stderr } = folder.ckpt(['rename', 'saved', '--map', 'w=x', '-o', 'out']);
    expect(stderr).toContain(
      'ckpt: saved/saved_model.pb and what lies beside it stay behind: the graph in it knows the old names\n',
    );
    expect(folder.ckpt(['rename', 'saved', '--map', 'w=x', '--in-place'])).toEqual(
      refused(
        'saved/saved_model.pb reads the tensors by their names and would no longer load; write a new checkpoint with -o, or insist with --force',
      ),
    );
    expect(folder.ckpt(['rename', 'saved', '--map', 'w=x', '--in-place', '--force']).code).toBe(0);
    expect(folder.names('saved')).toEqual(['biases', 'x']);
  });
});

describe('rename --dry-run', () => {
  it('prints the plan and writes nothing', () => {
    const before = folder.files();
    expect(folder.ckpt(['rename', 'model.ckpt', '--map', 'weights=params', '-o', 'out', '--dry-run'])).toEqual({
      stdout: lines(
        'renamed: 1',
        '  weights -> params',
        'unchanged: 1',
        'files:',
        '  613 KiB  out.data-00000-of-00001 copied',
        '           out.index written',
        '2 tensors, 613 KiB: 613 KiB to copy',
      ),
      stderr: lines('ckpt: nothing was written, because of --dry-run'),
      code: 0,
    });
    expect(folder.files()).toEqual(before);
  });

  it('says what is linked', () => {
    const { stdout } = folder.ckpt(['rename', 'model.ckpt', '--add-prefix', 'a/', '-o', 'out', '--dry-run', '--link']);
    expect(stdout).toContain(
      lines(
        'files:',
        '  613 KiB  out.data-00000-of-00001 linked to model.ckpt.data-00000-of-00001',
        '           out.index written',
        '2 tensors, 613 KiB: 613 KiB shared with the input, 0 B to copy',
      ),
    );
  });

  it('needs no output', () => {
    const { stdout, code } = folder.ckpt(['rename', 'model.ckpt', '--map', 'weights=params', '--dry-run', '-q']);
    expect({ first: stdout.split('\n')[0], code }).toEqual({ first: 'renamed: 1', code: 0 });
    expect(stdout).toContain('OUTPUT.index');
  });

  it('breaks pairs that are too wide for the terminal', () => {
    const long = 'a_very_long_scope/with_another_one/and_a_third';
    const { stdout } = folder.ckpt([
      'rename',
      'model.ckpt',
      '--add-prefix',
      `${long}/`,
      '--dry-run',
      '--replace',
      `s|^|${long}/|`,
    ]);
    expect(stdout).toContain(lines('  biases', `    -> ${long}/${long}/biases`));
  });

  it('refuses what the write would', () => {
    const args = ['rename', 'model.ckpt', '--map', 'weights=biases', '--dry-run'];
    expect(folder.ckpt(args).code).toBe(2);
    expect(folder.ckpt(['rename', 'model.ckpt', '--map', 'weights=w', '-o', 'model.ckpt', '--dry-run']).code).toBe(2);
  });

  it('gives all of it as one JSON document', () => {
    write('model.ckpt.meta', 'a graph');
    const args = ['rename', 'model.ckpt', '--map', 'weights=params', '-o', 'out', '--dry-run', '--json'];
    const { stdout, stderr, code } = folder.ckpt(args);
    expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
    expect(JSON.parse(stdout)).toEqual({
      schemaVersion: 1,
      path: 'out',
      resolved: 'out',
      format: 'v2',
      written: false,
      inputs: [{ path: 'model.ckpt', resolved: 'model.ckpt', format: 'v2' }],
      tensorCount: 2,
      bytes: 628000,
      bytesCopied: 628000,
      bytesReused: 0,
      bytesDropped: 0,
      unchangedCount: 1,
      renamed: [{ input: 'model.ckpt', from: 'weights', to: 'params' }],
      dropped: [],
      files: [
        { path: 'out.data-00000-of-00001', action: 'copy', bytes: 628000 },
        { path: 'out.index', action: 'write' },
      ],
      notes: [
        'model.ckpt.meta stays behind: the graph in it knows the old names; build the variables in code, and tf.compat.v1.train.Saver(variables).restore(session, "out") restores them',
      ],
      ok: true,
    });
  });
});
