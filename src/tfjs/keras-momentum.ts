/**
 * The momentum of TensorFlow.js as Keras keeps it. TensorFlow.js sums gradients, `m = momentum * m + g`, and multiplies the sum
 * by the learning rate in each step; Keras sums the steps themselves, `m = momentum * m - rate * g`.
 * Source: tfjs-core/src/optimizers/momentum_optimizer.ts, keras/src/optimizers/sgd.py.
 */
import { readBytes } from '../bytes/source.ts';
import { SAVEABLE, type Saveable } from '../engine/saveable.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { tensorFrom } from '../tensor/tensor-from.ts';
import { decodeValues } from '../tensor/values.ts';
import type { TfjsVariable } from './tfjs-variable.ts';

export class KerasMomentum implements Saveable {
  readonly [SAVEABLE] = true;
  readonly dtype = 'float32';
  readonly trainable = false;
  readonly device = '';
  readonly isInitialized = true;

  constructor(
    readonly sum: TfjsVariable,
    readonly learningRate: () => number,
  ) {}

  get name(): string {
    return this.sum.name;
  }

  get shape(): readonly number[] {
    return this.sum.shape;
  }

  get isGone(): boolean {
    return this.sum.isGone;
  }

  tensor(): Tensor {
    const held = this.sum.tensor();
    try {
      return scaled(held, -this.learningRate());
    } finally {
      this.sum.release(held);
    }
  }

  /** With a learning rate of 0 no step was ever made, and there is no sum. */
  assign(value: Tensor): this {
    const rate = this.learningRate();
    this.sum.assign(scaled(value, rate === 0 ? 0 : -1 / rate));
    return this;
  }
}

function scaled({ dtype, shape, source }: Tensor, factor: number): Tensor {
  const values = decodeValues(dtype, readBytes(source, 0, source.byteLength)) as Float32Array;
  return tensorFrom(
    values.map((value) => value * factor),
    { shape },
  );
}
