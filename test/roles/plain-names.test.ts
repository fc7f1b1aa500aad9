import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { roleByDType } from '../../src/roles/guessed-role.ts';
import { KnownNames } from '../../src/roles/known-names.ts';
import { roleByName } from '../../src/roles/name-role.ts';
import { PlainNames } from '../../src/roles/plain-names.ts';
import { wordMeanings } from '../../src/roles/role-words.ts';
import { dtypeOf } from '../../src/tensor/dtype.ts';
import { tensorOfBytes } from '../../src/tensor/tensor.ts';

const MODEL_WORDS =
  'model encoder layer_0 dense kernel bias opt training optimizer vars Variable 0 w x.y a-keys a-values'.split(' ');
const WORDS = [...MODEL_WORDS, ...wordMeanings().keys(), ...'adam Adam adam_w rms_prop iter lr prng seed_0'.split(' ')];

const step = fc
  .tuple(fc.constantFrom('', '_', 'my_'), fc.constantFrom(...WORDS), fc.constantFrom('', '', '_1', '_min', '_slot_m'))
  .map((parts) => parts.join(''));
const name = fc
  .tuple(fc.array(step, { minLength: 1, maxLength: 4 }), fc.constantFrom('/', '/', '.'))
  .map(([steps, between]) => steps.join(between));
const facts = fc.record({
  dtype: fc.constantFrom('float32', 'int64', 'string', 'bool', 'complex64').map(dtypeOf),
  shape: fc.constantFrom([], [3], [2, 3], [3, 1]),
});

describe('names of which no word says anything', () => {
  it('have the role of their dtype by all rules, whatever else is in the checkpoint', () => {
    let plain = 0;
    fc.assert(
      fc.property(fc.uniqueArray(fc.tuple(name, facts), { selector: ([one]) => one, maxLength: 12 }), (pairs) => {
        const scalar = tensorOfBytes(dtypeOf('uint8'), [], Uint8Array.of(0));
        const names = new KnownNames(
          new Map(pairs.map(([one, { dtype, shape }]) => [one, { ...scalar, dtype, shape }])),
        );
        const all = new PlainNames();
        for (const [one, of] of pairs) {
          if (!all.isPlain(one, of, names)) continue;
          plain++;
          expect(roleByName(one, of, names), one).toBe(roleByDType(of));
        }
      }),
      { numRuns: 300 },
    );
    expect(plain).toBeGreaterThan(100);
  });

  it('are those of most models', () => {
    const names = new KnownNames(new Map());
    const all = new PlainNames();
    for (const one of ['bert/encoder/layer_0/attention/self/query/kernel', 'dense/bias', 'w', 'conv1/weights:0'])
      expect(all.isPlain(one, { dtype: dtypeOf('float32'), shape: [2] }, names), one).toBe(true);
  });
});
