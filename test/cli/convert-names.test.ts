/** `ckpt convert`: from objects to names, and from names to the objects of a template. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { lines } from './run.ts';
import { type Folder, folderWith, refused } from './surgery-folder.ts';

const VALUE = '/.ATTRIBUTES/VARIABLE_VALUE';
const COUNTER = `save_counter${VALUE}`;
const SLOTS = 'shared/bias/.OPTIMIZER_SLOT/optimizer';

let folder: Folder;
beforeEach(() => {
  folder = folderWith('v2/object-based/ckpt-1', 'v2/object-based/ckpt-2', 'v2/sharded/sharded.ckpt');
});
const convert = (...args: string[]) => folder.ckpt(['convert', ...args]);

describe('convert --names', () => {
  it('names the tensors, and says what has no full name and what is left out', async () => {
    const before = await folder.digests('ckpt-1');
    expect(convert('ckpt-1', '--names', '-o', 'named')).toEqual({
      stdout: lines('named'),
      stderr: lines(
        `ckpt: _CHECKPOINTABLE_OBJECT_GRAPH, ${COUNTER}: left out, means nothing where checkpoints go by names`,
        'ckpt: net/layers/0/bias, net/layers/0/kernel, shared/bias and 1 more: the object graph gives no full name, or gives it to several; named by the path of the object',
        'ckpt: net/layers/0/bias/Adam, net/layers/0/bias/Adam_1, net/layers/0/kernel/Adam and 1 more: slots of such variables, named after them',
        'named: 13 of 15 tensors named; 244 B copied',
      ),
      code: 0,
    });
    const after = await folder.digests('named');
    expect(Object.keys(after)).toEqual([
      'beta1_power',
      'beta2_power',
      'dot',
      'net/layers/0/bias',
      'net/layers/0/bias/Adam',
      'net/layers/0/bias/Adam_1',
      'net/layers/0/kernel',
      'net/layers/0/kernel/Adam',
      'net/layers/0/kernel/Adam_1',
      'seen',
      'shared/bias',
      'shared/kernel',
      'slash',
    ]);
    expect(after.slash).toBe(before[`net/tables/a.Sb${VALUE}`]);
    expect(after['net/layers/0/kernel/Adam_1']).toBe(before[`net/layers/0/kernel/.OPTIMIZER_SLOT/optimizer/v${VALUE}`]);
  });

  it('shows the plan', () => {
    const { stdout, code } = convert('ckpt-1', '--names', '--dry-run', '--json');
    const plan = JSON.parse(stdout) as { renamed: { from: string; to: string }[]; dropped: { name: string }[] };
    expect(code).toBe(0);
    expect(plan.renamed.length).toBe(13);
    expect(plan.renamed).toContainEqual({ input: 'ckpt-1', from: `net/seen${VALUE}`, to: 'seen' });
    expect(plan.dropped.map(({ name }) => name)).toEqual(['_CHECKPOINTABLE_OBJECT_GRAPH', COUNTER]);
    expect(folder.files().some((name) => name.startsWith('OUTPUT'))).toBe(false);
  });

  it('is refused where there are no objects', () => {
    expect(convert('sharded.ckpt', '--names', '-o', 'x')).toEqual(
      refused('there is no object graph (TF2) in this checkpoint: it goes by names already'),
    );
  });
});

describe('convert --to-objects', () => {
  beforeEach(() => {
    expect(convert('ckpt-1', '--names', '-o', 'named', '-q').code).toBe(0);
  });

  it('fills the template, and gives back what was turned into names', async () => {
    expect(convert('named', '--to-objects', 'ckpt-1', '-o', 'back')).toEqual({
      stdout: lines('back'),
      stderr: lines(
        `ckpt: kept from the template, as checkpoints of names have no such thing: ${COUNTER}`,
        'back: 13 of 13 tensors put in the places of ckpt-1; 1.71 KiB copied',
      ),
      code: 0,
    });
    expect(await folder.digests('back')).toEqual(await folder.digests('ckpt-1'));
  });

  it('refuses what is missing, with the ways out', () => {
    const keys = ['bias', 'kernel'].flatMap((name) =>
      ['m', 'v'].map(
        (slot) =>
          `shared/${name}/.OPTIMIZER_SLOT/optimizer/${slot}${VALUE} (shared/${name}/${slot === 'm' ? 'Adam' : 'Adam_1'})`,
      ),
    );
    expect(convert('named', '--to-objects', 'ckpt-2', '-o', 'x')).toEqual(
      refused(
        `the input has nothing for 4 of the template's values: ${keys.join(', ')}; say which tensors they are with --map name=key, or keep the template's values with --allow-missing`,
      ),
    );
  });

  it('keeps what the template has with --allow-missing, and says what', async () => {
    const { stderr, code } = convert('named', '--to-objects', 'ckpt-2', '--allow-missing', '-o', 'filled');
    expect({ code, first: stderr.split('\n')[0] }).toEqual({
      code: 0,
      first: `ckpt: kept from the template, for the input has nothing for them: ${SLOTS}/m${VALUE}, ${SLOTS}/v${VALUE}, ${SLOTS.replace('bias', 'kernel')}/m${VALUE}, ${SLOTS.replace('bias', 'kernel')}/v${VALUE}`,
    });
    const [one, two, filled] = [
      await folder.digests('ckpt-1'),
      await folder.digests('ckpt-2'),
      await folder.digests('filled'),
    ];
    expect(filled[`shared/kernel${VALUE}`]).toBe(one[`shared/kernel${VALUE}`]);
    for (const key of [COUNTER, `${SLOTS}/m${VALUE}`, '_CHECKPOINTABLE_OBJECT_GRAPH']) {
      expect(filled[key]).toBe(two[key]);
    }
  });

  it('is told what does not match, by pair or list, by path or key', async () => {
    const names = 's|^net/|tower/|;s|^seen$|count|';
    const list = `ckpt list named --names | sed '${names.replaceAll('|', '#')}' > new; ckpt list named --names | paste - new | ckpt rename named --map - -o other -q`;
    expect(folder.shell(list).code).toBe(0);
    writeFileSync(
      join(folder.path, 'map.tsv'),
      folder
        .names('other')
        .filter((name) => name.startsWith('tower/') && !name.includes('/Adam'))
        .map((name) => `${name}\t${name.replace('tower/', 'net/')}\n`)
        .join(''),
    );
    const run = convert(
      'other',
      '--to-objects',
      'ckpt-1',
      '--map',
      'map.tsv',
      '--map',
      `count=net/seen${VALUE}`,
      '-o',
      'x',
    );
    expect(run.code).toBe(0);
    expect(await folder.digests('x')).toEqual(await folder.digests('ckpt-1'));
  });

  it('names what it has no place for', () => {
    expect(folder.ckpt(['merge', 'named', 'sharded.ckpt', '-o', 'more', '-q']).code).toBe(0);
    expect(convert('more', '--to-objects', 'ckpt-1', '-o', 'x').stderr.split('\n')[1]).toBe(
      'ckpt: left out, for the template has no place for them: dense/bias, dense/kernel, embedding, flags, names and 1 more',
    );
  });

  it('refuses another shape, with both', () => {
    expect(
      convert('sharded.ckpt', '--to-objects', 'ckpt-1', '--map', 'embedding=net/seen', '-o', 'x', '--allow-missing'),
    ).toEqual(
      refused(
        `embedding is float64 [5,4], but net/seen${VALUE} wants int64 []; use a template of the same program, or leave such tensors out first with ckpt drop`,
      ),
    );
  });

  it('takes names from V1, and writes the format of the template unless told otherwise', async () => {
    expect(convert('ckpt-1', '--names', '--to', 'v1', '-o', 'old', '-q').code).toBe(0);
    expect(folder.files().filter((name) => name.startsWith('old'))).toEqual(['old']);
    expect(convert('old', '--to-objects', 'ckpt-1', '-o', 'back').stderr).toContain(
      '13 of 13 tensors put in the places',
    );
    expect(folder.files().filter((name) => name.startsWith('back'))).toEqual([
      'back.data-00000-of-00001',
      'back.index',
    ]);
    expect(await folder.digests('back')).toEqual(await folder.digests('ckpt-1'));
  });

  it('chains', () => {
    expect(folder.shell('ckpt convert ckpt-1 --names -o a -q | ckpt convert - --to-objects ckpt-1 -o b -q')).toEqual({
      stdout: lines('b'),
      stderr: '',
      code: 0,
    });
  });

  it.each([
    [
      ['ckpt-1', '--to-objects', 'ckpt-2'],
      'the input has an object graph itself; turn it into names first: ckpt convert --names',
    ],
    [['named', '--to-objects', 'named'], 'the template has no object graph; save one with tf.train.Checkpoint'],
    [
      ['named', '--allow-missing'],
      '--allow-missing, --add-prefix and --strip-prefix go with a template: --like TEMPLATE or --to-objects TEMPLATE',
    ],
  ])('refuses %j', (args, message) => {
    expect(convert(...args, '-o', 'x')).toEqual(refused(message));
  });

  it('never writes over the template', () => {
    expect(convert('named', '--to-objects', 'ckpt-1', '-o', 'ckpt-1', '--force')).toEqual(
      refused('ckpt-1 is what is read; give the new checkpoint another name'),
    );
  });
});
