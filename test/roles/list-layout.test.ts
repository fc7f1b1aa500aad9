/** What the shapes in the list of an optimizer of Keras tell of its order. */
import { describe, expect, it } from 'vitest';
import { readList } from '../../src/roles/list-layout.ts';
import { rolesOf } from '../../src/roles/roles-of.ts';
import type { Tensor } from '../../src/tensor/tensor.ts';
import { optimizerCases } from './optimizers.ts';

const NONE = new Map<string, number>();
const [A, B] = ['2,3', '3'];

describe('readList', () => {
  it.each([
    ['slots of one variable after another', [A, A, B, B], [0, 0, 1, 1], 0],
    ['one of each', [A, B], [0, 1], 0],
    ['one of each, twice: averages and slots, or two slots', [A, B, A, B], [0, 1, 0, 1], 0],
    ['averages, and then slots that lie together', [A, B, A, A, B, B], [0, 1, 0, 0, 1, 1], 2],
    ['averages, gathered gradients, slots', [A, B, A, B, A, A, B, B], [0, 1, 0, 1, 0, 0, 1, 1], 2],
    ['slots that lie together, and one of each again', [A, A, B, B, A, B], [0, 0, 1, 1, 0, 1], 0],
    ['factors of matrices', ['2', '3', A, '', '', B], [0, 0, 0, 1, 1, 1], 0],
    ['averages, and then factors', [A, B, '2', '3', A, '', '', B], [0, 1, 0, 0, 0, 1, 1, 1], 2],
  ])('%s', (_, list, variables, averages) => {
    const layouts = readList(list, [A, B], NONE);
    expect(layouts.map((layout) => layout.variables)).toEqual([variables]);
    expect(layouts.map((layout) => layout.averages)).toEqual([averages]);
  });

  it.each([
    ['factors of matrices alone', ['2', '3', A, B], [0, 0, 0, 1], 0],
    ['averages, and then those', [A, B, '2', '3', A, B], [0, 1, 0, 0, 0, 1], 2],
    ['vectors first', [B, '2', '3', A, '7'], [0, 1, 1, 1, 2], 0],
  ])('of Adafactor in Keras 2.11: %s', (_, list, variables, averages) => {
    const others = new Map(Object.entries({ [A]: 1, [B]: 1, 7: 1 }));
    const [layout, ...more] = readList(list, [], others);
    expect([layout?.variables, layout?.averages, more.length]).toEqual([variables, averages, 0]);
  });

  it('tells no averages where all variables have one shape', () => {
    for (const { averages } of readList([B, B, B, B, B, B], [B, B], NONE)) expect(averages).toBe(0);
  });

  it('fills gaps with what may be there, and with nothing else', () => {
    const list = [A, A, B, B];
    expect(readList(list, [A], NONE)).toEqual([]);
    expect(readList(list, [A], new Map([[B, 1]])).map(({ shapes }) => shapes)).toEqual([[A, B]]);
    expect(readList([A, A, B], [A, B], NONE)).toEqual([]);
  });
});

/** Those of whose lists shapes tell all. */
const TOLD = [
  'adafactor',
  'adafactor-ema',
  'adam-ema',
  'adam-ema-accumulation',
  'loss-scale',
  'rmsprop-momentum',
  'sgd-momentum',
];

describe('keys alone', () => {
  const all = optimizerCases().get('keras_3_lists') ?? [];
  const cases = all.filter(
    ({ name, setting }) => setting === 'keys alone' && TOLD.includes(name.replace('-compiled', '')),
  );

  it.each(cases.map((one) => [one.name, one] as const))(
    '%s: each role, each variable, and what is frozen',
    async (_, one) => {
      const { roleOf } = await rolesOf({ path: '/nowhere/model', tensors: one.tensors });
      expect(one.truth.size).toBeGreaterThan(10);
      for (const [name, { role, trainable, of }] of one.truth) {
        const told = roleOf(name, one.tensors.get(name) as Tensor);
        expect(`${name}: ${told.role} ${told.of}`).toBe(`${name}: ${role} ${of}`);
        // Where no list shows what an optimizer trains, it may train the rest too.
        const isOpen = one.name === 'loss-scale-compiled' && told.trainable === 'unknown';
        if (!isOpen) expect(`${name}: ${told.trainable}`).toBe(`${name}: ${trainable}`);
      }
    },
  );
});
