import { beforeEach, describe, expect, expectTypeOf, it } from 'vitest';
import {
  fixedSizePartitioner,
  GraphKeys,
  getCollection,
  getOrCreateGlobalStep,
  getVariable,
  initializeAllVariables,
  MismatchError,
  NameError,
  nameScope,
  ones,
  resetDefaultGraph,
  UsageError,
  Variable,
  variableScope,
} from '../../src/index.ts';

beforeEach(() => resetDefaultGraph());

describe('a variable scope', () => {
  it('stands before the names of variables, and takes options before or after its callback', () => {
    const get = (): Variable => getVariable('w', { shape: [2] });
    const w = variableScope('layer1', () => variableScope('inner', get));
    expect(w.name).toBe('layer1/inner/w');
    expect(variableScope('layer1', { reuse: true }, () => variableScope('inner', get))).toBe(w);
    expect(variableScope('layer1/inner', get, { reuse: 'auto' })).toBe(w);
    expect(variableScope('a', () => new Variable(0, { name: 'v' }).name)).toBe('a/v');
    expect(variableScope('a', () => new Variable(0, { name: 'v' }).name)).toBe('a_1/v');
  });

  it('gives variables its initializer, dtype and partitioner', () => {
    const v = variableScope(
      's',
      { initializer: ones(), dtype: 'float64', partitioner: fixedSizePartitioner(2) },
      (scope) => {
        expect(scope.name).toBe('s');
        return getVariable('v', { shape: [3] });
      },
    );
    initializeAllVariables();
    expect(v.read()).toEqual(Float64Array.of(1, 1, 1));
    expect(v.parts?.map(({ name }) => name)).toEqual(['s/v/part_0', 's/v/part_1']);
  });

  it('refuses a second variable of a name, another shape or dtype, and one that is not there', () => {
    getVariable('v', { shape: [2] });
    expect(() => getVariable('v', { shape: [2] })).toThrow(NameError);
    expect(() => getVariable('v', { shape: [2] })).toThrow('variable v exists already');
    expect(() => getVariable('v', { shape: [3], reuse: true })).toThrow(
      'variable v is shared with shape [3], but has [2]',
    );
    expect(() => getVariable('v', { dtype: 'int32', reuse: true })).toThrow(MismatchError);
    expect(() => getVariable('u', { shape: [2], reuse: true })).toThrow('variable u does not exist');
    expect(() => getVariable('u')).toThrow('variable u needs a shape');
    expect(() => getVariable('u', { reuse: 'yes' as never })).toThrow(UsageError);
    expect(() => variableScope('s', async () => 1)).toThrow('returned a promise');
    expect(getVariable('v', { reuse: true }).shape).toEqual([2]);
  });

  it('makes floats that are spread as Glorot and Bengio say, and zeros of anything else', () => {
    const w = getVariable('w', { shape: [30, 20] });
    const n = getVariable('n', { shape: [2], dtype: 'int32' });
    const c = getVariable('c', { initializer: [1n, 2n] });
    initializeAllVariables();
    const limit = Math.sqrt(6 / 50);
    const values = w.read();
    expect(values.every((x) => Math.abs(x) <= limit) && values.some((x) => Math.abs(x) > limit / 2)).toBe(true);
    expect([n.read(), c.read()]).toEqual([Int32Array.of(0, 0), BigInt64Array.of(1n, 2n)]);
    expectTypeOf(w).toEqualTypeOf<Variable<'float32'>>();
    expectTypeOf(n).toEqualTypeOf<Variable<'int32'>>();
    expectTypeOf(c).toEqualTypeOf<Variable<'int64'>>();
  });

  it('is closed when its callback throws', () => {
    expect(() =>
      variableScope('s', () => {
        throw new Error('no');
      }),
    ).toThrow('no');
    expect(getVariable('v', { shape: [] }).name).toBe('v');
  });
});

it('a scope of names is none for null, and concerns new Variable alone', () => {
  const names = nameScope('a', () => [
    new Variable(0, { name: 'v' }).name,
    getVariable('w', { shape: [] }).name,
    ...[null, ''].map((none) => nameScope(none, () => new Variable(0, { name: 'v' }).name)),
  ]);
  expect(names).toEqual(['a/v', 'w', 'v', 'v_1']);
});

it('the global step is one variable, an int64 that is not trained', () => {
  const step = getOrCreateGlobalStep();
  expect(getOrCreateGlobalStep()).toBe(step);
  expect([step.name, step.dtype, step.shape, step.trainable]).toEqual(['global_step', 'int64', [], false]);
  expect(getCollection(GraphKeys.GLOBAL_STEP)).toEqual([step]);
  initializeAllVariables();
  expect(step.assignAdd(5).read()).toEqual(BigInt64Array.of(5n));
});
