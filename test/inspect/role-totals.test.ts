/** Sums by role, and the optimizer that left its slots. */
import { describe, expect, it } from 'vitest';
import { openCheckpoint } from '../../src/checkpoints/checkpoint.ts';
import { optimizerOf } from '../../src/inspect/optimizers-by-slots.ts';
import { roleSummaryOf } from '../../src/inspect/role-totals.ts';
import type { RoleOf } from '../../src/roles/role.ts';
import { rolesOf } from '../../src/roles/roles-of.ts';
import { dtypeOf } from '../../src/tensor/dtype.ts';
import { tensorOfBytes } from '../../src/tensor/tensor.ts';
import { fixture, soundCheckpoints } from '../fixtures.ts';

describe('sums by role', () => {
  it.each(soundCheckpoints('v2'))('$title: add up to all tensors', async ({ prefix, expected }) => {
    const checkpoint = await openCheckpoint(prefix);
    const { roles, weights } = roleSummaryOf(checkpoint.tensors, (await rolesOf(checkpoint)).roleOf);
    const sum = (totals: readonly { tensors: number; bytes: number }[], key: 'tensors' | 'bytes'): number =>
      totals.reduce((all, one) => all + one[key], 0);
    const all = Object.values(expected.tensors);
    expect(sum(roles, 'tensors')).toBe(all.length);
    expect(sum(roles, 'bytes')).toBe(all.reduce((bytes, one) => bytes + one.bytes, 0));
    expect(sum(weights, 'tensors')).toBe(roles.find(({ role }) => role === 'weight')?.tensors ?? 0);
    checkpoint.close();
  });

  it('tell what is trained and how that is known', async () => {
    const checkpoint = await openCheckpoint(fixture('graphs/tf1-ref-variables/model.ckpt'));
    const summary = roleSummaryOf(checkpoint.tensors, (await rolesOf(checkpoint)).roleOf);
    expect(summary.roles.map(({ role, tensors }) => [role, tensors])).toEqual([
      ['weight', 7],
      ['slot', 10],
      ['ema', 5],
      ['step', 1],
      ['hyperparameter', 2],
    ]);
    expect(summary.weights.map(({ trainable, evidence, tensors }) => [trainable, evidence, tensors])).toEqual([
      ['yes', 'declared', 5],
      ['no', 'declared', 2],
    ]);
    expect(summary.optimizers).toEqual([{ optimizer: 'Adam', slots: ['Adam', 'Adam_1'] }]);
    checkpoint.close();
  });
});

describe('optimizers', () => {
  /** Slots of variables, as `a/Adam`; the variable of `/Adam` is not there. */
  const optimizersOf = (...names: string[]) => {
    const tensor = tensorOfBytes(dtypeOf('float32'), [], new Uint8Array(4));
    const roleOf: RoleOf = (name) => {
      const [of, slot] = name.split('/');
      const belongs = of === '' ? {} : { of: of as string };
      return { role: 'slot', ...belongs, slot: slot as string, trainable: 'no', evidence: 'names', because: '' };
    };
    return roleSummaryOf(
      names.map((name) => [name, tensor]),
      roleOf,
    ).optimizers;
  };

  it('are told by the slots of each variable, which two may share', () => {
    expect(optimizersOf('a/accumulator', 'b/accumulator', 'b/linear')).toEqual([
      { optimizer: 'Adagrad', slots: ['accumulator'] },
      { optimizer: 'Ftrl', slots: ['accumulator', 'linear'] },
    ]);
    expect(optimizersOf('a/Adam', 'a/Adam_1', 'b/Adam')).toEqual([{ optimizer: 'Adam', slots: ['Adam', 'Adam_1'] }]);
  });

  it('are those of all slots together where a part of them tells nothing', () => {
    expect(optimizersOf('a/m', 'a/v', 'b/m')).toEqual([{ optimizer: 'Adam or a variant', slots: ['m', 'v'] }]);
    expect(optimizersOf('a/Adam', 'a/Momentum')).toEqual([{ optimizer: undefined, slots: ['Adam', 'Momentum'] }]);
    expect(optimizersOf('a/Adagrad', '/Momentum')).toEqual([{ optimizer: undefined, slots: ['Adagrad', 'Momentum'] }]);
    expect(optimizersOf()).toEqual([]);
  });
});

it.each([
  [['Adam', 'Adam_1'], 'Adam'],
  [['Adam', 'Adam_1', 'biased', 'grad_acc'], 'Adam'],
  [['FP32-master-copy', 'Momentum'], 'Momentum'],
  [['slot_v', 'slot_vc', 'slot_vr'], 'Adafactor'],
  [['gradient_accumulator'], undefined],
  [['Momentum'], 'Momentum'],
  [['adam_m', 'adam_v'], 'Adam'],
  [['m', 'v'], 'Adam or a variant'],
  [['momentum', 'velocity'], 'Adam or a variant'],
  [['momentum'], 'SGD with momentum, or Lion'],
  [['accumulator', 'linear'], 'Ftrl'],
  [['accum_grad', 'accum_var'], 'Adadelta'],
  [['mg', 'mom', 'ms'], 'RMSprop'],
  [['accumulators', 'momenta', 'velocities'], 'Adagrad with momentum'],
  [['Adam', 'Momentum'], undefined],
  [['average_gradient', 'momentum', 'velocity'], 'RMSprop'],
  [[], undefined],
])('the slots %j are those of %s', (slots, optimizer) => {
  expect(optimizerOf(slots)).toBe(optimizer);
});
