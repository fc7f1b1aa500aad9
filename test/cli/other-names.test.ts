/** Values that people call by other names than their keys: every command takes them by any, and says where they are stored. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { type Folder, folderWith } from './surgery-folder.ts';

const VALUE = '/.ATTRIBUTES/VARIABLE_VALUE';
const KERNEL = `optimizer/_trainable_variables/0${VALUE}`;
/** What the model of the fixture has: six trained variables, which lie under the optimizer, and two statistics. */
const OF_MODEL = [
  ...['mean', 'variance'].map((name) => `model/_functional/_operations/2/moving_${name}${VALUE}`),
  ...[0, 1, 2, 3, 4, 5].map((i) => `optimizer/_trainable_variables/${i}${VALUE}`),
];

let folder: Folder;
beforeEach(() => {
  folder = folderWith('v2/object-based-keras/model');
});

describe('a path or a full name', () => {
  it.each([
    'model/_functional/_operations/1/_kernel',
    'sequential/hidden/kernel',
    `model/_functional/_operations/1/_kernel${VALUE}`,
  ])('%s is taken where a name is', (name) => {
    expect(folder.ckpt(['list', 'model', name, '--names', '-q']).stdout).toBe(`${KERNEL}\n`);
    expect(folder.ckpt(['print', 'model', `${name}[0]`]).stdout).toContain(KERNEL);
  });

  it('is shown beside the key', () => {
    const { tensors } = JSON.parse(folder.ckpt(['list', 'model', KERNEL, '--json']).stdout);
    expect(tensors[0]).toMatchObject({
      name: KERNEL,
      fullName: 'sequential/hidden/kernel',
      paths: ['model/_functional/_operations/1/_kernel'],
    });
    expect(folder.ckpt(['list', 'model', KERNEL]).stdout).toContain('sequential/hidden/kernel');
    expect(folder.ckpt(['list', 'model', KERNEL, '-l']).stdout).toContain('model/_functional/_operations/1/_kernel');
  });

  it('is renamed by a map, which says where the value is stored', () => {
    const { stdout, stderr } = folder.ckpt([
      'rename',
      'model',
      '--map',
      'sequential/hidden/kernel=net/w',
      '--dry-run',
      '--json',
    ]);
    expect(JSON.stringify(JSON.parse(stdout))).toContain(`net/w${VALUE}`);
    expect(stdout + stderr).toContain(`sequential/hidden/kernel is stored as ${KERNEL}`);
  });
});

describe('edits of values and shapes', () => {
  const NAME = 'sequential/hidden/kernel';

  it('set one by any of its names, and never a stranger beside it', () => {
    const told = folder.ckpt(['set', 'model', `${NAME}=ones`, '-o', 'out']);
    expect([told.code, told.stderr]).toEqual([0, expect.stringContaining(`${NAME} is stored as ${KERNEL}`)]);
    expect(folder.names('out')).toEqual(folder.names('model'));
    expect(folder.ckpt(['diff', 'model', 'out', NAME, '--values', '--stat']).stdout).toContain('1 of other values');
    const twice = folder.ckpt(['set', 'model', `${NAME}=1`, `${KERNEL}=2`, '-o', 'no']);
    expect([twice.code, twice.stderr]).toEqual([2, expect.stringContaining('is given two values')]);
    const wrong = folder.ckpt(['set', 'model', 'sequential/hidden/kernal=ones', '-o', 'no']);
    expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining('there is no tensor called') });
    const source = folder.ckpt(['set', 'model', `${NAME}=@model:${NAME}`, '-o', 'same']);
    expect([source.code, folder.ckpt(['diff', 'model', 'same', '--values']).code]).toEqual([0, 0]);
  });

  it('change a shape by any of its names, and say where it is stored', () => {
    const { stderr } = folder.ckpt(['transpose', 'model', NAME, '--perm', '1,0', '-o', 'out']);
    expect(stderr).toContain(`1 tensor taken by another of their names: ${NAME} is ${KERNEL}`);
    expect(folder.ckpt(['split', 'model', NAME, '--into', '2', '--as', 'k_{n}', '-o', 'cut', '-q']).code).toBe(0);
    expect(folder.names('cut').filter((name) => name.startsWith('k_'))).toEqual(['k_0', 'k_1']);
  });

  it('are steps of a recipe by them, too', () => {
    const recipe = `- set: {values: {${NAME}: ones}}\n- transpose: {select: ${NAME}, perm: [1, 0]}\n`;
    const { code, stderr } = folder.ckpt(['apply', '-', 'model', '-o', 'out'], { stdin: recipe });
    expect([code, stderr]).toEqual([0, expect.stringMatching(/1 value set[\s\S]*transposed/)]);
    expect(folder.names('out')).toEqual(folder.names('model'));
  });
});

describe('rename', () => {
  it('by substitution changes keys alone, and says so of a name that is none', () => {
    const { stderr, code } = folder.ckpt(['rename', 'model', '--replace', 's/hidden/h/', '-o', 'out']);
    expect(code).toBe(2);
    expect(stderr).toContain('is another name of one, which --map takes: --map');
  });
});

describe('subset and drop', () => {
  it('take a key by its own path without a word', () => {
    const { stderr } = folder.ckpt(['drop', 'model', 'optimizer/_variables/2', '-o', 'out']);
    expect(stderr).not.toContain('another of their names');
  });

  it('keep what lies below a path, wherever it is stored, and say so', () => {
    const { stderr } = folder.ckpt(['subset', 'model', 'model/', '-o', 'out']);
    expect(stderr).toContain(
      `6 tensors taken by another of their names: model/_functional/_operations/1/_kernel is ${KERNEL}`,
    );
    expect(folder.names('out').filter((name) => !name.startsWith('_'))).toEqual(OF_MODEL);
  });

  it('say that what goes has another owner that stays', () => {
    const { stderr } = folder.ckpt(['drop', 'model', 'optimizer/', '-o', 'out']);
    expect(stderr).toContain(
      `6 tensors left out that other paths lead to as well: model/_functional/_operations/1/_kernel is ${KERNEL}`,
    );
    expect(stderr).toContain('ckpt strip-optimizer');
    expect(folder.ckpt(['drop', 'model', '**/moving_mean', '-o', 'out', '--force']).stderr).not.toContain(
      'other paths',
    );
  });

  it('leave out a path that is to stay by any name', () => {
    expect(folder.ckpt(['drop', 'model', 'optimizer/', '!model/', '-o', 'out', '-q']).code).toBe(0);
    expect(folder.names('out').filter((name) => !name.startsWith('_'))).toEqual(OF_MODEL);
  });
});

describe('slots of variables that are dropped', () => {
  beforeEach(() => {
    folder = folderWith('graphs/tf1-ref-variables/model.ckpt');
  });

  it('are told of, and go where that is wanted', () => {
    const [variable, ...slots] = ['', '/Adam', '/Adam_1', '/ExponentialMovingAverage'].map(
      (end) => `net/encoder/hidden/bias${end}`,
    );
    const told = folder.ckpt(['drop', 'model.ckpt', variable as string, '-o', 'out']).stderr;
    expect(told).toContain(
      `3 slots stay, though their variables go: ${slots.join(', ')}; --with-slots leaves them out too`,
    );
    expect(folder.names('out')).toEqual(expect.arrayContaining(slots));
    expect(folder.ckpt(['drop', 'model.ckpt', variable as string, '--with-slots', '-o', 'two', '-q']).code).toBe(0);
    expect(folder.names('two').filter((name) => name.startsWith(variable as string))).toEqual([]);
  });
});

it('slots that lie at an object are cut with its value', () => {
  const objects = folderWith('v2/object-based/ckpt-2');
  const kernel = 'net/layers/0/kernel';
  expect(objects.ckpt(['split', 'ckpt-2', kernel, '--into', '2', '--as', 'k_{n}', '-o', 'cut', '-q']).code).toBe(0);
  const slot = '.OPTIMIZER_SLOT/optimizer/m/.ATTRIBUTES/VARIABLE_VALUE';
  expect(objects.names('cut')).toEqual(expect.arrayContaining(['k_0', 'k_1', `k_0/${slot}`, `k_1/${slot}`]));
  expect(objects.names('cut').filter((name) => name.startsWith(kernel))).toEqual([]);
});

describe('single names', () => {
  const KERNELS = ['model/_functional/_operations/1/_kernel', 'sequential/hidden/kernel'];

  it.each(KERNELS)('set, also from another checkpoint, split and --select take %s', (name) => {
    expect(folder.ckpt(['set', 'model', `${name}=ones`, '-o', 'ones']).code).toBe(0);
    expect(folder.ckpt(['print', 'ones', `${KERNEL}[0,:2]`]).stdout).toContain('[1. 1.]');
    expect(folder.ckpt(['set', 'model', `${KERNEL}=@ones:${name}`, '-o', 'again']).code).toBe(0);
    expect(folder.ckpt(['diff', 'ones', 'again', name, '--values']).code).toBe(0);
    expect(folder.ckpt(['split', 'model', name, '--into', '3', '--as', 'part_{n}', '-o', 'cut']).code).toBe(0);
    expect(folder.names('cut')).toContain('part_2');
    const renamed = folder.ckpt(['rename', 'model', '--select', name, '--add-prefix', 'x/', '-o', 'x']);
    expect(renamed.stderr).toContain('1 of ');
    expect(folder.names('x')).toContain(`x/${KERNEL}`);
  });

  it('are taken by the steps of a recipe, also after names have changed', () => {
    const steps = [
      { set: { values: { 'sequential/hidden/kernel': 'ones' } } },
      { rename: { map: { 'sequential/hidden/kernel': 'model/w' } } },
      { cast: { select: 'model/_functional/**/bias', dtype: 'float16' } },
      { subset: { select: ['model/w', 'model/_functional/**/bias'] } },
    ];
    writeFileSync(join(folder.path, 'recipe.json'), JSON.stringify({ steps }));
    const { stderr, code } = folder.ckpt(['apply', 'recipe.json', 'model', '-o', 'out']);
    expect([code, stderr]).toEqual([0, expect.stringContaining('subset')]);
    expect(folder.names('out')).toContain(`model/w${VALUE}`);
    expect(folder.ckpt(['print', 'out', `model/w${VALUE}[0,:2]`]).stdout).toContain('[1. 1.]');
  });
});
