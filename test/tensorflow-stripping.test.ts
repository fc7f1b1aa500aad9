import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { ckpt } from './cli/run.ts';
import { NO_PYTHON, PYTHON, python } from './python.ts';
import { scratch } from './scratch.ts';

const GRAPHS = [
  'ref',
  'resource',
  'momentum',
  'rmsprop',
  'averages',
  'partitioned_ref',
  'partitioned_resource',
  'custom',
] as const;

describe.skipIf(PYTHON === undefined)(`TensorFlow restores what is left${NO_PYTHON}`, () => {
  const folder = PYTHON === undefined ? '' : scratch();
  let outcomes: Record<string, string | null> = {};
  const run = (...args: string[]): string => {
    const { stdout, stderr, code } = ckpt([...args, '-q'], { cwd: folder });
    expect({ stdout, stderr, code }).toEqual({ stdout: `${args.at(-1)}\n`, stderr: '', code: 0 });
    return join(folder, args.at(-1) as string);
  };

  beforeAll(() => {
    python('stripping.py', ['save', folder], null);
    const wanted: Record<string, unknown> = {};
    for (const name of GRAPHS) {
      const stripped = run('strip-non-trainable', name, '--evidence', 'declared', '-o', `${name}.trainable`);
      wanted[name] = ['trainable', stripped, join(folder, name), name];
    }
    const kept = run('strip-non-trainable', 'custom', '--keep', 'state/', '-o', 'custom.kept');
    wanted['custom, its own collection kept'] = [
      'trainable',
      kept,
      join(folder, 'custom'),
      'custom',
      'my_non_trainable_vars',
    ];
    expect(ckpt(['subset', 'ref', '**', '-o', 'alone', '-q'], { cwd: folder }).code).toBe(0);
    const alone = run(
      'strip-non-trainable',
      'alone',
      '--evidence',
      'declared',
      '--graph',
      'ref.meta',
      '-o',
      'alone.trainable',
    );
    wanted['a .meta elsewhere'] = ['trainable', alone, join(folder, 'ref'), 'ref'];
    wanted['Keras: weights'] = ['keras_weights', run('strip-optimizer', 'keras-1', '-o', 'keras.weights')];
    wanted['Keras: weights and steps'] = [
      'keras_step',
      run('strip-optimizer', 'keras-1', '--keep-step', '-o', 'keras.step'),
    ];
    wanted['Keras: what is trained'] = [
      'keras_trained',
      run('strip-non-trainable', 'keras-1', '--evidence', 'graph', '-o', 'keras.trained'),
    ];
    outcomes = python('stripping.py', ['restore'], wanted) as typeof outcomes;
  }, 300_000);

  it.each([
    ...GRAPHS,
    'custom, its own collection kept',
    'a .meta elsewhere',
    'Keras: weights',
    'Keras: weights and steps',
    'Keras: what is trained',
  ])('%s', (title) => {
    expect(outcomes[title]).toBeNull();
  });
});
