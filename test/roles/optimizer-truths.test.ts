/** One table of truth: what each tensor is for, as the programs know it that saved it, against what the files tell. */
import { describe, expect, it } from 'vitest';
import { roleSummaryOf } from '../../src/inspect/role-totals.ts';
import { roleByFacts } from '../../src/roles/declared-role.ts';
import { rolesByNames } from '../../src/roles/name-role.ts';
import type { RoleOf, TensorRole } from '../../src/roles/role.ts';
import { rolesOf } from '../../src/roles/roles-of.ts';
import type { Tensor } from '../../src/tensor/tensor.ts';
import { type OptimizerCase, optimizerCases, type Truth } from './optimizers.ts';

async function roleOfCase({ tensors, facts }: OptimizerCase): Promise<RoleOf> {
  if (facts !== undefined) {
    const { roleOf, byName } = rolesByNames(tensors);
    return roleByFacts(facts, tensors, roleOf, byName);
  }
  return (await rolesOf({ path: '/nowhere/model', tensors })).roleOf;
}

/** TensorFlow's name for what a program gave none. */
const NAMELESS = /^[Vv]ariable(?:_\d+)?$/;

/**
 * What is wrong; `unknown` is an honest answer about weights, keys alone need not tell whose a slot is, and names alone know
 * nothing of a layer that is frozen where nothing has slots.
 */
function faultOf({ setting, truth }: OptimizerCase, wanted: Truth, told: TensorRole): string | undefined {
  const isKeys = setting === 'keys alone';
  const sameRole =
    wanted.role === '?' || told.role === wanted.role || (isKeys && wanted.role === 'ema' && told.role === 'slot');
  const sameTrained = told.trainable === wanted.trainable || (told.role === 'weight' && told.trainable === 'unknown');
  const isGuess =
    told.evidence === 'names' && wanted.role === 'weight' && ![...truth.values()].some(({ role }) => role === 'slot');
  const sameOf = wanted.of === undefined || told.of === wanted.of || (isKeys && told.of === undefined);
  if (sameRole && (sameTrained || isGuess) && sameOf) return undefined;
  const text = ({ role, trainable, of }: { role: string; trainable: string; of?: string }): string =>
    `${role} ${trainable} ${of}`;
  return `${text(wanted)}, told ${text(told)} (${told.because})`;
}

describe.each([...optimizerCases()])('%s', (_, cases) => {
  it.each(cases.map((one) => [`${one.name}, ${one.setting}`, one] as const))('%s', async (_, one) => {
    const roleOf = await roleOfCase(one);
    const faults = [...one.truth].flatMap(([name, wanted]) => {
      if (NAMELESS.test(name)) return [];
      const fault = faultOf(one, wanted, roleOf(name, one.tensors.get(name) as Tensor));
      return fault === undefined ? [] : [`${name}: ${fault}`];
    });
    expect(faults).toEqual([]);
  });
});

/** What optimizers are called, by the beginning of a case's name; the longest that fits counts. */
const CALLED: Readonly<Record<string, string>> = {
  adadelta: 'Adadelta',
  adafactor: 'Adafactor',
  adagrad: 'Adagrad',
  adam: 'Adam',
  adamax: 'AdaMax',
  adamw: 'AdamW',
  'addons-cocob': 'COCOB',
  'addons-lamb': 'LAMB',
  'addons-lookahead': 'Lookahead',
  'addons-moving-average': 'MovingAverage',
  'addons-radam': 'RectifiedAdam',
  ftrl: 'Ftrl',
  lamb: 'LAMB',
  lion: 'Lion',
  momentum: 'Momentum',
  muon: 'Muon',
  nadam: 'Nadam',
  named: 'Adam or a variant, called my_opt',
  rmsprop: 'RMSprop',
  schedule: 'Adam',
  'schedule-free-adamw': 'ScheduleFreeAdamW',
  sgd: 'SGD',
};

const wrapped = { keras_3: 'LossScale of AdamW', keras_211: 'LossScale of RMSprop', keras_legacy: 'LossScale of Adam' };

describe.each(Object.keys(wrapped).concat('sonnet'))('optimizers of %s', (family) => {
  const cases = (optimizerCases().get(family) ?? []).filter(({ setting }) => setting === 'object graph');

  it.each(cases.map((one) => [one.name, one] as const))('%s is known by its name', async (name, one) => {
    const { optimizers } = roleSummaryOf(one.tensors, await roleOfCase(one));
    const [fits] = Object.keys(CALLED)
      .filter((start) => name.startsWith(start))
      .sort((a, b) => b.length - a.length);
    const expected = name.startsWith('loss-scale') ? wrapped[family as keyof typeof wrapped] : CALLED[fits ?? ''];
    // Sonnet's SGD has nothing to save; that of Keras 2.11 without momentum no name.
    if (family === 'sonnet' && name === 'sgd') expect(optimizers).toEqual([]);
    else if (family === 'keras_211' && name === 'sgd') expect(optimizers.length).toBeLessThan(2);
    else expect(optimizers.map(({ optimizer }) => optimizer)).toEqual([expected]);
  });
});

it('slots of a model that is a subclass are called as those of any other', async () => {
  const cases = optimizerCases().get('keras_3') ?? [];
  const subclass = cases.find(({ name, setting }) => name === 'adam-subclass' && setting === 'object graph');
  const { tensors } = subclass as OptimizerCase;
  const { optimizers } = roleSummaryOf(tensors, await roleOfCase(subclass as OptimizerCase));
  expect(optimizers).toEqual([expect.objectContaining({ optimizer: 'Adam', slots: ['momentum', 'velocity'] })]);
});
