import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { openCheckpoint } from '../src/checkpoints/checkpoint.ts';
import { sha256Of } from '../src/inspect/digest.ts';
import { objectsToNames } from '../src/surgery/objects-to-names.ts';
import { ckpt } from './cli/run.ts';
import { NO_PYTHON, PYTHON, python } from './python.ts';
import { scratch } from './scratch.ts';

const MODELS = ['modules', 'keras_adam', 'keras_momentum'] as const;

/** The optimizer in the names, the one in the objects, and the ending of a name for what that one calls the slot. */
const OPTIMIZERS: readonly (readonly [string, string, Readonly<Record<string, string>>])[] = [
  ['adam', 'adam', { Adam: 'm', Adam_1: 'v' }],
  ['momentum', 'momentum', { Momentum: 'momentum' }],
  ['rmsprop', 'rmsprop', { RMSProp: 'rms', RMSProp_1: 'momentum' }],
  ['centered', 'centered', { RMSProp: 'rms', RMSProp_1: 'mg', RMSProp_2: 'momentum' }],
  ['adagrad', 'adagrad', { Adagrad: 'accumulator' }],
  ['adadelta', 'adadelta', { Adadelta: 'accum', Adadelta_1: 'accum_update' }],
  ['ftrl', 'ftrl', { Ftrl: 'accum', Ftrl_1: 'linear' }],
  ['adam', 'keras_adam', { Adam: '_momentums', Adam_1: '_velocities' }],
  ['momentum', 'keras_momentum', { Momentum: 'momentums' }],
  ['rmsprop', 'keras_rmsprop', { RMSProp: '_velocities', RMSProp_1: '_momentums' }],
  ['centered', 'keras_rmsprop', { RMSProp: '_velocities', RMSProp_2: '_momentums' }],
  ['centered', 'keras_centered', { RMSProp: '_velocities', RMSProp_1: '_average_gradients', RMSProp_2: '_momentums' }],
  ['adagrad', 'keras_adagrad', { Adagrad: '_accumulators' }],
  ['adadelta', 'keras_adadelta', { Adadelta: '_accumulated_grads', Adadelta_1: '_accumulated_delta_vars' }],
  ['ftrl', 'keras_ftrl', { Ftrl: '_accumulators', Ftrl_1: '_linears' }],
];
const title = (from: string, to: string): string => `the slots of ${from} in ${to}`;

describe.skipIf(PYTHON === undefined)(`TensorFlow restores conversions${NO_PYTHON}`, () => {
  const folder = PYTHON === undefined ? '' : scratch();
  let outcomes: Record<string, string | null> = {};
  const convert = (...args: string[]): void => {
    const { stdout, stderr, code } = ckpt(['convert', ...args, '-q'], { cwd: folder });
    expect({ stdout, stderr, code }).toEqual({ stdout: `${args.at(-1)}\n`, stderr: '', code: 0 });
  };

  beforeAll(() => {
    python('conversion.py', ['save', folder], null);
    const wanted: Record<string, unknown> = {};
    for (const model of MODELS) {
      convert(`${model}.trained-1`, '--names', '-o', `${model}.named`);
      convert(`${model}.named`, '--to-objects', `${model}.untrained-1`, '-o', `${model}.back`);
      wanted[model] = ['objects', join(folder, `${model}.back`), model];
    }
    for (const [from, to, slots] of OPTIMIZERS) {
      const out = `${from}-in-${to}`;
      const more = to.startsWith('keras') ? ['--map', 'global_step=step', '--allow-missing'] : [];
      convert(`${from}.names`, '--to-objects', `${to}.template-1`, ...more, '-o', out);
      wanted[title(from, to)] = ['program', join(folder, out), join(folder, `${from}.names`), to, slots];
    }
    outcomes = python('conversion.py', ['restore'], wanted) as typeof outcomes;
  }, 300_000);

  it.each(MODELS)('%s: names and back into a program that was never trained', (model) => {
    expect(outcomes[model]).toBeNull();
  });

  it.each(OPTIMIZERS.map(([from, to]) => title(from, to)))('%s', (name) => {
    expect(outcomes[name]).toBeNull();
  });

  it.each(MODELS)(
    '%s: Saver finds every tensor under its name',
    async (model) => {
      const checkpoint = await openCheckpoint(join(folder, `${model}.trained-1`));
      const { tensors } = objectsToNames(checkpoint.tensors);
      const shapes: Record<string, unknown> = {};
      const digests: Record<string, string> = {};
      for (const [name, tensor] of tensors) {
        shapes[name] = { shape: tensor.shape, dtype: tensor.dtype.name };
        digests[name] = await sha256Of(name, tensor);
      }
      checkpoint.close();
      expect(Object.keys(shapes).length).toBeGreaterThan(10);
      expect(python('saver.py', ['restore', folder], { [`${model}.named`]: shapes })).toEqual({
        [`${model}.named`]: digests,
      });
    },
    60_000,
  );
});
