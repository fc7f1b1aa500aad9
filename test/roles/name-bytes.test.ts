/** The rules for bytes say what the rules for strings say, or nothing. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareBytes, encodeText } from '../../src/bytes/text.ts';
import { quickRoles, SOME_AVERAGE, SOME_SLOT } from '../../src/roles/name-bytes.ts';
import { roleByName } from '../../src/roles/name-role.ts';
import { wordMeanings } from '../../src/roles/role-words.ts';
import { DTYPES, type DType, dtypeOf } from '../../src/tensor/dtype.ts';
import type { TensorFacts } from '../../src/tensor/tensor.ts';

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
  '_storage',
  'FP32-master-copy',
  'x-keys',
  'x_min',
];
const FLOAT = dtypeOf('float32');

function factsOf(name: string, dtype: DType = FLOAT, shape: readonly number[] = [3]): TensorFacts {
  const nameBytes = encodeText(name);
  // What lies behind a name in its buffer is no part of it.
  const buffer = new Uint8Array([...nameBytes, 0x2f, 0x41]);
  const facts = { nameBytes: buffer, nameLength: nameBytes.length, nameIsSimple: true, nameShared: 0, position: -1 };
  return { ...facts, dtype, shape, byteLength: 0, problem: undefined };
}

const quick = (name: string, dtype?: DType, shape?: readonly number[]) => quickRole(factsOf(name, dtype, shape));

/** The bytes at the front of `b` that `a` has too. */
function sharedBytes(a: Uint8Array, b: Uint8Array): number {
  let shared = 0;
  while (shared < Math.min(a.length, b.length) && a[shared] === b[shared]) shared++;
  return shared;
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
    ['custom_history/restored/kernel', 'weight'],
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

  it('tells of names in order what it tells of each alone, whichever of them are asked for', () => {
    const asked = fc.array(fc.tuple(fc.oneof(name, key), fc.boolean()), { minLength: 2, maxLength: 30 });
    fc.assert(
      fc.property(asked, fc.array(name, { maxLength: 2 }), (names, scopes) => {
        const inOrder = quickRoles();
        const all = names.map(([text, isAsked], i) => [`${scopes[i % 3] ?? ''}${text}`, isAsked] as const);
        all.sort(([a], [b]) => compareBytes(encodeText(a), encodeText(b)));
        let before: Uint8Array = new Uint8Array(0);
        for (const [position, [text, isAsked]] of all.entries()) {
          const facts = factsOf(text);
          const bytes = encodeText(text);
          facts.nameShared = sharedBytes(before, bytes);
          facts.position = position;
          before = bytes;
          if (isAsked) expect(inOrder(facts)).toEqual(quick(text));
        }
      }),
      { numRuns: 200 },
    );
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
