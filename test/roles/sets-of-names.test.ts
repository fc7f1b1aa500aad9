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
  'the tree of an optimizer of JAX beside that of its parameters': `
    params/dense/kernel          2,2  weight yes
    opt_state/0/mu/dense/kernel  2,2  slot no
    opt_state/0/nu/dense/kernel  2,2  slot no
    opt_state/0/count            -i   step no`,
  'optimizers by names that programs gave them, and what PyTorch keeps': `
    conv/kernel                      2,2  weight yes
    conv/kernel/PowerSign            2,2  slot no conv/kernel
    conv/kernel/AdamWOptimizer       2,2  slot no conv/kernel
    conv/kernel/LazyAdamOptimizer_1  2,2  slot no conv/kernel
    state/0/exp_avg                  2,2  slot no
    state/0/momentum_buffer          2,2  slot no
    sync_rep_local_step              -i   step no`,
  'a vector quantizer, spectral normalization that numbers its vectors, sums of a metric': `
    vq/embedding                 2,3  weight no
    vq/ema_cluster_size          3    weight no
    emb/embedding                2,3  weight yes
    sn/kernel                    2,2  weight yes
    sn/u0                        1,2  weight no
    mean/total_tensor            2    bookkeeping no`,
  'Keras 3 with a schedule, in a scope that its program named': `
    seq/dense/kernel                   4,3  weight yes
    seq/dense/bias                     3    weight yes
    trainer/iteration                  -i   step no
    trainer/seq_dense_kernel_momentum  4,3  slot no seq/dense/kernel
    trainer/seq_dense_kernel_velocity_hat  4,3  slot no seq/dense/kernel
    trainer/seq_dense_bias_momentum    3    slot no seq/dense/bias`,
  'two checkpoints in one, each below its scope': `
    a/dense/kernel                  4,3  weight yes
    a/dense/bias                    3    weight yes
    a/Adam/m/dense/kernel           4,3  slot no a/dense/kernel
    a/Adam/m/dense/bias             3    slot no a/dense/bias
    a/iteration                     -i   step no
    a/learning_rate                 -f   hyperparameter no
    b/dense/kernel                  4,3  weight yes
    b/dense/bias                    3    weight yes
    b/adam/dense_kernel_momentum    4,3  slot no b/dense/kernel
    b/adam/dense_bias_momentum      3    slot no b/dense/bias
    b/adam/iteration                -i   step no`,
  'Keras 2.11 below scopes: named optimizers, scaled losses; and Sonnet': `
    a/dense/kernel                              4,3  weight yes
    a/dense/bias                                3    weight yes
    a/my_optimizer/m/dense/kernel               4,3  slot no a/dense/kernel
    a/my_optimizer/m/dense/bias                 3    slot no a/dense/bias
    a/iteration                                 -i   step no
    b/dense/kernel                              4,3  weight yes
    b/dense/bias                                3    weight yes
    b/m/dense/kernel                            4,3  slot no b/dense/kernel
    b/m/dense/bias                              3    slot no b/dense/bias
    b/iteration                                 -i   step no
    c/mlp/w                                     4,3  weight yes
    c/mlp/b                                     3    weight yes
    c/rms_prop/mom/mlp/w                        4,3  slot no c/mlp/w
    c/rms_prop/mom/mlp/b                        3    slot no c/mlp/b
    d/attn/v/kernel                             4,4  weight unknown
    d/attn/v/bias                               4    weight unknown
    d/attn/kernel                               4,4  weight unknown
    d/attn/bias                                 4    weight unknown`,
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
    optimizer/_variables/1/K       2,2  slot no model/kernel/K
    optimizer/_variables/2/K       2    slot no model/bias/K`,
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
  'Keras on TensorFlow 1, whose own optimizers give their state neither scope nor name; a layer is frozen': `
    Adadelta/iterations    -    step no
    Adadelta/lr            -f   hyperparameter no
    hidden/kernel          4,3  weight yes
    hidden/bias            3    weight yes
    frozen/kernel          3,3  weight no
    frozen/bias            3    weight no
    norm/gamma             3    weight yes
    norm/moving_stddev     3    weight no
    training/Variable      4,3  slot no hidden/kernel
    training/Variable_1    3    slot no
    training/Variable_2    3    slot no
    training/Variable_3    4,3  slot no hidden/kernel
    training/Variable_4    3    slot no
    training/Variable_5    3    slot no`,
  'a scope called training, and no optimizer': `
    training/Variable      4,3  weight yes
    training/Variable_1    3    weight yes`,
  'one optimizer of Keras, which keeps slots for whole layers': `
    Adam/iter              -    step no
    Adam/learning_rate     -f   hyperparameter no
    hidden/kernel          4,3  weight yes
    hidden/bias            3    weight unknown
    hidden/kernel/m        4,3  slot no hidden/kernel
    frozen/kernel          3,3  weight no
    alone                  3    weight unknown`,
  'keys of a model with a frozen layer, whose shapes are those of others in part': `
    model/layer-0/kernel/K         4,3  weight yes
    model/layer-0/bias/K           3    weight yes
    model/layer-1/kernel/K         3,3  weight no
    model/layer-1/bias/K           3    weight no
    model/layer-2/kernel/K         3,2  weight yes
    model/layer-2/bias/K           2    weight yes
    optimizer/_iterations/K        -    step no
    optimizer/_learning_rate/K     -f   hyperparameter no
    optimizer/_variables/1/K       4,3  slot no model/layer-0/kernel/K
    optimizer/_variables/2/K       4,3  slot no model/layer-0/kernel/K
    optimizer/_variables/3/K       3    slot no model/layer-0/bias/K
    optimizer/_variables/4/K       3    slot no model/layer-0/bias/K
    optimizer/_variables/5/K       3,2  slot no model/layer-2/kernel/K
    optimizer/_variables/6/K       3,2  slot no model/layer-2/kernel/K
    optimizer/_variables/7/K       2    slot no model/layer-2/bias/K
    optimizer/_variables/8/K       2    slot no model/layer-2/bias/K`,
  'keys of two optimizers: what one does not train the other may': `
    model/layer-0/kernel/K         4,3  weight yes
    model/layer-1/kernel/K         3,3  weight unknown
    first/_iterations/K            -    step no
    first/_learning_rate/K         -f   hyperparameter no
    first/_variables/1/K           4,3  slot no model/layer-0/kernel/K
    second/_iterations/K           -    step no
    second/_learning_rate/K        -f   hyperparameter no`,
  'keys of Keras 3, which lists most of what is trained': `
    model/scale/K                        5    weight yes
    model/layers/0/kernel/K              4,4  weight no
    optimizer/_iterations/K              -    step no
    optimizer/_learning_rate/K           -f   hyperparameter no
    optimizer/_trainable_variables/1/K   4,3  weight yes
    optimizer/_variables/2/K             5    slot no model/scale/K
    optimizer/_variables/3/K             4,3  slot no optimizer/_trainable_variables/1/K`,
  'keys of an optimizer with averages, whose list begins with one for each variable': `
    model/kernel/K                 4,3  weight yes
    model/bias/K                   3    weight yes
    optimizer/_iterations/K        -    step no
    optimizer/_learning_rate/K     -f   hyperparameter no
    optimizer/_variables/1/K       4,3  ema no model/kernel/K
    optimizer/_variables/2/K       3    ema no model/bias/K
    optimizer/_variables/3/K       4,3  slot no model/kernel/K
    optimizer/_variables/4/K       4,3  slot no model/kernel/K
    optimizer/_variables/5/K       3    slot no model/bias/K
    optimizer/_variables/6/K       3    slot no model/bias/K`,
  'keys of an optimizer whose list may begin with averages, and may not': `
    model/kernel/K                 4,3  weight yes
    model/bias/K                   3    weight yes
    optimizer/_iterations/K        -    step no
    optimizer/_learning_rate/K     -f   hyperparameter no
    optimizer/_variables/1/K       4,3  slot no model/kernel/K
    optimizer/_variables/2/K       3    slot no model/bias/K
    optimizer/_variables/3/K       4,3  slot no model/kernel/K
    optimizer/_variables/4/K       3    slot no model/bias/K`,
  'a slot whose variable is not there': `
    b/kernel                       2,2  weight yes
    a/kernel/Adam                  2,2  slot no`,
  'keys of an optimizer of Sonnet, whose lists are parallel to what is trained': `
    module/bn/offset/K             3    weight yes
    module/bn/scale/K              3    weight yes
    module/layers/2/w/K            3,2  weight yes
    module/layers/10/w/K           3,2  weight yes
    module/out/w/K                 2,5  weight yes
    module/vq/embeddings/K         7    weight no
    optimizer/m/0/K                3    slot no module/bn/offset/K
    optimizer/m/1/K                3    slot no module/bn/scale/K
    optimizer/m/2/K                3,2  slot no module/layers/2/w/K
    optimizer/m/3/K                3,2  slot no module/layers/10/w/K
    optimizer/m/4/K                2,5  slot no module/out/w/K
    optimizer/step/K               -    step no`,
  'accumulated gradients in a list': `
    net/w/K                              2,2  weight yes
    trainer/gradient_accumulators/0/K    2,2  slot no net/w/K`,
  'an agent whose optimizers have no slots: targets are copies, and are named so': `
    agent/_critic_network_1/w/K           4,3  weight yes
    agent/_target_critic_network_1/w/K    4,3  weight no
    agent/_target_embedding/w/K           4,3  weight yes
    agent/_embedding/w/K                  4,3  weight yes
    agent/_update_target/_counter/K       -    bookkeeping no
    metric/_return_accumulator/K          1    bookkeeping no`,
  'scopes of targets, and one of a translation': `
    main/pi/dense/kernel            4,3  weight yes
    target/pi/dense/kernel          4,3  weight no
    eval_net/w                      2,2  weight yes
    target_net/w                    2,2  weight no
    source/embedding                5,2  weight yes
    target/embedding                5,2  weight yes`,
  'scalars without names where a program optimizes': `
    dense/kernel                    2,2  weight yes
    Loss_Optimization/Variable      -f   hyperparameter no
    Loss_Optimization/Variable_1    -    hyperparameter no
    my_opt/Variable                 -f   hyperparameter no
    Variable                        -f   weight yes`,
  'an agent by names': `
    QNetwork/dense/kernel                                 4,3  weight yes
    TargetQNetwork/dense/kernel                           4,3  weight no
    CriticNetwork/dense/kernel                            4,2  weight yes
    TargetCriticNetwork1/dense/kernel                     4,2  weight no
    update_targets/periodic_update_targets/counter        -    bookkeeping no`,
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
  return { name, tensor, wanted: wanted.join(' ').replace(/\/K$/, VALUE) };
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

describe('names below a scope that all have, or with the ending of an output', () => {
  const plain = Object.entries(SETS).filter(([, text]) => !text.includes('/K') && !text.includes('.ATTRIBUTES/'));

  it.each(plain)('of %s', (_, text) => {
    const lines = text.trim().split('\n').map(readLine);
    const { roleOf } = rolesByNames(new Map(lines.map(({ name, tensor }) => [name, tensor])));
    for (const [scope, ending] of [
      ['net/', ''],
      ['a/b/', ''],
      ['', ':0'],
      ['net/', ':0'],
    ] as const) {
      const nameOf = (name: string): string => scope + name + ending;
      const other = rolesByNames(new Map(lines.map(({ name, tensor }) => [nameOf(name), tensor])));
      for (const { name, tensor } of lines) {
        const { of, ...told } = roleOf(name, tensor);
        const wanted = of === undefined ? told : { ...told, of: nameOf(of) };
        expect({ name, ...other.roleOf(nameOf(name), tensor) }).toEqual({ name, ...wanted });
      }
    }
  });
});
