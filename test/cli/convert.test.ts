/** `ckpt convert` and `--to`: between V1 and V2, and every command on both. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { openNow } from '../../src/checkpoints/checkpoint.ts';
import { ckpt, lines } from './run.ts';
import { type Folder, folderWith, refused } from './surgery-folder.ts';

const SAVER = 'v1/saver/model.ckpt-20';
const SHARDED = 'v1/saver-sharded/model.ckpt-20';
const GRAPH = 'v2/object-based/ckpt-1';

const formatOf = (folder: Folder, path: string): string => {
  const checkpoint = openNow(join(folder.path, path));
  checkpoint.close();
  return checkpoint.format;
};

describe('convert', () => {
  let folder: Folder;
  beforeEach(() => {
    folder = folderWith(SAVER);
  });

  it('makes V2 of V1 and the same V1 of that', async () => {
    const before = await folder.digests('model.ckpt-20');
    expect(folder.ckpt(['convert', 'model.ckpt-20', '-o', 'new', '--to', 'v2'])).toEqual({
      stdout: lines('new'),
      stderr: lines('new: 3 tensors from V1 to V2; 68 B copied'),
      code: 0,
    });
    expect(folder.files()).toEqual(['model.ckpt-20', 'new.data-00000-of-00001', 'new.index']);
    expect(await folder.digests('new')).toEqual(before);
    expect(folder.ckpt(['convert', 'new', '-o', 'old', '--to', 'v1']).code).toBe(0);
    expect(readFileSync(join(folder.path, 'old'))).toEqual(readFileSync(join(folder.path, 'model.ckpt-20')));
  });

  it('keeps the format unless told otherwise, and chains', () => {
    const line = 'ckpt convert model.ckpt-20 -o a -q | ckpt convert - -o b --max-shard-size 1 -q | ckpt verify -';
    expect(folder.shell(line)).toEqual({
      stdout: lines('b-?????-of-00003: sound: 3 tensors, 532 B checked'),
      stderr: '',
      code: 0,
    });
    const shards = ['b-00000-of-00003', 'b-00001-of-00003', 'b-00002-of-00003'];
    expect(folder.files()).toEqual(['a', ...shards, 'model.ckpt-20']);
    expect(readFileSync(join(folder.path, 'a'))).toEqual(readFileSync(join(folder.path, 'model.ckpt-20')));
  });

  it('joins shards, given by their prefix, their pattern or the state file', () => {
    const sharded = folderWith(SHARDED);
    writeFileSync(join(sharded.path, 'checkpoint'), 'model_checkpoint_path: "/gone/model.ckpt-20-?????-of-00002"\n');
    for (const path of ['model.ckpt-20', 'model.ckpt-20-?????-of-00002', 'checkpoint', '.']) {
      expect(sharded.ckpt(['convert', path, '-o', 'one', '--shards', '1', '--force', '-q']).code, path).toBe(0);
      expect(sharded.names('one')).toEqual(['biases', 'step', 'weights']);
    }
  });

  it('keeps an object graph', async () => {
    const graph = folderWith(GRAPH);
    const before = await graph.digests('ckpt-1');
    expect(graph.ckpt(['convert', 'ckpt-1', '-o', 'old', '--to', 'v1']).code).toBe(0);
    expect(await graph.digests('old')).toEqual(before);
    const renamed = graph.ckpt(['rename', 'old', '--add-prefix', 'x/', '-o', 'renamed', '--to', 'v2']);
    expect([renamed.code, formatOf(graph, 'renamed')]).toEqual([0, 'v2']);
  });

  it('shows its plan', () => {
    const { stdout } = folder.ckpt(['convert', 'model.ckpt-20', '--to', 'v2', '-o', 'new', '--dry-run']);
    expect(stdout).toBe(
      lines(
        'unchanged: 3',
        'files:',
        '  68 B  new.data-00000-of-00001 copied',
        '        new.index written',
        '3 tensors, 68 B: 68 B to copy',
      ),
    );
    const back = folder.ckpt(['convert', 'model.ckpt-20', '-o', 'new', '--dry-run']).stdout;
    expect(back).toContain(lines('files:', '  326 B  new copied'));
    expect(folder.files()).toEqual(['model.ckpt-20']);
  });

  it('refuses what V1 cannot hold, and names the way out', () => {
    const all = folderWith();
    const result = ckpt(['convert', 'v2/every-dtype/dtypes.ckpt', '-o', join(all.path, 'old'), '--to', 'v1']);
    expect(result).toEqual(
      refused('tensor bfloat16: a V1 checkpoint cannot hold dtype bfloat16; write it as V2: --to v2'),
    );
    expect(all.files()).toEqual([]);
  });

  it('lets nothing of the other format stand where it writes, with --force alone', () => {
    expect(folder.ckpt(['convert', 'model.ckpt-20', '-o', 'x', '--to', 'v2', '-q']).code).toBe(0);
    const again = ['convert', 'model.ckpt-20', '-o', 'x', '--to', 'v1'];
    expect(folder.ckpt(again)).toEqual(
      refused('x.index exists already; choose another name, or overwrite it with --force'),
    );
    expect(folder.ckpt([...again, '--force', '-q']).code).toBe(0);
    expect(folder.files()).toEqual(['model.ckpt-20', 'x']);
    const back = ['convert', 'model.ckpt-20', '-o', 'x', '--to', 'v2'];
    expect(folder.ckpt(back)).toEqual(refused('x exists already; choose another name, or overwrite it with --force'));
    expect(folder.ckpt([...back, '--force', '-q']).code).toBe(0);
    expect(folder.files()).toEqual(['model.ckpt-20', 'x.data-00000-of-00001', 'x.index']);
    const itself = folder.ckpt(['convert', 'model.ckpt-20', '-o', 'model.ckpt-20', '--to', 'v2', '--force']);
    expect([itself.code, folder.files().length]).toEqual([2, 3]);
  });

  it('is called as TensorFlow reads it, which of shards is their pattern', () => {
    for (const command of [
      ['subset', 'model.ckpt-20', '**'],
      ['rename', 'model.ckpt-20', '--add-prefix', 'a/'],
    ]) {
      const { stdout, code } = folder.ckpt([...command, '--shards', '2', '-o', 's', '--force', '-q']);
      expect({ stdout, code }).toEqual({ stdout: lines('s-?????-of-00002'), code: 0 });
      expect(folder.ckpt(['verify', 's-?????-of-00002', '-q']).code).toBe(0);
    }
  });

  it('does not take the place of any other file, whatever is in it', () => {
    for (const name of ['notes.txt', 'm-00001-of-00002']) {
      writeFileSync(join(folder.path, name), 'mine');
      const shards = name === 'notes.txt' ? [] : ['--shards', '2'];
      const output = name.replace(/-00001-of-00002$/, '');
      expect(folder.ckpt(['subset', 'model.ckpt-20', '**', ...shards, '-o', output])).toEqual(
        refused(`${name} exists already; choose another name, or overwrite it with --force`),
      );
      expect(readFileSync(join(folder.path, name), 'utf8')).toBe('mine');
    }
  });
});

describe('every command on V1', () => {
  let folder: Folder;
  beforeEach(() => {
    folder = folderWith(SAVER, 'v2/variables-howto/model.ckpt');
  });

  it('list --long shows where a record lies, and no checksum, for it has none of its own', () => {
    expect(ckpt(['list', `${SAVER}`, '--long', '--tsv']).stdout).toBe(
      lines(
        'biases\tfloat32\t[3]\t12\t0\t90\t\t\tweight\tyes\tnames',
        'step\tint64\t[]\t8\t0\t130\t\t\tstep\tno\tnames',
        'weights\tfloat32\t[4,3]\t48\t0\t163\t\t\tweight\tyes\tnames',
      ),
    );
    const { tensors } = JSON.parse(ckpt(['list', SAVER, '--long', '--json']).stdout) as { tensors: unknown[] };
    expect(tensors[0]).toEqual({
      name: 'biases',
      dtype: 'float32',
      shape: [3],
      elements: 3,
      bytes: 12,
      role: 'weight',
      trainable: 'yes',
      evidence: 'names',
      shard: 0,
      offset: 90,
      crc32c: null,
    });
  });

  it('info names the format and every file', () => {
    const { stdout } = ckpt(['info', SHARDED]);
    expect(stdout).toMatch(/^format {6}TensorFlow V1, little-endian/m);
    expect(stdout).toMatch(/^files {7}model\.ckpt-20-00000-of-00002 {2}.*\n +model\.ckpt-20-00001-of-00002/m);
    expect(JSON.parse(ckpt(['info', 'v1/partitioned/model.ckpt', '--json']).stdout)).toMatchObject({
      format: 'v1',
      partitionedCount: 15,
      files: [{ kind: 'table' }],
    });
  });

  it('subset, drop and merge write V1, or what they are told', () => {
    const run = (...args: string[]): string => {
      const { code, stdout, stderr } = folder.ckpt([...args, '-q']);
      expect([code, stderr]).toEqual([0, '']);
      return formatOf(folder, stdout.trim());
    };
    expect(run('subset', 'model.ckpt-20', 'step', '-o', 'a')).toBe('v1');
    expect(run('drop', 'model.ckpt-20', 'step', '-o', 'b', '--to', 'v2')).toBe('v2');
    expect(run('merge', 'a', 'b', '-o', 'c')).toBe('v1');
    expect(run('merge', 'b', 'a', '-o', 'd')).toBe('v2');
    for (const path of ['c', 'd']) expect(folder.names(path)).toEqual(['biases', 'step', 'weights']);
  });

  it('rename works in place on one file, and says why not on shards', () => {
    const { code, stderr } = folder.ckpt(['rename', 'model.ckpt-20', '--map', 'step=global_step', '--in-place']);
    expect([code, stderr]).toEqual([0, lines('model.ckpt-20: 1 of 3 tensors renamed; 347 B copied')]);
    expect(folder.names('model.ckpt-20')).toEqual(['biases', 'global_step', 'weights']);
    const sharded = folderWith(SHARDED);
    expect(sharded.ckpt(['rename', 'model.ckpt-20', '--add-prefix', 'x/', '--in-place'])).toEqual(
      refused(
        'model.ckpt-20-?????-of-00002 has 2 shards, which cannot be replaced in one step; write a new checkpoint with -o',
      ),
    );
  });

  it('says that nothing is linked', () => {
    const { stderr } = folder.ckpt(['rename', 'model.ckpt-20', '--add-prefix', 'x/', '--link', '-o', 'y']);
    expect(stderr).toMatch(/^ckpt: nothing is linked: names and content of V1 lie together, so all is copied$/m);
    const other = folder.ckpt(['convert', 'model.ckpt', '--to', 'v1', '--link', '-o', 'z']).stderr;
    expect(other).toMatch(/^ckpt: nothing is linked: the formats differ, so all is copied$/m);
  });

  it('print reads values and slices', () => {
    expect(ckpt(['print', 'v1/partitioned/model.ckpt', 'out_of_order', 'int8[1:3]']).stdout).toBe(
      lines(
        'out_of_order  float32 [6]  24 B',
        '[0. 1. 2. 3. 4. 5.]',
        '',
        'int8[1:3]  int8 [2,2] of [5,2]  4 B',
        '[[2 3]',
        ' [4 5]]',
      ),
    );
  });

  it('V2 beside V1 of the same name is read, with a note', () => {
    folder.ckpt(['convert', 'model.ckpt-20', '-o', 'x', '--to', 'v2', '-q']);
    writeFileSync(join(folder.path, 'x'), readFileSync(join(folder.path, 'model.ckpt-20')));
    const { stderr, code } = folder.ckpt(['list', 'x', '--names']);
    expect([code, stderr]).toEqual([
      0,
      lines(
        'ckpt: x is a V1 checkpoint, and x.index one in V2; V2 is read, as TensorFlow does; --format v1 reads the other',
      ),
    ]);
    expect(folder.ckpt(['info', 'x', '--format', 'v1', '--json']).stdout).toContain('"format":"v1"');
    expect(folder.ckpt(['verify', 'x', '--format', 'v1']).code).toBe(0);
    expect(folder.ckpt(['subset', 'x', 'weights', '--format', 'v1', '-o', 'y']).code).toBe(0);
    expect(folder.ckpt(['list', 'x', '--format', 'v3']).stderr).toContain('there is no format v3; there are v2, v1');
  });
});
