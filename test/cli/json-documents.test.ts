/** Every JSON document, as its published schema says: one of each command, of reads, plans, writes and refusals. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../../src/cli/commands.ts';
import { DOCUMENTS } from '../../src/cli/json-schemas/documents.ts';
import { REPOSITORY } from '../fixtures.ts';
import { checkDocument } from './documents.ts';
import { ckpt, type Run } from './run.ts';
import { type Folder, folderWith } from './surgery-folder.ts';

interface Document {
  readonly schemaVersion: number;
  readonly ok: boolean;
  readonly [key: string]: unknown;
}

const seen = new Set<string>();

/** The document of a run, which is as the schema of this name says. */
function documentOf(name: string, { stdout, code }: Run): Document {
  const document = JSON.parse(stdout) as Document;
  checkDocument(name, document);
  expect(stdout.endsWith('\n')).toBe(true);
  expect(document.schemaVersion).toBe(1);
  expect(Object.keys(document).at(-1)).toBe('ok');
  expect(document.ok).toBe(code === 0);
  seen.add(name);
  return document;
}

describe('documents of commands that read', () => {
  const KERAS = 'v2/object-based-keras/model';
  it.each<[string, ...string[]]>([
    ['list', 'v2/sharded'],
    ['list', 'v2/sharded', '--long', '--sha256'],
    ['list', KERAS, '--long'],
    ['list', 'v2/partitioned/parts.ckpt', '--long'],
    ['list', 'damaged/flipped-data-bit/model.ckpt', '--sha256'],
    ['list', 'v1/partitioned/model.ckpt', '--long'],
    ['print', 'v2/sharded'],
    ['print', 'v2/sharded', '**'],
    ['print', 'v2/sharded', 'embedding[0]'],
    ['print', KERAS, '_CHECKPOINTABLE_OBJECT_GRAPH'],
    ['print', 'damaged/flipped-data-bit/model.ckpt', '**'],
    ['list', 'damaged/negative-size/model.ckpt'],
    ['tree', 'damaged/negative-dimension/model.ckpt'],
    ['stats', 'v2/every-dtype'],
    ['tree', KERAS],
    ['tree', 'v2/many-blocks'],
    ['info', KERAS],
    ['info', 'v2/header-only/without_data.ckpt'],
    ['stats', 'v2/sharded'],
    ['stats', 'v2/sharded', '--total'],
    ['stats', 'state/diverging/model.ckpt-3', '--fail-on', 'nan,inf'],
    ['diff', 'v2/sharded', 'v2/sharded', '--values'],
    ['diff', 'v2/sharded', 'v2/variables-howto/model.ckpt'],
    ['diff', 'state/diverging/model.ckpt-2', 'state/diverging/model.ckpt-3', '--values'],
    ['match', 'v2/sharded', 'v2/sharded'],
    ['match', 'v2/sharded', 'v2/variables-howto/model.ckpt'],
    ['verify', 'v2/sharded'],
    ['verify', 'damaged/flipped-data-bit/model.ckpt'],
    ['doctor', 'v2/sharded'],
    ['doctor', 'damaged/flipped-data-bit/model.ckpt'],
    ['doctor', 'damaged/empty-state/checkpoint'],
    ['state', 'state/saver-absolute'],
    ['latest', 'state/diverging', '--finite'],
  ])('%s %s %s %s', (name, ...args) => {
    const document = documentOf(name, ckpt([name, ...args, '--json']));
    if ('tensors' in document) expect(Array.isArray(document.tensors)).toBe(true);
    if ('path' in document) expect(document.path).toBe(args[0]);
  });

  it('are whole where an error ends them, and are none where it comes first', () => {
    const run = ckpt(['print', 'damaged/unsorted-keys/model.ckpt', '**', '--json']);
    expect(run).toMatchObject({ code: 2, stderr: expect.stringContaining('a key out of order') });
    expect(documentOf('print', run)).toMatchObject({
      tensors: [{ name: 'sound' }],
      error: { code: 'CORRUPT', message: expect.stringContaining('a key out of order') },
    });
    for (const args of [
      ['list', 'v2/sharded', 'nope'],
      ['print', 'v2/sharded', 'nope'],
      ['list', 'damaged/unsorted-keys/model.ckpt'],
    ]) {
      expect(ckpt([...args, '--json'])).toMatchObject({ stdout: '', code: 2 });
    }
  });

  it('keep the path that stdin gave', () => {
    expect(documentOf('info', ckpt(['info', '-', '--json'], { stdin: 'v2/sharded\n' }))).toMatchObject({
      path: 'v2/sharded',
      resolved: 'v2/sharded/sharded.ckpt',
    });
  });
});

describe('documents of commands that write', () => {
  const WRITES: Readonly<Record<string, readonly string[]>> = {
    rename: ['model.ckpt', '--map', 'weights=w'],
    subset: ['model.ckpt', 'weights'],
    drop: ['model.ckpt', 'weights'],
    merge: ['model.ckpt', 'sharded.ckpt'],
    'strip-non-trainable': ['sharded.ckpt'],
    'strip-optimizer': ['sharded.ckpt'],
    convert: ['model.ckpt', '--to', 'safetensors'],
    cast: ['model.ckpt', '--dtype', 'bfloat16'],
    average: ['model.ckpt', 'model.ckpt'],
    ema: ['averages'],
    set: ['model.ckpt', 'biases=0'],
    resize: ['model.ckpt', 'biases', '--size', '300'],
    remap: ['model.ckpt', 'biases', '--from', 'old.txt', '--to-vocab', 'new.txt'],
    concat: ['parts', 'b_{n}', '--as', 'b'],
    split: ['model.ckpt', 'biases', '--into', '2', '--as', 'b_{n}'],
    transpose: ['model.ckpt', 'weights', '--perm', '1,0'],
    reshape: ['model.ckpt', 'biases', '--shape', '2,-1'],
    partition: ['model.ckpt', 'weights', '--into', '2'],
    apply: ['recipe.yaml'],
  };

  function prepared(): Folder {
    const folder = folderWith('v2/variables-howto/model.ckpt', 'v2/sharded/sharded.ckpt');
    const words = Array.from({ length: 200 }, (_, i) => `w${i}`);
    writeFileSync(join(folder.path, 'old.txt'), `${words.join('\n')}\n`);
    writeFileSync(join(folder.path, 'new.txt'), `${words.slice(50).join('\n')}\nnew\n`);
    const steps = 'steps:\n  - rename: {map: {weights: w}}\n  - cast: {dtype: float16}\n';
    writeFileSync(join(folder.path, 'recipe.yaml'), `inputs: {model: model.ckpt}\n${steps}`);
    folder.ckpt(['split', 'model.ckpt', 'biases', '--into', '2', '--as', 'b_{n}', '-o', 'parts']);
    folder.ckpt([
      'set',
      'model.ckpt',
      'weights/ExponentialMovingAverage:float32[784,200]=zeros',
      'biases/ExponentialMovingAverage:float32[200]=zeros',
      '-o',
      'averages',
    ]);
    return folder;
  }

  it.each(Object.entries(WRITES))('%s: the plan, and the same when it is written', (name, args) => {
    const folder = prepared();
    const output = name === 'convert' ? 'out.safetensors' : 'out';
    const plan = documentOf(name, folder.ckpt([name, ...args, '-o', output, '--dry-run', '--json']));
    expect(plan).toMatchObject({ path: output, written: false });
    const before = folder.files();
    const run = folder.ckpt([name, ...args, '-o', output, '--json']);
    const done = documentOf(name, run);
    expect(run.stderr).toContain(`${done.resolved}: `);
    expect(done).toMatchObject({ path: output, resolved: plan.resolved, written: true, ok: true });
    const { written: _, notes: planned, tensors: lostLater, ...facts } = plan;
    expect(done).toMatchObject(facts);
    for (const note of planned as string[]) expect(done.notes).toContain(note);
    const made = (done.files as { path: string }[]).map(({ path }) => path);
    expect(
      folder
        .files()
        .filter((file) => !before.includes(file))
        .sort(),
    ).toEqual([...made].sort());
    expect(folder.ckpt(['list', done.resolved as string, '--json']).code).toBe(0);
    if (lostLater !== undefined) expect(lostLater).toHaveLength((done.tensors as unknown[]).length);
  });

  it('in place, by rename and by set', () => {
    const folder = prepared();
    const renamed = folder.ckpt(['rename', 'model.ckpt', '--map', 'weights=w', '--in-place', '--json']);
    expect(documentOf('rename', renamed)).toMatchObject({
      path: 'model.ckpt',
      written: true,
      renamed: [{ input: 'model.ckpt', from: 'weights', to: 'w' }],
      unchangedCount: 1,
    });
    const set = folder.ckpt(['set', 'model.ckpt', 'biases=1', '--in-place', '--json']);
    expect(documentOf('set', set)).toMatchObject({
      path: 'model.ckpt',
      written: true,
      changed: [{ name: 'biases', from: 'float32[200]', to: 'float32[200]' }],
    });
  });

  it('what a cast lost, also where it is refused', () => {
    const folder = folderWith('v2/sharded/sharded.ckpt');
    folder.ckpt(['set', 'sharded.ckpt', 'dense/bias=1e30', '-o', 'large']);
    const args = ['cast', 'large', 'dense/bias', '--dtype', 'float16', '-o', 'out', '--json'];
    const lost = { name: 'dense/bias', from: 'float32', to: 'float16', shape: [3], elements: 3, overflow: 3 };
    const refused = folder.ckpt([...args, '--fail-on', 'overflow']);
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('nothing was written') });
    expect(documentOf('cast', refused)).toMatchObject({ written: false, tensors: [lost] });
    expect(folder.files().filter((file) => file.startsWith('out'))).toEqual([]);
    expect(documentOf('cast', folder.ckpt(args))).toMatchObject({ written: true, tensors: [lost] });
  });

  it('what doctor saved, and what is lost', () => {
    const folder = folderWith('damaged/flipped-data-bit/model.ckpt');
    const run = folder.ckpt(['doctor', 'model.ckpt', '--salvage', '-o', 'saved', '--json']);
    expect(documentOf('salvage', run)).toMatchObject({
      ok: false,
      written: true,
      path: 'saved',
      lost: [{ name: 'weights', reason: expect.any(String) }],
    });
  });

  it('a state file, repaired', () => {
    const folder = folderWith('state/saver-absolute/model.ckpt-30');
    const run = folder.ckpt(['state', '.', '--fix', '--json']);
    expect(documentOf('state-fix', run)).toMatchObject({ path: '.', written: true, changed: true });
    expect(documentOf('state-fix', folder.ckpt(['state', '.', '--fix', '--json']))).toMatchObject({ changed: false });
  });

  it('the record of a write', () => {
    const folder = prepared();
    folder.ckpt(['apply', 'recipe.yaml', '-o', 'out', '--record']);
    const record = JSON.parse(readFileSync(join(folder.path, 'out.ckpt.json'), 'utf8'));
    checkDocument('record', record);
    expect(record.schemaVersion).toBe(1);
    seen.add('record');
    expect(documentOf('info', folder.ckpt(['info', 'out', '--json'])).record).toEqual(record);
  });

  it('not to where the checkpoint itself goes', () => {
    const args = ['convert', 'v2/sharded', '--to', 'npz', '-o', '-', '--json'];
    expect(ckpt(args)).toEqual({
      stdout: '',
      stderr: 'ckpt: --json and -o - both write to stdout; name a file, or leave --json out\n',
      code: 2,
    });
  });
});

describe('published schemas', () => {
  it('are of every document that a command prints, and each was held against one', async () => {
    const published = readdirSync(join(REPOSITORY, 'schemas')).map((file) => file.replace('.schema.json', ''));
    expect(published.sort()).toEqual(DOCUMENTS.map(({ name }) => name).sort());
    expect([...seen].sort()).toEqual(published);
    for (const { name, load } of COMMANDS) {
      const hasJson = (await load()).options.some(({ long }) => long === '--json');
      expect([name, hasJson]).toEqual([name, published.includes(name)]);
    }
  });
});
