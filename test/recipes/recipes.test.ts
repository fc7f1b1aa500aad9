import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv, type ValidateFunction } from 'ajv';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { writeCheckpoint } from '../../src/checkpoints/checkpoint.ts';
import { UsageError } from '../../src/errors.ts';
import { applyRecipe } from '../../src/recipes/apply-recipe.ts';
import { parseRecipe } from '../../src/recipes/recipe.ts';
import type { Tensor, TensorMap } from '../../src/tensor/tensor.ts';
import { tensorFrom } from '../../src/tensor/tensor-from.ts';
import { ckpt } from '../cli/run.ts';
import { contentOf, counted, floats, valuesOf } from '../edits/arrays.ts';
import { REPOSITORY } from '../fixtures.ts';
import { scratch } from '../scratch.ts';

const model = (): Map<string, Tensor> =>
  new Map([
    ['emb', counted([3, 2])],
    ['emb/Adam', counted([3, 2], 10)],
    ['w_0', floats([2], [1, 2])],
    ['w_1', floats([2], [3, 4])],
    ['beta1_power', floats([], [0.9])],
  ]);

const FILES: Readonly<Record<string, string>> = {
  'old.txt': 'a\nb\nc\n',
  'new.txt': 'c\na\nd\n',
  'map.tsv': 'w_0\tv\n',
};

async function apply(text: string, inputs: Record<string, TensorMap> = { model: model() }) {
  return applyRecipe(await parseRecipe(text, 'r.yaml'), new Map(Object.entries(inputs)), {
    readText: (path) => FILES[path] ?? '',
    readTensor: async (name) => ({ name, tensor: floats([2], [7, 8]) }),
  });
}

describe('a recipe', () => {
  it('does its steps in order, and tells what each did', async () => {
    const { tensors, steps, changes, newNameOf } = await apply(
      `
steps:
  - strip-optimizer
  - concat: {select: 'w_{n}', as: w}
  - rename: {replace: 's/^/net\\//'}
  - resize: {select: net/emb, size: 4, init: mean}
  - set: {values: {net/w: '[0,1,2,3]', 'net/new:float32[2]': '@x.npy'}}
  - cast:
      select: net/emb
      dtype: bfloat16
`.replace("'[0,1,2,3]'", '[0, 1, 2, 3]'),
    );
    expect([...tensors].map(([name, { dtype, shape }]) => `${name} ${dtype.name} ${shape}`)).toEqual([
      'net/emb bfloat16 4,2',
      'net/w float32 4',
      'net/new float32 2',
    ]);
    expect(valuesOf(tensors.get('net/w'))).toEqual([0, 1, 2, 3]);
    expect(valuesOf(tensors.get('net/new'))).toEqual([7, 8]);
    expect(steps.map(({ summary }) => summary)).toEqual([
      '3 of 5 tensors kept',
      '2 of 3 tensors joined into 1',
      '2 of 2 tensors renamed',
      '1 of 2 tensors resized to 4 rows',
      '2 values set',
      '1 of 3 tensors cast to bfloat16',
    ]);
    expect(newNameOf('emb', 0)).toBe('net/emb');
    expect(newNameOf('w_0', 0)).toBeUndefined();
    expect(changes.map(({ name, before, after }) => [name, before?.shape, after?.shape])).toEqual([
      ['net/w', undefined, [4]],
      ['net/emb', [3, 2], [4, 2]],
      ['net/new', undefined, [2]],
      ['w_0', [2], undefined],
      ['w_1', [2], undefined],
    ]);
  });

  it('works on several inputs by name', async () => {
    const inputs = { a: model(), b: new Map([['head', floats([1], [1])]]), c: new Map([['head', floats([1], [3])]]) };
    const { tensors } = await apply(
      `
- average: {inputs: [b, c], on: b}
- rename: {map: map.tsv, on: a}
- remap: {select: emb, from: old.txt, to-vocab: new.txt}
- set: {values: {v: '@b:head'}, on: c}
- merge: {inputs: [a, b], prefix-each: ['', top/]}
`.replace("- set: {values: {v: '@b:head'}, on: c}\n", "- set: {values: {'h:float32[1]': '@c:head'}, on: b}\n"),
      inputs,
    );
    expect(valuesOf(tensors.get('top/head'))).toEqual([2]);
    expect(valuesOf(tensors.get('top/h'))).toEqual([3]);
    expect(valuesOf(tensors.get('v'))).toEqual([1, 2]);
    expect(valuesOf(tensors.get('emb'))).toEqual([4, 5, 0, 1, 0, 0]);
    expect(valuesOf(tensors.get('emb/Adam'))).toEqual([14, 15, 10, 11, 0, 0]);
  });

  it.each([
    [
      '- resize:\n    select: emb\n    sise: 3\n',
      'r.yaml:3:5: there is no key called sise; resize takes on, select, role, trainable, with-slots, axis, size, init, seed, at, cut',
    ],
    ['- resize:\n    select: emb\n', 'r.yaml:1:3: resize needs size'],
    ['- step: cast\n  dtype: 4\n', /^r\.yaml:2:3: cast\.dtype: one of float32, .* is wanted, not 4$/],
    ['- resize: {select: emb, size: 1.5}', 'r.yaml:1:25: resize.size: a whole number is wanted, not 1.5'],
    ['- drop: {select: 3}', 'r.yaml:1:10: drop.select: a text or a list is wanted, not 3'],
    ['- rezise: {}\n', 'r.yaml:1:3: there is no step called rezise; did you mean resize?'],
    [
      '{"steps":[{"cast":{"dtype":"bfloat16"}}],\n"inptus":{}}',
      'r.yaml:2:1: there is no key called inptus; a recipe takes inputs, steps',
    ],
    [
      '- merge: {inputs: [a], on-conflict: foo}',
      'r.yaml:1:24: merge.on-conflict: one of refuse, first, last, identical is wanted, not "foo"',
    ],
    ['- cast: [\n', /^r\.yaml:2:1: /],
    ['a: &a [*a]\nsteps: [*a]', /^r\.yaml:\d+:\d+: /],
    ['- cast: {dtype: bfloat16}\n- cast: {dtype: bfloat16, dtype: float16}\n', /^r\.yaml:2:27: .*unique/],
    ['nothing', 'r.yaml:1:1: a recipe is a list of steps, or has them under steps'],
    ['- drop: {select: x}', /^r\.yaml:1:10: step 1 \(drop\), select: no tensor matches x/],
    [
      '- cast: {dtype: bfloat16}\n- resize: {select: emb, size: 1}',
      /^r\.yaml:2:3: step 2 \(resize\): .* say cut: true$/,
    ],
    [
      '- merge: {inputs: [model, other]}',
      'r.yaml:1:11: step 1 (merge), inputs: no input is called other; there is model',
    ],
    ['- rename: {map: {emb: emb}}', 'r.yaml:1:12: step 1 (rename), map: map gives every name itself: it changes none'],
    [
      'steps:\n- set:\n    values:\n      emb: normal\n',
      /^r\.yaml:3:5: step 1 \(set\), values: emb is float32, which takes numbers/,
    ],
    [
      '- set:\n    values: {emb: 1,\n      v: 3}\n',
      /^r\.yaml:2:5: step 1 \(set\), values: there is no tensor called v/,
    ],
    ['[]', 'r.yaml:1:1: the recipe has no steps'],
  ])('%j is refused', async (text, message) => {
    const failed = apply(text);
    await expect(failed).rejects.toThrow(message);
    await expect(failed).rejects.toMatchObject({ code: expect.stringMatching(/USAGE|NAME|MISMATCH/) });
  });

  it('says which slots a drop leaves without their variable', async () => {
    const { steps } = await apply('- drop: {select: emb}\n- drop: {select: w_0}\n');
    expect(steps.map(({ notes }) => notes)).toEqual([
      ['1 slot stays, though its variable goes: emb/Adam; with-slots: true leaves it out too'],
      [],
    ]);
  });

  it('chooses by roles, drops slots too, and gives a mean its step', async () => {
    const step = (value: number): [string, Tensor] => ['global_step', tensorFrom(BigInt(value), { dtype: 'int64' })];
    const at = (value: number) => new Map([...model(), step(value)]);
    const names = async (text: string) => [...(await apply(text, { model: at(3), older: at(1) })).tensors.keys()];
    expect(await names('- subset: {role: slot}')).toEqual(['emb/Adam']);
    expect(await names('- drop: {role: [slot, step, hyperparameter]}')).toEqual(['emb', 'w_0', 'w_1']);
    expect(await names("- drop: {select: [emb, 'w_*'], with-slots: true}")).toEqual(['beta1_power', 'global_step']);
    await expect(names('- subset: {}')).rejects.toThrow(
      'r.yaml:1:3: step 1 (subset): subset takes select, role or trainable',
    );
    const stepOf = async (text: string) => {
      const { tensors } = await apply(text, { model: at(3), older: at(1) });
      return new BigInt64Array(contentOf(tensors.get('global_step') as Tensor).slice().buffer)[0];
    };
    expect(await stepOf('- average: {inputs: [older, model]}')).toBe(3n);
    expect(await stepOf('- average: {inputs: [older, model], into: step=first}')).toBe(1n);
    expect(await stepOf('- average: {inputs: [older, model], into: step=0}')).toBe(0n);
    await expect(stepOf('- average: {inputs: [older, model], into: step=x}')).rejects.toThrow(
      /r\.yaml:1:37: .*, into: a step/,
    );
  });

  it('takes names as listings print them', async () => {
    const tensors = new Map([
      ['a\udc85', floats([], [1])],
      ['b', floats([], [2])],
    ]);
    const applied = await apply('- rename: {map: {a\\x85: c}}\n- drop: {select: b}\n', { model: tensors });
    expect([...applied.tensors.keys()]).toEqual(['c']);
  });

  it('is one of a name too long for its reader', async () => {
    await expect(parseRecipe('#'.repeat(2 ** 21))).rejects.toThrow(UsageError);
  });

  it('may leave the name of a step beside its keys', async () => {
    const recipe = await parseRecipe('- cast:\n  dtype: bfloat16\n');
    expect(recipe.steps).toEqual([{ step: 'cast', dtype: 'bfloat16' }]);
  });
});

/** Whether the published schema takes a recipe. */
let isRecipe: ValidateFunction | undefined;

describe('ckpt apply', () => {
  it('writes once, after a plan that shows each step', async () => {
    const cwd = scratch();
    await writeCheckpoint(join(cwd, 'm'), model());
    await writeCheckpoint(join(cwd, 'other'), new Map([['x', floats([1], [5])]]));
    writeFileSync(
      join(cwd, 'r.yaml'),
      'inputs: {m: m, other: nowhere}\nsteps:\n- strip-optimizer\n- set: {values: {w_0: ones}}\n- merge: {inputs: [m, other]}\n',
    );
    const args = ['apply', 'r.yaml', 'other=other', '-o', 'out'];
    const plan = ckpt([...args, '--dry-run'], { cwd });
    expect(plan.stdout.split('\n').slice(0, 5)).toEqual([
      'step 1, strip-optimizer on m: 3 of 5 tensors kept',
      'step 2, set on m: 1 value set',
      'step 3, merge on m: 4 tensors of m, other',
      'left out, from m: 2',
      '  beta1_power  4 B',
    ]);
    expect(plan.stdout).toContain('changed: 1\n  w_0  float32[2], other content\n');
    const { stdout, stderr, code } = ckpt(args, { cwd });
    expect({ stdout, code }).toEqual({ stdout: 'out\n', code: 0 });
    expect(stderr).toContain('out: 4 tensors after 3 steps');
    expect(ckpt(['list', 'out', '--names'], { cwd }).stdout).toBe('emb\nw_0\nw_1\nx\n');
    expect(ckpt(['apply', 'r.yaml', '-o', 'no'], { cwd })).toMatchObject({ stdout: '', code: 2 });
  });

  it('refuses a checkpoint that nothing in the recipe uses', async () => {
    const cwd = scratch();
    await writeCheckpoint(join(cwd, 'm'), model());
    writeFileSync(join(cwd, 'r.yaml'), 'inputs: {m: m}\nsteps: [strip-optimizer]\n');
    for (const given of [['n=m'], ['m', 'm']]) {
      const { stderr, code } = ckpt(['apply', 'r.yaml', ...given, '-o', 'no'], { cwd });
      expect([code, stderr]).toEqual([
        2,
        expect.stringMatching(/no input called (n|model2), which m would be; it has m/),
      ]);
    }
    writeFileSync(join(cwd, 's.yaml'), "steps: [{set: {values: {emb: '@n:emb/Adam'}}}]\n");
    expect(ckpt(['apply', 's.yaml', 'm', 'n=m', '-o', 'out'], { cwd }).code).toBe(0);
  });

  it.each([
    ['- ema\n- strip-optimizer:\n- cast: {dtype: bfloat16}\n', true],
    ['steps: [{step: cast, dtype: float16}, ema]\ninputs: {a: b}\n', true],
    ['{"steps": [{"set": {"values": {"w": [1, 2]}, "seed": 3}}]}', true],
    ['- cast: {dtype: float99}\n', false],
    ['- cast:\n', false],
    ['- resize: {select: a, sise: 3}\n', false],
    ['steps: []\n', false],
    ['stepss: [ema]\n', false],
    ['- resize: {select: a, size: 1.5}\n', false],
  ])('publishes a schema that takes what it takes: %j', async (text, isTaken) => {
    isRecipe ??= new Ajv({ strict: false }).compile(
      JSON.parse(readFileSync(join(REPOSITORY, 'recipe.schema.json'), 'utf8')),
    );
    expect(isRecipe(parse(text))).toBe(isTaken);
    const read = parseRecipe(text);
    if (isTaken) await read;
    else await expect(read).rejects.toThrow(UsageError);
  });

  it('publishes its schema, which is what recipes are checked against', () => {
    const committed = readFileSync(join(REPOSITORY, 'recipe.schema.json'), 'utf8');
    expect(JSON.parse(ckpt(['apply', '--schema']).stdout)).toEqual(JSON.parse(committed));
    execFileSync(process.execPath, [join(REPOSITORY, 'scripts/build-schema.mjs'), '--check'], { stdio: 'pipe' });
  });
});
