/** Sets of names as programs save them, each line with what the tensor is: `name shape role trained of`. */
import { describe, expect, it } from 'vitest';
import { rolesByNames } from '../../src/roles/name-role.ts';
import { dtypeOf } from '../../src/tensor/dtype.ts';
import { elementCount } from '../../src/tensor/shape.ts';
import { type Tensor, tensorOfBytes } from '../../src/tensor/tensor.ts';

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

/** A line: scalars are `-`, integers, or `-f`. */
function readLine(line: string): Line {
  const [name = '', sizes = '', ...wanted] = line.trim().split(/\s+/);
  const shape = sizes.startsWith('-') ? [] : sizes.split(',').map(Number);
  const dtype = dtypeOf(sizes === '-' ? 'int64' : 'float32');
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
