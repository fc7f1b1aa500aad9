/**
 * What TensorFlow restores of checkpoints that were edited, with values that numpy computes: slots, averages and partitioned
 * variables of TF1, objects and slots of Keras 3, a SavedModel that predicts. Needs a python that has TensorFlow
 * (fixtures/requirements.txt), named by the environment variable CKPT_TENSORFLOW_PYTHON; skipped without it.
 */
import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ckpt } from './cli/run.ts';
import { NO_PYTHON, PYTHON, python } from './python.ts';
import { scratch } from './scratch.ts';

const KERNEL = 'kernel/.ATTRIBUTES/VARIABLE_VALUE';
const EMBEDDING = 'optimizer/_trainable_variables/0/.ATTRIBUTES/VARIABLE_VALUE';

it.skipIf(PYTHON === undefined)(
  `TensorFlow restores edited checkpoints${NO_PYTHON}`,
  () => {
    const cwd = scratch();
    const run = (...args: string[]): void => {
      const { stderr, code } = ckpt(args, { cwd });
      expect({ args, stderr: code === 0 ? '' : stderr, code }).toEqual({ args, stderr: '', code: 0 });
    };
    python('edits.py', ['save', cwd], null);
    run('resize', 'run', 'emb', '--size', '9', '-o', 'larger');
    run('partition', 'run', 'emb', '--into', '3', '-o', 'parts');
    run('partition', 'run', 'part', '--merge-slices', '-o', 'wholes');
    run('cast', 'run', '--dtype', 'bfloat16', '-o', 'brain');
    run('cast', 'brain', '--dtype', 'float32', '-o', 'back');
    run('average', '--last', '3', 'run', '--into', 'step=0', '-o', 'mean');
    run('ema', 'run', '-o', 'averages');
    run('set', 'run', 'global_step=0', 'dense=normal:0.02', '--seed', '7', '-o', 'drawn');
    writeFileSync(
      join(cwd, 'fresh.yaml'),
      '- set: {values: {dense: normal:0.02}, seed: 7}\n- set: {values: {global_step: 0}}\n- cast: {select: emb, dtype: float64}\n- cast: {select: emb, dtype: float32}\n',
    );
    run('apply', 'fresh.yaml', 'run', '-o', 'fresh');
    run('transpose', 'run', 'dense', '--perm', '1,0', '-o', 'turned');
    run('reshape', 'run', 'dense', '--shape', '2,-1', '-o', 'shaped');
    writeFileSync(join(cwd, 'old.txt'), 'a\nb\nc\nd\ne\nf\n');
    writeFileSync(join(cwd, 'new.txt'), 'f\na\nnew\nd\n');
    run('remap', 'run', 'emb', '--from', 'old.txt', '--to-vocab', 'new.txt', '--init', 'mean', '-o', 'mapped');
    run('concat', 'family.ckpt', 'w_{n}', '--axis', '1', '--as', 'w', '-o', 'joined');
    run('split', 'joined', 'w', '--axis', '1', '--into', '4', '--as', 'w_{n}', '-o', 'cut');
    run('resize', 'keras/ckpt', EMBEDDING, '--size', '8', '-o', 'keras-larger');
    cpSync(join(cwd, 'saved'), join(cwd, 'saved-into'), { recursive: true });
    run('set', 'saved', `${KERNEL}=@kernel.ckpt:kernel`, '--in-place');
    run('set', 'saved', `${KERNEL}=[[0,1],[2,3],[4,5]]`, '--into', 'saved-into');
    expect(python('edits.py', ['check', cwd], null)).toBe('restored');
  },
  300_000,
);
