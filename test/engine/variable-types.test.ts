/** What the compiler knows of variables: these tests are judged by `tsc`; their bodies only have to run. */
import { describe, expectTypeOf, it } from 'vitest';
import { Checkpoint, type Expression, fill, ones, Saver, Variable, zeros } from '../../src/index.ts';

describe('the type of a variable', () => {
  it('follows from its value, its initializer or its dtype', () => {
    expectTypeOf(new Variable(1)).toEqualTypeOf<Variable<'float32'>>();
    expectTypeOf(new Variable([[1, 2]])).toEqualTypeOf<Variable<'float32'>>();
    expectTypeOf(new Variable(1n)).toEqualTypeOf<Variable<'int64'>>();
    expectTypeOf(new Variable(true)).toEqualTypeOf<Variable<'bool'>>();
    expectTypeOf(new Variable(['a'])).toEqualTypeOf<Variable<'string'>>();
    expectTypeOf(new Variable(Float64Array.of(1))).toEqualTypeOf<Variable<'float64'>>();
    expectTypeOf(new Variable([Uint8Array.of(1)])).toEqualTypeOf<Variable<'string'>>();
    expectTypeOf(new Variable(zeros([2]))).toEqualTypeOf<Variable<'float32'>>();
    expectTypeOf(new Variable(ones([2], { dtype: 'int32' }))).toEqualTypeOf<Variable<'int32'>>();
    expectTypeOf(new Variable(fill([2], 1n))).toEqualTypeOf<Variable<'int64'>>();
    expectTypeOf(new Variable(1, { dtype: 'int32', name: 'v' })).toEqualTypeOf<Variable<'int32'>>();
    expectTypeOf(new Variable(() => [1n])).toEqualTypeOf<Variable<'int64'>>();
    const v = new Variable(1, { dtype: 'int8' });
    expectTypeOf(new Variable(v.initializedValue())).toEqualTypeOf<Variable<'int8'>>();
    expectTypeOf(v.initializedValue().div(2)).toEqualTypeOf<Expression<'float32'>>();
    expectTypeOf(new Variable(v)).toEqualTypeOf<Variable<'int8'>>();
  });

  it('says what it reads as', () => {
    expectTypeOf<ReturnType<Variable<'float32'>['read']>>().toEqualTypeOf<Float32Array>();
    expectTypeOf<ReturnType<Variable<'bfloat16'>['read']>>().toEqualTypeOf<Float32Array>();
    expectTypeOf<ReturnType<Variable<'int64'>['read']>>().toEqualTypeOf<BigInt64Array>();
    expectTypeOf<ReturnType<Variable<'string'>['read']>>().toEqualTypeOf<Uint8Array[]>();
    expectTypeOf<Variable<'float32'>>().toExtend<Variable>();
  });

  it('refuses what does not fit', () => {
    const compile = (): void => {
      const v = new Variable(zeros([2]), { name: 'v' });
      // @ts-expect-error a text is no number
      v.assign('x');
      // @ts-expect-error a boolean is no number
      v.assign([true]);
      // @ts-expect-error a number is no text
      new Variable(['a']).assign(1);
      // @ts-expect-error there is no such dtype
      new Variable(1, { dtype: 'float31' });
      // @ts-expect-error a text is no int32
      new Variable('a', { dtype: 'int32' });
      // @ts-expect-error there is no such option
      new Variable(1, { nmae: 'v' });
      // @ts-expect-error a variable needs an initial value
      new Variable();
      // @ts-expect-error an object is no value
      new Variable({ a: 1 });
      new Variable(1n).initializedValue().map((x) => x + 1n);
      // @ts-expect-error a bigint and a number do not add up
      new Variable(1n).initializedValue().map((x) => x + 1);
      // @ts-expect-error a text is no number
      v.initializedValue().mul('x');
      // @ts-expect-error float32 and int64 do not go together
      v.initializedValue().add(new Variable(1n).initializedValue());
      // @ts-expect-error a number holds no variables
      new Checkpoint({ step: 5 });
      new Checkpoint({ v, list: [v], map: new Map([['v', v]]), own: { v } });
      // @ts-expect-error a number is no variable
      new Saver({ step: 5 });
    };
    expectTypeOf(compile).toBeFunction();
  });
});
