/** What makes the initial value of a variable, once the shape and the dtype are known. */
import { UsageError } from '../errors.ts';
import type { DType, DTypeName } from '../tensor/dtype.ts';
import { dtypeOf } from '../tensor/dtype.ts';
import type { Shape } from '../tensor/shape.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** A distribution or a constant by its parameters: what a graph for Python is told of an initial value. */
export type Recipe =
  | { readonly kind: 'fill'; readonly value: number | bigint | boolean | string }
  | { readonly kind: 'value' | 'computed' | 'nothing' }
  | {
      readonly kind: 'normal' | 'truncated-normal';
      readonly mean: number;
      readonly stddev: number;
      readonly seed: readonly [bigint, bigint];
    }
  | {
      readonly kind: 'uniform';
      readonly low: number;
      readonly high: number;
      readonly seed: readonly [bigint, bigint];
    };

/** What comes of an initializer: how the values are made, and the values, which are made when they are asked for. */
export interface Made {
  readonly recipe: Recipe;
  readonly tensor: Tensor;
}

/** Values that are made once, when they are asked for. */
export function made(recipe: Recipe, make: () => Tensor): Made {
  let tensor: Tensor | undefined;
  return {
    recipe,
    get tensor(): Tensor {
      tensor ??= make();
      return tensor;
    },
  };
}

export interface InitializerOptions<D extends DTypeName = DTypeName> {
  /** Float32 unless said otherwise here or by the variable. */
  readonly dtype?: D | undefined;
}

export class Initializer<D extends DTypeName = DTypeName> {
  /** Undefined where the variable says it. */
  readonly shape: Shape | undefined;
  /** Undefined where the variable says it. */
  readonly dtype: D | undefined;
  /** What it is where neither says it. */
  readonly usualDType: DTypeName;
  /** The same of the shape; undefined where one must say it. */
  readonly usualShape: Shape | undefined;
  readonly #make: (shape: Shape, dtype: DType) => Made;

  constructor(
    {
      shape,
      dtype,
      usualDType = 'float32',
      usualShape,
    }: { shape?: Shape | undefined; dtype?: D | undefined; usualDType?: DTypeName; usualShape?: Shape },
    make: (shape: Shape, dtype: DType) => Made,
  ) {
    this.shape = shape === undefined ? undefined : checkedShape(shape);
    this.dtype = dtype;
    if (dtype !== undefined) dtypeOf(dtype);
    this.usualDType = usualDType;
    this.usualShape = usualShape;
    this.#make = make;
  }

  make(shape: Shape, dtype: DTypeName): Made {
    return this.#make(shape, dtypeOf(dtype));
  }
}

/** A shape that a user gave; throws {@link UsageError} for anything else. */
export function checkedShape(shape: unknown): Shape {
  const isShape = Array.isArray(shape) && shape.every((size) => Number.isSafeInteger(size) && size >= 0);
  if (!isShape)
    throw new UsageError(`a shape is a list of whole numbers from 0 on, not ${JSON.stringify(shape) ?? typeof shape}`);
  return [...shape];
}
