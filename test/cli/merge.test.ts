/** `ckpt merge`: several checkpoints as one. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { lines } from './run.ts';
import { type Folder, folderWith, refused } from './surgery-folder.ts';

const SHARDED = 'v2/sharded/sharded.ckpt';

let folder: Folder;
const merge = (...args: string[]) => folder.ckpt(['merge', ...args]);

/** `a` holds the scope `dense/` and `step`; `b` holds all but the scope. */
beforeEach(() => {
  folder = folderWith(SHARDED);
  folder.ckpt(['subset', 'sharded.ckpt', 'dense/', 'step', '-o', 'a']);
  folder.ckpt(['drop', 'sharded.ckpt', 'dense/', '-o', 'b']);
});

describe('merge', () => {
  it('of two parts is the whole', async () => {
    folder.ckpt(['drop', 'sharded.ckpt', 'dense/', 'step', '-o', 'c']);
    expect(merge('a', 'c', '-o', 'out')).toEqual({
      stdout: lines('out'),
      stderr: lines('out: 6 tensors of 2 inputs; 221 B copied'),
      code: 0,
    });
    expect(await folder.digests('out')).toEqual(await folder.digests('sharded.ckpt'));
  });

  it('takes many, and a path from stdin', () => {
    for (const name of ['flags', 'names', 'step']) folder.ckpt(['subset', 'sharded.ckpt', name, '-o', name]);
    expect(folder.shell('echo names | ckpt merge flags - step -o out -q')).toEqual({
      stdout: lines('out'),
      stderr: '',
      code: 0,
    });
    expect(folder.names('out')).toEqual(['flags', 'names', 'step']);
  });

  it('gives each input a prefix', async () => {
    const before = await folder.digests('a');
    expect(merge('a', 'a', 'a', '--prefix-each', 'x/,,y/', '-o', 'out').stderr).toBe(
      lines('out: 9 tensors of 3 inputs; 132 B copied'),
    );
    const after = await folder.digests('out');
    for (const [name, digest] of Object.entries(before)) {
      expect([after[name], after[`x/${name}`], after[`y/${name}`]]).toEqual([digest, digest, digest]);
    }
  });

  it.each([
    ['first', '219 B'],
    ['last', '209 B'],
  ])('keeps the %s of a name when told to', async (way, bytes) => {
    folder.ckpt(['rename', 'a', '--map', 'step=flags', '--map', 'dense/bias=step', '-o', 'c']);
    const [c, b] = [await folder.digests('c'), await folder.digests('b')];
    const { stderr } = merge('c', 'b', '--on-conflict', way, '-o', 'out');
    expect(stderr).toBe(lines(`out: 5 tensors of 2 inputs, 2 duplicates left out; ${bytes} copied`));
    expect(await folder.digests('out')).toEqual(way === 'first' ? { ...b, ...c } : { ...c, ...b });
  });

  it('keeps one of two that agree to the byte', async () => {
    expect(merge('a', 'b', '--on-conflict', 'identical', '-o', 'out').stderr).toBe(
      lines('out: 6 tensors of 2 inputs, 1 duplicate left out; 221 B copied'),
    );
    expect(await folder.digests('out')).toEqual(await folder.digests('sharded.ckpt'));
  });

  it('puts together what was written in either order of bytes', async () => {
    const other = folderWith('v2/big-endian/model.ckpt');
    const [big, little] = [await other.digests('model.ckpt'), await folder.digests('a')];
    expect(merge('a', `${other.path}/model.ckpt`, '--prefix-each', 'little/,big/', '-o', 'out').code).toBe(0);
    const after = await folder.digests('out');
    for (const [name, digest] of Object.entries(big)) expect(after[`big/${name}`]).toBe(digest);
    for (const [name, digest] of Object.entries(little)) expect(after[`little/${name}`]).toBe(digest);
  });

  it('shows its plan', () => {
    const args = ['--prefix-each', ',b/', '--on-conflict', 'first', '--shards', '1', '-o', 'out', '--dry-run'];
    expect(merge('a', 'b', ...args).stdout).toBe(
      lines(
        'renamed, from b: 4',
        '  embedding -> b/embedding',
        '  flags -> b/flags',
        '  names -> b/names',
        '  step -> b/step',
        'unchanged: 3',
        'files:',
        '  229 B  out.data-00000-of-00001 copied',
        '         out.index written',
        '7 tensors, 229 B: 229 B to copy',
      ),
    );
  });

  it('says once which graphs stay behind, and how TensorFlow restores without them', () => {
    for (const name of ['a', 'b']) writeFileSync(join(folder.path, `${name}.meta`), 'a graph');
    expect(merge('a', 'b', '--on-conflict', 'first', '-o', 'out').stderr.split('\n')[0]).toBe(
      'ckpt: a.meta and 1 more stay behind: the graph in it is that of one input; build the variables in code, and tf.compat.v1.train.Saver(variables).restore(session, "out") restores them',
    );
    expect(folder.ckpt(['average', 'a', 'a', '-o', 'mean']).stderr.split('\n')[0]).toBe(
      'ckpt: a.meta stays behind: it fits mean as well: cp a.meta mean.meta',
    );
  });

  it('shows which tensors lose', () => {
    const plan = JSON.parse(merge('a', 'b', '--on-conflict', 'last', '--dry-run', '--json').stdout);
    expect(plan).toMatchObject({
      path: null,
      resolved: 'OUTPUT',
      inputs: [
        { path: 'a', resolved: 'a', format: 'v2' },
        { path: 'b', resolved: 'b', format: 'v2' },
      ],
      dropped: [{ input: 'a', name: 'step', bytes: 8 }],
      tensorCount: 6,
      unchangedCount: 6,
    });
  });
});

describe('merge refuses, and leaves nothing behind', () => {
  it.each<[string, string[], string]>([
    [
      'a name that two inputs have',
      ['a', 'b', '-o', 'out'],
      'more than one input has a tensor called step; keep one with --on-conflict first, last or identical, or give prefixes with --prefix-each',
    ],
    [
      'many of them',
      ['a', 'a', '-o', 'out'],
      'more than one input has each of 3 names, such as dense/bias, dense/kernel, step; keep one with --on-conflict first, last or identical, or give prefixes with --prefix-each',
    ],
    [
      'prefixes that do not fit',
      ['a', 'b', '--prefix-each', 'x/', '-o', 'out'],
      '--prefix-each must give a prefix for each of the 2 inputs, not 1',
    ],
    ['one input', ['a', '-o', 'out'], 'merge takes two checkpoints or more; to copy one, use ckpt subset with **'],
    [
      'an input as output',
      ['a', 'b', '--on-conflict', 'last', '-o', 'b', '--force'],
      'b is what is read; give the new checkpoint another name',
    ],
    ['stdin for two inputs', ['-', '-', '-o', 'out'], 'stdin cannot give the path twice'],
  ])('%s', (_, args, message) => {
    const before = folder.files();
    expect(folder.ckpt(['merge', ...args], { stdin: 'a\n' })).toEqual(refused(message));
    expect(folder.files()).toEqual(before);
  });

  it('names that agree when their bytes do not', () => {
    folder.ckpt(['rename', 'a', '--map', 'dense/bias=step', '--map', 'step=s', '-o', 'c']);
    expect(merge('a', 'c', '--on-conflict', 'identical', '-o', 'out')).toEqual(
      refused(
        'more than one input has a tensor called step, with different content; keep one with --on-conflict first or last, or give prefixes with --prefix-each',
      ),
    );
  });

  it('two object graphs, and says what to do', () => {
    folder = folderWith('v2/object-based/ckpt-1', 'v2/object-based/ckpt-2');
    expect(merge('ckpt-1', 'ckpt-2', '--on-conflict', 'last', '-o', 'out')).toEqual(
      refused(
        'more than one input has an object graph, and a checkpoint has one; say whose is to be kept with --object-graph first or last, or keep none with --object-graph drop',
      ),
    );
  });
});

describe('merge of checkpoints with object graphs', () => {
  beforeEach(() => {
    folder = folderWith('v2/object-based/ckpt-1', 'v2/object-based/ckpt-2');
  });

  it.each(['first', 'last'])('keeps the %s', (which) => {
    const way = ['--on-conflict', which, '--object-graph', which];
    const { stdout, code, stderr } = merge('ckpt-1', 'ckpt-2', ...way, '-o', 'out');
    expect({ stdout, code }).toEqual({ stdout: lines('out'), code: 0 });
    expect(stderr).toContain(`ckpt: the object graph is that of the ${which} input that has one; `);
    expect(folder.names('out')).toContain('_CHECKPOINTABLE_OBJECT_GRAPH');
  });

  it('keeps none when told so', () => {
    expect(merge('ckpt-1', 'ckpt-2', '--on-conflict', 'last', '--object-graph', 'drop', '-o', 'out').code).toBe(0);
    expect(folder.names('out')).not.toContain('_CHECKPOINTABLE_OBJECT_GRAPH');
    expect(folder.ckpt(['info', 'out']).stdout).toContain('by variable names');
  });
});
