/** A number that an optimizer of TensorFlow.js keeps, such as its steps or its learning rate, as the engine sees a variable. */
import { readBytes } from '../bytes/source.ts';
import { SAVEABLE, type Saveable } from '../engine/saveable.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { tensorFrom } from '../tensor/tensor-from.ts';
import { decodeValues } from '../tensor/values.ts';

export class NumberVariable implements Saveable {
  readonly [SAVEABLE] = true;
  readonly device = '';
  readonly isInitialized = true;
  readonly trainable = false;
  readonly shape: readonly number[] = [];

  constructor(
    readonly name: string,
    readonly dtype: 'int64' | 'float32',
    readonly get: () => number,
    readonly set: (value: number) => void,
  ) {}

  tensor(): Tensor {
    const value = this.get();
    return tensorFrom(this.dtype === 'int64' ? BigInt(value) : Math.fround(value), { dtype: this.dtype });
  }

  assign({ dtype, source }: Tensor): this {
    this.set(Number((decodeValues(dtype, readBytes(source, 0, source.byteLength)) as ArrayLike<number | bigint>)[0]));
    return this;
  }
}
