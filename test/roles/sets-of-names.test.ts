/** Sets of names as programs save them, each line with what the tensor is: `name shape role trained of`. */
import { describe, expect, it } from 'vitest';
import { rolesByNames } from '../../src/roles/name-role.ts';
import { dtypeOf } from '../../src/tensor/dtype.ts';
import { elementCount } from '../../src/tensor/shape.ts';
import { type Tensor, tensorOfBytes } from '../../src/tensor/tensor.ts';
import { VALUE } from '../object-graph/small-graphs.ts';

const SETS: Readonly<Record<string, string>> = {
  'LossScaleOptimizer of Keras 2.11 makes slots in no scope': `
    conv/kernel               2,2  weight yes
    conv/bias                 2    weight yes
    frozen/kernel             2,2  weight unknown
    m/conv/kernel             2,2  slot no conv/kernel
    m/conv/bias               2    slot no conv/bias
    u/conv/kernel             2,2  slot no conv/kernel
    u/conv/bias               2    slot no conv/bias
    average/conv/kernel       2,2  ema no conv/kernel
    average/conv/bias         2    ema no conv/bias`,
  'an optimizer of Keras 2.11 that its program named': `
    conv/kernel                  2,2  weight yes
    conv/bias                    2    weight yes
    trainer/velocity/conv/kernel 2,2  slot no conv/kernel
    trainer/velocity/conv/bias   2    slot no conv/bias
    disc_opt/m/conv/kernel       2,2  slot no conv/kernel
    disc_opt/m/conv/bias         2    slot no conv/bias`,
  'scopes of models that are called like slots': `
    conv/kernel          2,2  weight yes
    conv/bias            2    weight yes
    linear/conv/kernel   2,2  weight yes
    linear/conv/bias     2    weight yes
    v/conv/kernel        2,2  weight yes
    v/out/kernel         2    weight yes`,
  'averages, accumulated gradients and copies, before the names of variables and joined to them': `
    enc/kernel                      2,2  weight yes
    enc/bn/moving_mean              2    weight no
    dec/kernel                      2,2  weight yes
    ema/enc/kernel                  2,2  ema no enc/kernel
    ema/enc/bn/moving_mean          2    ema no enc/bn/moving_mean
    ema/dec/kernel                  2,2  ema no dec/kernel
    ema/num_updates                 -    weight no
    enc/kernel_swa                  2,2  ema no enc/kernel
    dec/kernel_swa                  2,2  ema no dec/kernel
    grad_accum/enc/kernel           2,2  slot no enc/kernel
    grad_accum/dec/kernel           2,2  slot no dec/kernel
    fp32/enc/kernel                 2,2  slot no enc/kernel
    fp32/dec/kernel                 2,2  slot no dec/kernel
    enc/kernel/AccumGrad            2,2  slot no enc/kernel
    enc/kernel/EMA                  2,2  ema no enc/kernel
    enc/kernel/avg                  2,2  ema no enc/kernel`,
  'a model with averages alone': `
    enc/kernel                                   2,2  weight yes
    enc/kernel/ExponentialMovingAverage          2,2  ema no enc/kernel
    enc/kernel/ExponentialMovingAverage/biased   2,2  slot no enc/kernel/ExponentialMovingAverage`,
  'spectral normalization, masks, and what is counted': `
    conv/kernel                     2,2  weight yes
    conv/kernel_u                   1,2  weight no
    conv/kernel/u_var               1,2  weight no
    conv/kernel_mask                2,2  weight no
    fc/sn/u                         1,2  weight no
    fc/w                            2,2  weight yes
    head/kernel_u                   2,2  weight yes
    norm/mean                       2    weight no
    norm/variance                   2    weight no
    norm/count                      -    weight no
    other/mean                      2    weight yes
    metric_ema/average              2    weight no
    metric_ema/hidden               2    weight no
    metric_ema/counter              -    weight no
    precision/true_positives/count  -f   bookkeeping no`,
  'keys of a model and its teacher, and slots enough for one or for both': `
    model/kernel/K                 2,2  weight unknown
    teacher/kernel/K               2,2  weight unknown
    optimizer/_iterations/K        -    step no
    optimizer/_learning_rate/K     -f   hyperparameter no
    optimizer/_variables/1/K       2,2  slot no
    optimizer/_variables/2/K       2,2  slot no
    mean_tensor/total/K            2    bookkeeping no
    mean_tensor/count/K            2    bookkeeping no
    layer/momentum/K               -f   weight unknown`,
  'keys of a model alone': `
    model/kernel/K                 2,2  weight yes
    model/bias/K                   2    weight yes
    optimizer/_iterations/K        -    step no
    optimizer/_learning_rate/K     -f   hyperparameter no
    optimizer/_variables/1/K       2,2  slot no
    optimizer/_variables/2/K       2    slot no`,
  'settings that are integers, and counters': `
    dense/kernel                   2,2  weight yes
    dense/kernel/Adam              2,2  slot no dense/kernel
    Lookahead/iter                 -    step no
    Lookahead/sync_period          -    hyperparameter no
    SWA/start_averaging            -    hyperparameter no
    adam/t                         -    step no
    learner/_num_steps             -    step no
    training/my_opt/Variable       2,2  slot no
    training/my_opt/Variable_1     2,2  slot no`,
  'a model in a scope that is called like an optimizer': `
    lion/head/kernel               2,2  weight yes
    lion/head/kernel/Adam          2,2  slot no lion/head/kernel
    rng/state                      3i   bookkeeping no`,
  'a step of the user beside the counter of a loss scale': `
    step                               -    step no
    dense/kernel                       2,2  weight yes
    adam/dense_kernel_momentum         2,2  slot no dense/kernel
    loss_scale_optimizer/step_counter  -    bookkeeping no
    loss_scale_optimizer/dynamic_scale -f   bookkeeping no`,
};

interface Line {
  readonly name: string;
  readonly tensor: Tensor;
  readonly wanted: string;
}

/** A line: scalars are `-`, integers, or `-f`; other integers have an `i` behind their shape; a key ends in `K`. */
function readLine(line: string): Line {
  const [short = '', sizes = '', ...wanted] = line.trim().split(/\s+/);
  const name = short.replace(/\/K$/, VALUE);
  const shape = sizes.startsWith('-') ? [] : sizes.replace('i', '').split(',').map(Number);
  const dtype = dtypeOf(sizes === '-' || sizes.endsWith('i') ? 'int64' : 'float32');
  const tensor = tensorOfBytes(dtype, shape, new Uint8Array(elementCount(shape) * dtype.width));
  return { name, tensor, wanted: wanted.join(' ') };
}

describe('names alone', () => {
  it.each(Object.entries(SETS))('of %s', (_, text) => {
    const lines = text.trim().split('\n').map(readLine);
    const { roleOf } = rolesByNames(new Map(lines.map(({ name, tensor }) => [name, tensor])));
    const told = lines.map(({ name, tensor }) => {
      const { role, trainable, of } = roleOf(name, tensor);
      return `${name}: ${[role, trainable, of].filter(Boolean).join(' ')}`;
    });
    expect(told).toEqual(lines.map(({ name, wanted }) => `${name}: ${wanted}`));
  });
});
