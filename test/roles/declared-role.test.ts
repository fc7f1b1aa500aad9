/** What a graph file makes of names that no rule knows: slots of optimizers that have a name of their own. */
import { describe, expect, it } from 'vitest';
import type { GraphFacts } from '../../src/meta-graph/graph-facts.ts';
import { roleByFacts } from '../../src/roles/declared-role.ts';
import { rolesByNames } from '../../src/roles/name-role.ts';
import type { TensorRole } from '../../src/roles/role.ts';
import { dtypeOf } from '../../src/tensor/dtype.ts';
import { type Tensor, tensorOfBytes } from '../../src/tensor/tensor.ts';

/** Variables by name: their shapes, and whether they are trained. */
function rolesIn(
  variables: Readonly<Record<string, readonly [number[], boolean, string?]>>,
): Record<string, TensorRole> {
  const tensors = new Map<string, Tensor>();
  const facts: GraphFacts = {
    kind: 'meta',
    path: 'model.ckpt.meta',
    tags: [],
    notes: [],
    variables: new Map(
      Object.entries(variables).map(([key, [, trainable]]) => [
        key,
        {
          key,
          variableName: key,
          trainable,
          collections: trainable ? ['trainable_variables', 'variables'] : ['variables'],
        },
      ]),
    ),
  };
  for (const [name, [shape, , dtype = 'float32']] of Object.entries(variables)) {
    const count = shape.reduce((product, size) => product * size, 1);
    tensors.set(name, tensorOfBytes(dtypeOf(dtype), shape, new Uint8Array(dtypeOf(dtype).width * count)));
  }
  const byNames = rolesByNames(tensors);
  const roleOf = roleByFacts(facts, tensors, byNames.roleOf, byNames.byName);
  return Object.fromEntries([...tensors].map(([name, tensor]) => [name, roleOf(name, tensor)]));
}

describe('a variable that is not trained', () => {
  it('is a slot of the trained one that it lies below and whose shape it has', () => {
    const roles = rolesIn({
      x: [[2, 3], true],
      'x/my_opt': [[2, 3], false],
      'x/my_opt_1': [[2, 3], false],
      'x/outer/my_opt': [[2, 3], false],
    });
    expect(roles['x/my_opt']).toMatchObject({
      role: 'slot',
      of: 'x',
      slot: 'my_opt',
      trainable: 'no',
      evidence: 'declared',
    });
    expect(roles['x/my_opt_1']).toMatchObject({ role: 'slot', of: 'x', slot: 'my_opt_1' });
    expect(roles['x/outer/my_opt']).toMatchObject({ role: 'slot', of: 'x', slot: 'outer/my_opt' });
  });

  it('is a weight where its shape is another, or what it lies below is not trained, or not there', () => {
    const roles = rolesIn({
      layer: [[2], true],
      'layer/kernel': [[2, 2], false],
      fixed: [[2], false],
      'fixed/scale': [[2], false],
      'absent/scale': [[2], false],
    });
    for (const name of ['layer/kernel', 'fixed', 'fixed/scale', 'absent/scale']) {
      expect(roles[name], name).toMatchObject({ role: 'weight', trainable: 'no', evidence: 'declared' });
      expect(roles[name]?.of, name).toBeUndefined();
    }
  });

  it('is no slot while it is trained itself', () => {
    const roles = rolesIn({ x: [[2], true], 'x/scale': [[2], true] });
    expect(roles['x/scale']).toMatchObject({ role: 'weight', trainable: 'yes' });
  });
});

describe('a counter that its program left among the trained variables', () => {
  it('is none of them: integers have no gradient', () => {
    const roles = rolesIn({ w: [[2], true], global_step: [[], true, 'int64'], table: [[3], true, 'int32'] });
    expect(roles.w).toMatchObject({ role: 'weight', trainable: 'yes', evidence: 'declared' });
    expect(roles.global_step).toMatchObject({ role: 'step', trainable: 'no' });
    expect(roles.table).toMatchObject({ role: 'weight', trainable: 'no' });
  });
});

describe('a layer of Keras that is frozen', () => {
  const layers: Parameters<typeof rolesIn>[0] = { 'hidden/kernel': [[4, 3], true], 'frozen/kernel': [[3, 3], true] };
  const graph = (more: typeof layers): Record<string, TensorRole> => rolesIn({ ...layers, ...more });

  it('is in the collection of what is trained, and has no slot', () => {
    const roles = graph({
      'Adam/iter': [[], false, 'int64'],
      'Adam/learning_rate': [[], false],
      'training/Adam/hidden/kernel/m': [[4, 3], false],
    });
    expect(roles['hidden/kernel']).toMatchObject({ trainable: 'yes', evidence: 'declared' });
    expect(roles['frozen/kernel']).toMatchObject({ role: 'weight', trainable: 'no' });
  });

  it('is known by the numbers of slots where Keras gives these no names, and puts them into the collection too', () => {
    const roles = graph({
      'Adadelta/iterations': [[], true, 'int64'],
      'Adadelta/lr': [[], true],
      'training/Variable': [[4, 3], true],
      'training/Variable_1': [[4, 3], true],
    });
    expect(roles['training/Variable_1']).toMatchObject({ role: 'slot', trainable: 'no', optimizer: 'Adadelta' });
    expect(roles['hidden/kernel']).toMatchObject({ trainable: 'yes', evidence: 'declared' });
    expect(roles['frozen/kernel']).toMatchObject({ role: 'weight', trainable: 'no' });
  });

  it('is trained for all that its program says where slots leave it open', () => {
    const roles = rolesIn({
      'a/kernel': [[3, 3], true],
      'b/kernel': [[3, 3], true],
      'Adam/iterations': [[], true, 'int64'],
      'Adam/lr': [[], true],
      'training/Variable': [[3, 3], true],
      'training/Variable_1': [[3, 3], true],
    });
    for (const name of ['a/kernel', 'b/kernel'])
      expect(roles[name]).toMatchObject({ trainable: 'yes', evidence: 'declared' });
  });

  it('is trained where no optimizer of Keras is there: a program of TensorFlow says what it trains', () => {
    const roles = graph({ 'hidden/kernel/Adam': [[4, 3], false] });
    for (const name of Object.keys(layers))
      expect(roles[name]).toMatchObject({ trainable: 'yes', evidence: 'declared' });
  });
});
