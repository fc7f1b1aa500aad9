/** What names tell: the names that programs give, and what holds for every name. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { roleByName, rolesByNames } from '../../src/roles/name-role.ts';
import { EVIDENCE, ROLES, type TensorRole } from '../../src/roles/role.ts';
import { wordMeanings } from '../../src/roles/role-words.ts';
import { dtypeOf } from '../../src/tensor/dtype.ts';
import { tensorOfBytes } from '../../src/tensor/tensor.ts';

const VECTOR = { dtype: dtypeOf('float32'), shape: [3] };
const SCALAR = { dtype: dtypeOf('float32'), shape: [] };
const COUNTER = { dtype: dtypeOf('int64'), shape: [] };

/** The role of a name in a checkpoint that also has `others`. */
function roleOf(
  name: string,
  others: readonly string[] = [],
  facts = VECTOR as typeof VECTOR | typeof SCALAR,
): TensorRole {
  return roleByName(name, facts, { has: (other) => others.includes(other) });
}

describe('slots', () => {
  it.each([
    ['BERT', 'bert/pooler/dense/kernel', 'adam_m'],
    ['BERT', 'bert/pooler/dense/kernel', 'adam_v'],
    ['LAMB', 'bert/pooler/dense/kernel', 'lamb_v'],
    ['tf.train', 'conv1/weights', 'Adam'],
    ['tf.train', 'conv1/weights', 'Adam_1'],
    ['slim', 'InceptionV3/Logits/Conv2d_1c_1x1/weights', 'RMSProp'],
    ['slim', 'InceptionV3/Logits/Conv2d_1c_1x1/weights', 'RMSProp_1'],
    ['slim', 'resnet_v1_50/block1/unit_1/weights', 'Momentum'],
    ['an Estimator', 'linear/linear_model/age/weights', 'Ftrl_1'],
    ['an Estimator', 'dnn/hiddenlayer_0/kernel/part_0', 'Adagrad'],
    ['tensor2tensor', 'transformer/body/decoder/layer_0/ffn/conv1/kernel', 'Adafactor'],
    ['tf.train', 'w', 'Adadelta_1'],
  ])('%s: %s has %s', (_, base, slot) => {
    expect(roleOf(`${base}/${slot}`, [base])).toMatchObject({
      role: 'slot',
      of: base,
      slot,
      trainable: 'no',
      evidence: 'names',
    });
    expect(roleOf(`${base}/${slot}`)).toMatchObject({ role: 'slot', slot });
    expect(roleOf(`${base}/${slot}`)).not.toHaveProperty('of');
  });

  it('of weights files of Keras have numbers, and those of Keras 2 a group', () => {
    expect(roleOf('optimizer/vars/7')).toMatchObject({ role: 'slot', slot: 'vars/7', trainable: 'no' });
    expect(roleOf('optimizer/vars/1', [], SCALAR)).toMatchObject({ role: 'hyperparameter' });
    expect(roleOf('optimizer/vars/0', [], COUNTER)).toMatchObject({ role: 'step' });
    expect(roleOf('optimizer_weights/adam/dense_kernel_momentum')).toMatchObject({ role: 'slot', optimizer: 'Adam' });
    expect(roleOf('optimizer_weights/Adam/dense/kernel/m:0')).toMatchObject({ role: 'slot', optimizer: 'Adam' });
    expect(roleOf('layers/dense/vars/7')).toMatchObject({ role: 'weight', trainable: 'yes' });
    expect(roleOf('model/optimizer/vars/7')).toMatchObject({ role: 'weight' });
  });

  it('stand before the scope in which the optimizer was made', () => {
    expect(roleOf('OptimizeLoss/dense/kernel/Adam', ['dense/kernel', 'kernel'])).toMatchObject({ of: 'dense/kernel' });
    expect(roleOf('train/net/net/w/Adam_1', ['net/w', 'net/net/w'])).toMatchObject({ of: 'net/net/w' });
  });

  it('of Mesh TensorFlow are joined to their variable', () => {
    const base = 'decoder/block_000/layer_000/SelfAttention/q';
    expect(roleOf(`${base}_slot_vr`, [base])).toMatchObject({ role: 'slot', of: base, slot: 'slot_vr' });
    expect(roleOf(`${base}_slot_v`)).toMatchObject({ role: 'slot', slot: 'slot_v' });
    expect(roleOf('_slot_v')).toMatchObject({ role: 'weight' });
  });

  it('of a graph of Keras lie in the scope of the optimizer', () => {
    const has = ['dense/kernel', 'linear/linear_model/a1/weights'];
    expect(roleOf('training/Adam/dense/kernel/m', has)).toMatchObject({ role: 'slot', of: 'dense/kernel', slot: 'm' });
    expect(roleOf('training_2/Adam_1/dense/kernel/vhat', has)).toMatchObject({ role: 'slot', of: 'dense/kernel' });
    expect(roleOf('training/Ftrl/linear/linear_model/a1/weights/linear', has)).toMatchObject({
      of: 'linear/linear_model/a1/weights',
      slot: 'linear',
    });
    expect(roleOf('SGD/dense/kernel/momentum', has)).toMatchObject({ role: 'slot', of: 'dense/kernel' });
    expect(roleOf('training/Adam/Variable_12')).toMatchObject({ role: 'slot', slot: 'Variable_12' });
    expect(roleOf('training/Adam/learning_rate', [], SCALAR)).toMatchObject({ role: 'hyperparameter' });
    expect(roleOf('training/Ftrl/beta', [], SCALAR)).toMatchObject({ role: 'hyperparameter' });
    expect(roleByName('training/Adam/iter', COUNTER, { has: () => false })).toMatchObject({ role: 'step' });
    for (const name of ['training/dense/kernel', 'Adam/conv/kernel', 'Adamant/kernel/m', 'training/kernel']) {
      expect(roleOf(name), name).toMatchObject({ role: 'weight', trainable: 'yes' });
    }
  });

  it('with a name that may be any need their variable', () => {
    for (const word of ['biased', 'local_step', 'm', 'v', 'accumulator']) {
      expect(roleOf(`bn/mean/${word}`, ['bn/mean'])).toMatchObject({ role: 'slot', of: 'bn/mean', slot: word });
      expect(roleOf(`bn/mean/${word}`)).toMatchObject({ role: 'weight' });
    }
  });

  it('have averages, and averages have variables', () => {
    expect(roleOf('w/ExponentialMovingAverage', ['w'])).toMatchObject({ role: 'ema', of: 'w', trainable: 'no' });
    expect(roleOf('w/ExponentialMovingAverage')).toMatchObject({ role: 'ema' });
    expect(roleOf('w/Adam/ExponentialMovingAverage', ['w', 'w/Adam'])).toMatchObject({ role: 'ema', of: 'w/Adam' });
  });

  it('are nothing without a name before them', () => {
    for (const name of ['Adam', '/Adam', 'my_Adam', 'adam_m', 'x/Adam/', 'x/MyAdam', 'x/Adam_x', 'x/Adamw']) {
      expect(roleOf(name), name).toMatchObject({ role: 'weight' });
    }
  });
});

describe('scalars', () => {
  it.each(['global_step', 'train/global_step', 'step', 'optimizer/iterations', 'model/train_step'])(
    '%s counts steps',
    (name) => {
      expect(roleByName(name, COUNTER, { has: () => false })).toMatchObject({ role: 'step', trainable: 'no' });
    },
  );

  it.each(['beta1_power', 'beta2_power_3', 'Optimization/beta1_power', 'learning_rate', 'Adam/beta_1', 'decay'])(
    '%s is a setting',
    (name) => {
      expect(roleOf(name, [], SCALAR)).toMatchObject({ role: 'hyperparameter', trainable: 'no' });
      expect(roleByName(name, { ...SCALAR, shape: [2] }, { has: () => false })).not.toMatchObject({
        role: 'hyperparameter',
      });
    },
  );

  it('of a name that tells nothing are weights', () => {
    expect(roleOf('b', [], SCALAR)).toMatchObject({ role: 'weight', trainable: 'yes', evidence: 'names' });
    expect(roleOf('step', [], SCALAR)).toMatchObject({ role: 'weight' });
    expect(roleOf('global_step', [], SCALAR)).toMatchObject({ role: 'step' });
    expect(roleByName('Variable', COUNTER, { has: () => false })).toMatchObject({ role: 'weight', trainable: 'no' });
  });
});

describe('other tensors', () => {
  it.each([
    'bn/moving_mean',
    'bn/moving_variance_1',
    'in1.running_var',
    'BatchNorm/renorm_stddev',
    'conv0/bn/mean/EMA',
  ])('%s is a weight that is not trained', (name) =>
    expect(roleOf(name)).toMatchObject({ role: 'weight', trainable: 'no' }),
  );

  it('go by their dtype where the name tells nothing', () => {
    const roleOfDType = (dtype: string): TensorRole =>
      roleByName('x/y', { dtype: dtypeOf(dtype), shape: [2] }, { has: () => false });
    for (const dtype of ['float16', 'bfloat16', 'float8_e5m2', 'complex64']) {
      expect(roleOfDType(dtype)).toMatchObject({ role: 'weight', trainable: 'yes' });
    }
    for (const dtype of ['int8', 'qint8', 'bool', 'uint4']) {
      expect(roleOfDType(dtype)).toMatchObject({ role: 'weight', trainable: 'no' });
    }
    for (const dtype of ['string', 'variant']) {
      expect(roleOfDType(dtype)).toMatchObject({ role: 'bookkeeping', trainable: 'no' });
    }
  });

  it('of objects go by their key where there is no object graph', () => {
    const value = (path: string): string => `${path}/.ATTRIBUTES/VARIABLE_VALUE`;
    const slot = value('m/w/.OPTIMIZER_SLOT/optimizer/inner/v');
    expect(roleOf(slot, [value('m/w')])).toMatchObject({ role: 'slot', of: value('m/w'), slot: 'v' });
    expect(roleOf(slot)).not.toHaveProperty('of');
    expect(roleOf(value('model/optimizer/_trainable_variables/0'))).toMatchObject({ role: 'weight', trainable: 'yes' });
    expect(roleOf(value('bn/moving_mean'))).toMatchObject({ role: 'weight', trainable: 'no' });
    expect(roleOf(value('optimizer/learning_rate'), [], SCALAR)).toMatchObject({ role: 'hyperparameter' });
    expect(roleOf(value('keras_api/metrics/0/total'), [], SCALAR)).toMatchObject({ role: 'bookkeeping' });
    expect(roleByName(value('save_counter'), COUNTER, { has: () => false })).toMatchObject({ role: 'bookkeeping' });
    expect(roleOf('table/.ATTRIBUTES/table-values')).toMatchObject({ role: 'bookkeeping' });
    expect(roleOf('/.ATTRIBUTES/OBJECT_CONFIG_JSON')).toMatchObject({ role: 'bookkeeping' });
  });
});

const WORDS = [...wordMeanings().keys(), 'kernel', 'training', 'Adam', '.ATTRIBUTES', '.OPTIMIZER_SLOT', 'w_slot_vr'];
const NAME = fc
  .array(fc.oneof(fc.constantFrom(...WORDS), fc.string({ maxLength: 4 }), fc.constantFrom('x_1', 'Adam_12', '')), {
    minLength: 1,
    maxLength: 5,
  })
  .map((parts) => parts.join('/'));

it('has an answer for every name, and a slot is one of a tensor that is there', () => {
  fc.assert(
    fc.property(
      fc.array(NAME, { maxLength: 12 }),
      fc.constantFrom('float32', 'int64', 'string'),
      fc.nat(2),
      (names, dtype, rank) => {
        const there = new Set(names);
        for (const name of names) {
          const facts = { dtype: dtypeOf(dtype), shape: Array.from({ length: rank }, () => 2) };
          const { role, trainable, evidence, of, slot, because } = roleByName(name, facts, there);
          expect(ROLES).toContain(role);
          expect(EVIDENCE).toContain(evidence);
          expect(because).not.toBe('');
          if (of !== undefined) expect(there.has(of) && of !== name).toBe(true);
          expect(slot === undefined || role === 'slot' || role === 'ema').toBe(true);
          if (role !== 'weight') expect(trainable).toBe('no');
        }
      },
    ),
  );
});

it('is the same in whatever order tensors are asked for', () => {
  fc.assert(
    fc.property(fc.array(NAME, { maxLength: 20 }), fc.array(fc.nat()), (names, jumps) => {
      const tensor = tensorOfBytes(dtypeOf('float32'), [1], new Uint8Array(4));
      const map = new Map([...new Set(names)].sort().map((name) => [name, tensor]));
      const all = [...map.keys()];
      const jumped = [...jumps.map((jump) => all[jump % all.length]).filter((name) => name !== undefined), ...all];
      const { roleOf: walked } = rolesByNames(map);
      const { roleOf: asked } = rolesByNames(map);
      const inOrder = new Map(all.map((name) => [name, walked(name, tensor)]));
      for (const name of jumped) expect(asked(name, tensor)).toEqual(inOrder.get(name));
    }),
  );
});

it('a name of ten thousand characters stands for itself, and the others are compared as if it were not there', () => {
  const long = `${'scope/'.repeat(2000)}kernel`;
  const tensors = new Map(
    ['a', 'a/Adam', 'a/Adam_1', long, `${long}/Adam`].map((name) => [
      name,
      tensorOfBytes(VECTOR.dtype, VECTOR.shape, new Uint8Array(12)),
    ]),
  );
  const { roleOf: told } = rolesByNames(tensors);
  expect(['a', 'a/Adam', long].map((name) => told(name, VECTOR).role)).toEqual(['weight', 'slot', 'weight']);
  expect(told('a', VECTOR).trainable).toBe('yes');
});
