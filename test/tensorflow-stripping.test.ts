/**
 * TensorFlow restores what `strip-non-trainable` and `strip-optimizer` leave: Saver(var_list=trainable_variables()) the graphs of
 * TensorFlow 1, tf.train.Checkpoint the models of Keras. Needs a python that has TensorFlow (fixtures/requirements.txt), named
 * by the environment variable CKPT_TENSORFLOW_PYTHON; skipped without it.
 */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { ckpt } from './cli/run.ts';
import { REPOSITORY } from './fixtures.ts';
import { scratch } from './scratch.ts';

const PYTHON = process.env.CKPT_TENSORFLOW_PYTHON;
const DRIVER = join(REPOSITORY, 'test', 'tensorflow', 'stripping.py');

function python(args: readonly string[], input: unknown): string {
  return execFileSync(PYTHON ?? '', [DRIVER, ...args], {
    input: JSON.stringify(input),
    stdio: ['pipe', 'pipe', 'ignore'],
  }).toString();
}

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

describe.skipIf(PYTHON === undefined)(
  `TensorFlow restores what is left${PYTHON === undefined ? ' (CKPT_TENSORFLOW_PYTHON is not set)' : ''}`,
  () => {
    const folder = PYTHON === undefined ? '' : scratch();
    let outcomes: Record<string, string | null> = {};
    const run = (...args: string[]): string => {
      const { stdout, stderr, code } = ckpt([...args, '-q'], { cwd: folder });
      expect({ stdout, stderr, code }).toEqual({ stdout: `${args.at(-1)}\n`, stderr: '', code: 0 });
      return join(folder, args.at(-1) as string);
    };

    beforeAll(() => {
      python(['save', folder], null);
      const wanted: Record<string, unknown> = {};
      for (const name of GRAPHS) {
        const stripped = run('strip-non-trainable', name, '--evidence', 'exact', '-o', `${name}.trainable`);
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
      expect(
        ckpt(['rename', 'ref', '--map', 'global_step=global_step', '-o', 'alone', '-q'], { cwd: folder }).code,
      ).toBe(0);
      const alone = run(
        'strip-non-trainable',
        'alone',
        '--evidence',
        'exact',
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
      outcomes = JSON.parse(python(['restore'], wanted)) as typeof outcomes;
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
  },
);
