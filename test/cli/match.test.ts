/** `ckpt match`. */
import { beforeEach, describe, expect, it } from 'vitest';
import { ckpt, lines } from './run.ts';
import { type Folder, folderWith } from './surgery-folder.ts';

const SHARDED = ['dense/bias', 'dense/kernel', 'embedding', 'flags', 'names', 'step'];

let folder: Folder;
const run = (...args: string[]) => folder.ckpt(args);
const line = (...fields: string[]): string => fields.join('\t');

beforeEach(() => {
  folder = folderWith('v2/sharded/sharded.ckpt', 'v2/variables-howto/model.ckpt');
});

describe('match', () => {
  it('finds every tensor of a renamed checkpoint by its content, in another format too', () => {
    run('rename', 'sharded.ckpt', '--replace', 's/^/other./', '--map', 'step=count', '-o', 'new.ckpt');
    run('drop', 'new.ckpt', '--dtype', 'string', '-o', 'new.safetensors');
    const expected = SHARDED.map((name) => line(name, name === 'step' ? 'other.count' : `other.${name}`, 'content'));
    expect(run('match', 'sharded.ckpt', 'new.ckpt')).toEqual({ stdout: lines(...expected), stderr: '', code: 0 });
    expect(run('match', 'sharded.ckpt', 'new.safetensors')).toEqual({
      stdout: lines(...expected.filter((text) => !text.startsWith('names'))),
      stderr: lines('ckpt: sharded.ckpt: names has no match'),
      code: 0,
    });
  });

  it('tells equal tensors apart by their names, and gives rename its list', async () => {
    const zeros = ['layer_1/bias', 'layer_2/bias', 'layer_10/bias'].flatMap((name) => [`${name}:float32[3]=zeros`]);
    expect(run('set', 'sharded.ckpt', ...zeros, '-o', 'old.ckpt').code).toBe(0);
    run('rename', 'old.ckpt', '--replace', String.raw`s/layer_(\d+)\/bias/h.\1.b/`, '-o', 'new.ckpt');
    const { stdout } = run('match', 'old.ckpt', 'new.ckpt');
    expect(stdout).toContain(line('layer_10/bias', 'h.10.b', 'content'));
    expect(stdout).toContain(line('layer_2/bias', 'h.2.b', 'content'));
    expect(folder.shell('ckpt match old.ckpt new.ckpt | ckpt rename old.ckpt --map - -o back.ckpt -q').code).toBe(0);
    expect(await folder.digests('back.ckpt')).toEqual(await folder.digests('new.ckpt'));
  });

  it('goes by names and shapes where the content is another', () => {
    run('set', 'sharded.ckpt', 'dense/kernel=ones', 'dense/bias=zeros', 'embedding=ones', '-o', 'trained.ckpt');
    run('rename', 'trained.ckpt', '--map', 'dense/kernel=net/fc/w', '--map', 'embedding=table', '-o', 'new.ckpt');
    expect(run('match', 'sharded.ckpt', 'new.ckpt')).toEqual({
      stdout: lines(
        line('dense/bias', 'dense/bias', 'name'),
        line('dense/kernel', 'net/fc/w', 'name'),
        line('embedding', 'table', 'shape'),
        ...['flags', 'names', 'step'].map((name) => line(name, name, 'content')),
      ),
      stderr: '',
      code: 0,
    });
    expect(run('match', 'sharded.ckpt', 'new.ckpt', '--min-evidence', 'name')).toMatchObject({
      stdout: expect.not.stringContaining('table'),
      stderr: lines('ckpt: sharded.ckpt: embedding has no match', 'ckpt: new.ckpt: table has no match'),
    });
  });

  it('goes by the full names of objects, and takes slots along', () => {
    const objects = folderWith('v2/object-based-keras/model');
    objects.ckpt(['convert', 'model', '--names', '-o', 'named', '-q']);
    objects.ckpt([
      'set',
      'named',
      'sequential/hidden/kernel=ones',
      'sequential/output/kernel=zeros',
      '-o',
      'other',
      '-q',
    ]);
    objects.ckpt(['rename', 'other', '--replace', 's/^sequential/net/', '-o', 'renamed', '-q']);
    const { stdout } = objects.ckpt(['match', 'renamed', 'model']);
    expect(stdout).toContain(
      line('net/hidden/kernel', 'optimizer/_trainable_variables/0/.ATTRIBUTES/VARIABLE_VALUE', 'name'),
    );
  });

  it('has nothing to say of checkpoints that share no shape, but names what is in them', () => {
    const { stdout, stderr, code } = run('match', 'model.ckpt', 'sharded.ckpt');
    expect([stdout, code]).toEqual(['', 0]);
    expect(stderr).toBe(
      lines(
        ...['biases', 'weights'].map((name) => `ckpt: model.ckpt: ${name} has no match`),
        ...SHARDED.map((name) => `ckpt: sharded.ckpt: ${name} has no match`),
      ),
    );
    expect(run('match', 'model.ckpt', 'sharded.ckpt', '-q').stderr).toBe('');
  });

  it('leaves out the object graph, which follows names by itself', () => {
    const { stdout, stderr } = ckpt(['match', 'v2/object-based-keras', 'v2/object-based-keras']);
    expect([stdout.includes('OBJECT_GRAPH'), stderr]).toEqual([false, '']);
    for (const text of stdout.trimEnd().split('\n')) expect(text).toMatch(/^(.+)\t\1\tcontent$/);
  });

  it('reads every dtype, and names of every kind', () => {
    for (const path of ['v2/every-dtype', 'v2/unicode-names', 'v2/glob-characters', 'v2/variant']) {
      const { code, stderr } = ckpt(['match', path, path]);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    }
  });

  it('refuses a kind of evidence that it does not know', () => {
    expect(run('match', 'model.ckpt', 'model.ckpt', '--min-evidence', 'hope').code).toBe(2);
  });
});
