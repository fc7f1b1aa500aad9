/** What stays of a checkpoint when all that is not trained goes, or all that only training needs. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openCheckpoint } from '../../src/checkpoints/checkpoint.ts';
import { OBJECT_GRAPH_KEY } from '../../src/object-graph/object-graph-key.ts';
import type { Evidence, Role, RoleOf, TensorRole, Trainable } from '../../src/roles/role.ts';
import { rolesOf } from '../../src/roles/roles-of.ts';
import { stripNonTrainable, stripOptimizer } from '../../src/surgery/strip.ts';
import { fixture } from '../fixtures.ts';
import { mapOf } from './small-maps.ts';

type Told = readonly [role: Role, trainable: Trainable, evidence?: Evidence, slot?: string];

const TOLD: Readonly<Record<string, Told>> = {
  w: ['weight', 'yes'],
  'bn/moving_mean': ['weight', 'no'],
  'bn/moving_variance_1': ['weight', 'no'],
  frozen: ['weight', 'no', 'object-graph'],
  'w/Adam': ['slot', 'no', 'names', 'Adam'],
  'w/Adam_1': ['slot', 'no', 'names', 'Adam_1'],
  'w/Momentum': ['slot', 'no', 'declared', 'Momentum'],
  'w/ExponentialMovingAverage': ['ema', 'no', 'names', 'ExponentialMovingAverage'],
  global_step: ['step', 'no'],
  beta1_power: ['hyperparameter', 'no'],
  'save_counter/.ATTRIBUTES/VARIABLE_VALUE': ['bookkeeping', 'no'],
  'scale/good_steps': ['bookkeeping', 'no'],
  'table-keys': ['bookkeeping', 'no'],
};

const roleOf: RoleOf = (name): TensorRole => {
  const told = TOLD[name];
  if (told === undefined) throw new Error(`nobody should ask what ${name} is`);
  const [role, trainable, evidence = 'names', slot] = told;
  return { role, trainable, evidence, because: `of ${name}`, ...(slot === undefined ? {} : { slot }) };
};
const ALL = mapOf(...Object.keys(TOLD), OBJECT_GRAPH_KEY);
const none = (_: string): boolean => false;

describe('without what is not trained', () => {
  it('the trained variables are left, and the object graph', () => {
    const { tensors, undecided } = stripNonTrainable(ALL, roleOf, none);
    expect([...tensors.keys()]).toEqual(['w', OBJECT_GRAPH_KEY]);
    expect(tensors.get('w')).toBe(ALL.get('w'));
    expect(undecided).toEqual([]);
  });

  it('everything that goes is counted by role and evidence', () => {
    const { dropped, guessed } = stripNonTrainable(ALL, roleOf, none);
    const counted = dropped.map(({ role, isStatistic, evidence, words, tensors, bytes }) => ({
      what: [role, isStatistic, evidence, [...words].join(' ')],
      tensors,
      bytes,
    }));
    expect(counted).toEqual([
      { what: ['weight', true, 'names', 'moving_mean moving_variance'], tensors: 2, bytes: 4 },
      { what: ['weight', false, 'object-graph', ''], tensors: 1, bytes: 2 },
      { what: ['slot', false, 'names', 'Adam'], tensors: 2, bytes: 4 },
      { what: ['slot', false, 'declared', 'Momentum'], tensors: 1, bytes: 2 },
      { what: ['ema', false, 'names', 'ExponentialMovingAverage'], tensors: 1, bytes: 2 },
      { what: ['step', false, 'names', 'global_step'], tensors: 1, bytes: 2 },
      { what: ['hyperparameter', false, 'names', 'beta1_power'], tensors: 1, bytes: 2 },
      { what: ['bookkeeping', false, 'names', 'save_counter good_steps table-keys'], tensors: 3, bytes: 6 },
    ]);
    expect([...(dropped[2]?.because ?? [])]).toEqual(['of w/Adam', 'of w/Adam_1']);
    expect(guessed).toBe(Object.keys(TOLD).length - 2);
  });

  it('what is to be kept is, and what nothing tells of is named', () => {
    const untold: RoleOf = (name, facts) => ({
      ...roleOf(name, facts),
      ...(name === 'frozen' || name === 'w' ? { trainable: 'unknown' } : {}),
    });
    const { tensors, undecided } = stripNonTrainable(ALL, untold, (name) => name === 'w' || name.startsWith('bn/'));
    expect([...tensors.keys()]).toEqual(['w', 'bn/moving_mean', 'bn/moving_variance_1', 'frozen', OBJECT_GRAPH_KEY]);
    expect(undecided).toEqual(['frozen']);
  });
});

describe('without the optimizer', () => {
  const left = (keepStep: boolean, keep = none): string[] => [
    ...stripOptimizer(ALL, roleOf, { keepStep, keep }).tensors.keys(),
  ];
  const FOR_INFERENCE = ['w', 'bn/moving_mean', 'bn/moving_variance_1', 'frozen', 'w/ExponentialMovingAverage'];

  const SAVES = 'save_counter/.ATTRIBUTES/VARIABLE_VALUE';

  it('all that inference needs is left, and the counter that tf.train.Checkpoint expects', () => {
    expect(left(false)).toEqual([...FOR_INFERENCE, SAVES, 'table-keys', OBJECT_GRAPH_KEY]);
    expect(stripOptimizer(ALL, roleOf, { keepStep: false, keep: none }).keptCounter).toBe(SAVES);
  });

  it('the counters stay where they are wanted', () => {
    expect(left(true)).toEqual([...FOR_INFERENCE, 'global_step', SAVES, 'table-keys', OBJECT_GRAPH_KEY]);
  });

  it('what is to be kept is', () => {
    expect(left(false, (name) => name === 'w/Adam')).toContain('w/Adam');
  });
});

interface Truth {
  readonly checkpoints: Record<
    string,
    { readonly files: readonly string[]; readonly variables: Record<string, { trainable: boolean; known: boolean }> }
  >;
}

const GRAPHS = fixture('graphs');
const KNOWN = readdirSync(GRAPHS).flatMap((name) => {
  const { checkpoints } = JSON.parse(readFileSync(join(GRAPHS, name, 'expected.json'), 'utf8')) as Truth;
  return Object.entries(checkpoints).flatMap(([prefix, { files, variables }]) =>
    [...files, ...(files.length === 0 ? [undefined] : [])].map((file) => {
      return { title: `${name}/${prefix}, ${file ?? 'its object graph'}`, name, prefix, file, variables };
    }),
  );
});

describe('models of which the truth is known', () => {
  it.each(KNOWN)('$title', async ({ name, prefix, file, variables }) => {
    const checkpoint = await openCheckpoint(join(GRAPHS, name, prefix));
    const graph = file === undefined ? undefined : join(GRAPHS, name, file);
    const roles = await rolesOf(checkpoint, { graph, weakest: file === undefined ? 'object-graph' : 'declared' });
    const { tensors, undecided } = stripNonTrainable(checkpoint.tensors, roles.roleOf, none);
    checkpoint.close();
    // An object graph shows what an optimizer trains, and the table is of another program.
    const isTold = (key: string): boolean =>
      key !== OBJECT_GRAPH_KEY && (file !== undefined || !key.startsWith('table/'));
    const told = Object.entries(variables).filter(([key]) => isTold(key));
    const left = [...tensors.keys()].filter((key) => isTold(key) && !undecided.includes(key));
    const trained = told.filter(([, { trainable, known }]) => known && trainable);
    expect(left.sort()).toEqual(trained.map(([key]) => key).sort());
    const unknown = told.filter(([, { known }]) => !known);
    expect(undecided.filter(isTold).sort()).toEqual(unknown.map(([key]) => key).sort());
  });
});
