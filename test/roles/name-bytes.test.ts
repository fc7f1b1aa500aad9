/** The rules for bytes say what the rules for strings say, or nothing. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeText } from '../../src/bytes/text.ts';
import { quickRoles, SOME_AVERAGE, SOME_SLOT } from '../../src/roles/name-bytes.ts';
import { roleByName } from '../../src/roles/name-role.ts';
import { wordMeanings } from '../../src/roles/role-words.ts';
import { DTYPES, type DType, dtypeOf } from '../../src/tensor/dtype.ts';

const quickRole = quickRoles();
const SCOPES = [
  'Adam',
  'SGD',
  'adam_w',
  'rms_prop',
  'LAMB',
  'my_opt',
  'optimizer/vars',
  'optimizer_weights',
  'replay_buffer',
  'FP32-master-copy',
  'x-keys',
  'x_min',
];
const FLOAT = dtypeOf('float32');

function quick(name: string, dtype: DType = FLOAT, shape: readonly number[] = [3]) {
  const nameBytes = encodeText(name);
  // What lies behind a name in its buffer is no part of it.
  const buffer = new Uint8Array([...nameBytes, 0x2f, 0x41]);
  const facts = { nameBytes: buffer, nameLength: nameBytes.length, nameIsSimple: true };
  return quickRole({ ...facts, dtype, shape, byteLength: 0, problem: undefined });
}

describe('names as bytes', () => {
  it.each([
    ['a/kernel', 'weight'],
    ['a/kernel/Adam', 'slot'],
    ['a/kernel/Adam_1', 'slot'],
    ['a/kernel/adam_v', 'slot'],
    ['a/kernel/ExponentialMovingAverage', 'ema'],
    ['bn/moving_mean', 'weight'],
    ['layer_12/bias_3', 'weight'],
    ['Madam/x', 'weight'],
  ])('%s is known at once', (name, role) => {
    expect(quick(name)?.role).toBe(role);
  });

  it.each(['Adam', '/Adam', 'm', 'w/m', 'global_step', 'training/Adam/w/m', 'SGD/x', 'w_slot_vr', 'x/.ATTRIBUTES/y'])(
    '%s takes a look at the whole',
    (name) => expect(quick(name)).toBeUndefined(),
  );

  const words = [...wordMeanings().keys(), ...SCOPES, 'training', 'kernel', '.ATTRIBUTES', 'q_slot_v', 'é'];
  const part = fc.oneof(fc.constantFrom(...words), fc.string({ unit: 'binary', maxLength: 5 }), fc.constant(''));
  const numbered = fc.tuple(part, fc.constantFrom('', '_1', '_23', '4', '_')).map(([word, number]) => word + number);
  const name = fc
    .tuple(fc.array(numbered, { minLength: 1, maxLength: 4 }), fc.constantFrom('/', '.', '_'))
    .map(([parts, separator]) => parts.join('/').replace('//', separator));

  it.each([
    ['model/layer-1/kernel/.ATTRIBUTES/VARIABLE_VALUE', 'weight'],
    ['model/bn/moving_mean/.ATTRIBUTES/VARIABLE_VALUE', 'weight'],
    ['model/w/.OPTIMIZER_SLOT/optimizer/m/.ATTRIBUTES/VARIABLE_VALUE', 'slot'],
    ['model/w/.OPTIMIZER_SLOT/optimizer/average/.ATTRIBUTES/VARIABLE_VALUE', 'ema'],
  ])('the key %s is known at once', (key, role) => {
    expect(quick(key)?.role).toBe(role);
  });

  const key = fc
    .tuple(
      fc.array(
        fc.oneof(numbered, fc.constantFrom('0', '12', 'optimizer', 'keras_api', 'metrics', '_momentums', 'a.Sb')),
        {
          minLength: 1,
          maxLength: 4,
        },
      ),
      fc.option(fc.constantFrom('m', 'average', 'Adam_1', 'o/v', 'a..b', 'opt/ema'), { nil: undefined }),
      fc.constantFrom('VARIABLE_VALUE', 'VARIABLE_VALUE', 'VARIABLE_VALUE', 'TABLE'),
    )
    .map(([parts, slot, attribute]) => {
      const path = parts.join('/') + (slot === undefined ? '' : `/.OPTIMIZER_SLOT/${slot}`);
      return `${path}/.ATTRIBUTES/${attribute}`;
    });

  it('of keys tell what strings tell, wherever they tell anything', () => {
    let known = 0;
    fc.assert(
      fc.property(key, fc.constantFrom(...DTYPES), fc.boolean(), (text, dtype, isThere) => {
        const found = quick(text, dtype, [3]);
        if (found === undefined) return;
        known++;
        const wanted = roleByName(text, { dtype, shape: [3] }, { has: () => isThere });
        const { role, trainable } = wanted;
        expect({ role: found.role, trainable: found.trainable }).toEqual({ role, trainable });
        if (found !== SOME_SLOT && found !== SOME_AVERAGE) expect(found).toEqual(wanted);
      }),
      { numRuns: 5000 },
    );
    expect(known).toBeGreaterThan(500);
  });

  it('has the role that strings have, wherever it has one', () => {
    const shapes = fc.array(fc.nat(3), { maxLength: 2 });
    fc.assert(
      fc.property(name, fc.constantFrom(...DTYPES), shapes, fc.boolean(), (text, dtype, shape, isThere) => {
        const found = quick(text, dtype, shape);
        if (found === undefined) return;
        const wanted = roleByName(text, { dtype, shape }, { has: () => isThere });
        expect({ role: found.role, trainable: found.trainable }).toEqual({
          role: wanted.role,
          trainable: wanted.trainable,
        });
        // All but whose slot it is.
        if (found !== SOME_SLOT && found !== SOME_AVERAGE) expect(found).toEqual(wanted);
      }),
      { numRuns: 5000 },
    );
  });
});
