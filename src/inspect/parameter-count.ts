/**
 * How many parameters a checkpoint has, as TensorFlow's inspect_checkpoint counts: numpy's products of the shapes and
 * their sum in 64-bit integers that wrap. The product of no dimensions is a float in numpy, so one scalar among the
 * tensors turns all the counts into float64 first.
 */
import type { TensorMap } from '../tensor/tensor.ts';

export interface ParameterCount {
  readonly parameters: bigint;
  /** The tensors left out, and their parameters. */
  readonly excludedTensors: number;
  readonly excludedParameters: bigint;
}

const WORD = 64;

/** A sum of products, by numpy's rules for a mixed list. */
class Sum {
  #exact = 0n;
  #rounded = 0n;
  #hasScalar = false;
  count = 0;

  add(shape: readonly number[]): void {
    const product = BigInt.asIntN(
      WORD,
      shape.reduce((all, size) => all * BigInt(size), 1n),
    );
    this.count++;
    this.#hasScalar ||= shape.length === 0;
    this.#exact += product;
    this.#rounded += BigInt(Number(product));
  }

  get total(): bigint {
    return BigInt.asIntN(WORD, this.#hasScalar ? this.#rounded : this.#exact);
  }
}

/** Counts the parameters of all tensors but those whose names `isExcluded` takes. */
export function parameterCount(tensors: TensorMap, isExcluded: (name: string) => boolean): ParameterCount {
  const counted = new Sum();
  const excluded = new Sum();
  for (const [name, { shape }] of tensors) (isExcluded(name) ? excluded : counted).add(shape);
  return { parameters: counted.total, excludedTensors: excluded.count, excludedParameters: excluded.total };
}
