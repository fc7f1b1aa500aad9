/**
 * Random initial values. For one seed they are the numbers of TensorFlow's stateless ops (`tf.random.stateless_uniform` and so on)
 * with the seed `[seed, 0]`, and so those of Keras' initializers with that seed: uniform ones bit for bit, normal ones within 3
 * units in the last place before they are scaled. Without a seed they are other ones at each initialization.
 */
import { UsageError } from '../errors.ts';
import {
  normalDoubles,
  normalFloats,
  truncatedNormalDoubles,
  truncatedNormalFloats,
  uniformBigIntegers,
  uniformDoubles,
  uniformFloats,
  uniformIntegers,
  uniformShortFloats,
} from '../random/distributions.ts';
import type { DType, DTypeName } from '../tensor/dtype.ts';
import { encodeTypedArray } from '../tensor/encode-elements.ts';
import { elementCount, type Shape } from '../tensor/shape.ts';
import { encodeSmallFloat, encodeSmallFloats, isSmallFloat, smallFloatTable } from '../tensor/small-floats.ts';
import { type Tensor, tensorOfBytes } from '../tensor/tensor.ts';
import { Initializer, type Made, made, type Recipe } from './initializer.ts';

/** A whole number, or the pair that TensorFlow's stateless ops take. */
export type SeedValue = number | bigint | readonly [number | bigint, number | bigint];

export interface RandomOptions<D extends DTypeName = DTypeName> {
  readonly dtype?: D | undefined;
  /** The same seed gives the same numbers, on every machine. */
  readonly seed?: SeedValue | undefined;
}

type SeedPair = readonly [bigint, bigint];

/** A seed as two integers; one of chance where there is none. */
function seedPair(seed: SeedValue | undefined): SeedPair {
  if (seed === undefined)
    return [BigInt(Math.floor(Math.random() * 2 ** 31)), BigInt(Math.floor(Math.random() * 2 ** 31))];
  const [first, second] = typeof seed === 'object' ? seed : [seed, 0];
  return [BigInt(first), BigInt(second)];
}

function checkSeed(seed: unknown): void {
  const isWhole = (part: unknown): boolean => typeof part === 'bigint' || Number.isSafeInteger(part);
  if (seed === undefined || isWhole(seed)) return;
  if (Array.isArray(seed) && seed.length === 2 && seed.every(isWhole)) return;
  throw new UsageError(`a seed is a whole number, or two of them, not ${String(seed)}`);
}

/** Rounds to a dtype's precision: every step of TensorFlow's formula is in the dtype itself. */
function rounderOf(dtype: DType): (value: number) => number {
  const { name } = dtype;
  if (name === 'float64') return (value) => value;
  if (!isSmallFloat(name)) return Math.fround;
  const table = smallFloatTable(name);
  return (value) => table[encodeSmallFloat(name, value)] as number;
}

/** `values * scale + offset`, rounded at each step, as a tensor. */
function scaled(
  values: Float32Array | Float64Array,
  dtype: DType,
  shape: Shape,
  scale: number,
  offset: number,
): Tensor {
  const round = rounderOf(dtype);
  const [by, add] = [round(scale), round(offset)];
  for (let i = 0; i < values.length; i++) values[i] = round(round(round(values[i] as number) * by) + add);
  const bytes = isSmallFloat(dtype.name) ? encodeSmallFloats(dtype.name, values) : encodeTypedArray(values, dtype);
  return tensorOfBytes(dtype, shape, bytes);
}

function checkFloat(dtype: DType, what: string): void {
  if (dtype.kind !== 'float') throw new UsageError(`${what} makes floats, not ${dtype.name}`);
}

type Shaped = Shape | undefined;

/** Takes a shape that may be left out before the options. */
function split<O extends object>(first: Shaped | O, second: O | undefined): readonly [Shaped, O] {
  return Array.isArray(first) || first === undefined ? [first as Shaped, second ?? ({} as O)] : [undefined, first as O];
}

export interface NormalOptions<D extends DTypeName = DTypeName> extends RandomOptions<D> {
  /** 0 unless said otherwise. */
  readonly mean?: number | undefined;
  /** 1 unless said otherwise. */
  readonly stddev?: number | undefined;
}

function normal<D extends DTypeName>(
  kind: 'normal' | 'truncated-normal',
  shape: Shaped,
  options: NormalOptions<D>,
): Initializer<D> {
  const { mean = 0, stddev = 1, seed, dtype } = options;
  checkSeed(seed);
  return new Initializer<D>({ shape, dtype }, (at, type): Made => {
    checkFloat(type, 'a normal distribution');
    const recipe: Recipe = { kind, mean, stddev, seed: seedPair(seed) };
    return made(recipe, () => normalTensor(recipe, at, type));
  });
}

function normalTensor(recipe: Extract<Recipe, { seed: SeedPair; mean: number }>, shape: Shape, dtype: DType): Tensor {
  const count = elementCount(shape);
  const { kind, mean, stddev, seed } = recipe;
  const makers =
    dtype.name === 'float64' ? [normalDoubles, truncatedNormalDoubles] : [normalFloats, truncatedNormalFloats];
  const make = (kind === 'normal' ? makers[0] : makers[1]) as typeof normalFloats | typeof normalDoubles;
  return scaled(make(seed, count), dtype, shape, stddev, mean);
}

/** The normal distribution; the shape may be left to the variable. */
export function randomNormal<D extends DTypeName = 'float32'>(
  shape?: Shape | NormalOptions<D>,
  options?: NormalOptions<D>,
): Initializer<NoInfer<D>> {
  return normal('normal', ...split(shape, options));
}

/** The normal distribution without what lies beyond two standard deviations. */
export function truncatedNormal<D extends DTypeName = 'float32'>(
  shape?: Shape | NormalOptions<D>,
  options?: NormalOptions<D>,
): Initializer<NoInfer<D>> {
  return normal('truncated-normal', ...split(shape, options));
}

/** The numbers that a recipe made, once more. */
export function randomTensor(recipe: Extract<Recipe, { seed: SeedPair }>, shape: Shape, dtype: DType): Tensor {
  if (recipe.kind === 'uniform') return uniformTensor(recipe.seed, shape, dtype, recipe.low, recipe.high);
  return normalTensor(recipe, shape, dtype);
}

export interface UniformOptions<D extends DTypeName = DTypeName> extends RandomOptions<D> {
  /** The lowest number; 0 unless said otherwise. */
  readonly minval?: number | undefined;
  /** No number reaches it; 1 unless said otherwise, and needed for integers. */
  readonly maxval?: number | undefined;
}

function unitValues(seed: SeedPair, count: number, { name }: DType): Float32Array | Float64Array {
  if (name === 'float64') return uniformDoubles(seed, count);
  if (name === 'float16') return uniformShortFloats(seed, count, 10);
  return name === 'bfloat16' ? uniformShortFloats(seed, count, 7) : uniformFloats(seed, count);
}

function uniformTensor(seed: SeedPair, shape: Shape, dtype: DType, low: number, high: number): Tensor {
  const count = elementCount(shape);
  if (dtype.kind === 'float') {
    const round = rounderOf(dtype);
    return scaled(unitValues(seed, count, dtype), dtype, shape, round(high) - round(low), low);
  }
  if (dtype.name === 'int64') {
    return tensorOfBytes(
      dtype,
      shape,
      encodeTypedArray(uniformBigIntegers(seed, count, BigInt(low), BigInt(high)), dtype),
    );
  }
  return tensorOfBytes(dtype, shape, encodeTypedArray(uniformIntegers(seed, count, low, high), dtype));
}

/** Numbers from `minval` up to but not including `maxval`, all as likely; of integers too. */
export function randomUniform<D extends DTypeName = 'float32'>(
  shape?: Shape | UniformOptions<D>,
  options?: UniformOptions<D>,
): Initializer<NoInfer<D>> {
  const [at, { minval = 0, maxval, seed, dtype }] = split(shape, options);
  checkSeed(seed);
  return new Initializer<D>({ shape: at, dtype }, (given, type): Made => {
    if (type.kind !== 'float' && type.name !== 'int32' && type.name !== 'int64') {
      throw new UsageError(`a uniform distribution makes floats, int32 or int64, not ${type.name}`);
    }
    if (type.kind === 'int') checkWholeRange(minval, maxval);
    const [low, high] = [minval, maxval ?? 1];
    if (!(low < high)) throw new UsageError(`minval ${low} must be less than maxval ${high}`);
    const pair = seedPair(seed);
    return made({ kind: 'uniform', low, high, seed: pair }, () => uniformTensor(pair, given, type, low, high));
  });
}

function checkWholeRange(low: number, high: number | undefined): void {
  if (Number.isSafeInteger(low) && Number.isSafeInteger(high)) return;
  throw new UsageError(`random integers need a minval and a maxval that are whole, not ${low} and ${high}`);
}

export interface VarianceScalingOptions<D extends DTypeName = DTypeName> extends RandomOptions<D> {
  /** 1 unless said otherwise. */
  readonly scale?: number | undefined;
  readonly mode?: 'fanIn' | 'fanOut' | 'fanAvg' | undefined;
  readonly distribution?: 'truncatedNormal' | 'untruncatedNormal' | 'uniform' | undefined;
}

/** How many inputs and outputs a weight of a shape joins (`compute_fans` of Keras). */
function fansOf(shape: Shape): readonly [number, number] {
  const [first = 1, second] = shape;
  if (second === undefined) return [first, first];
  const field = elementCount(shape.slice(0, -2));
  return [field * (shape.at(-2) ?? 1), field * (shape.at(-1) ?? 1)];
}

/** The standard deviation that is left of 1 within two of them. */
const TRUNCATED_STDDEV = 0.87962566103423978;

/** Keras' `VarianceScaling`: how far the numbers spread follows from the shape. */
export function varianceScaling<D extends DTypeName = 'float32'>(
  shape?: Shape | VarianceScalingOptions<D>,
  options?: VarianceScalingOptions<D>,
): Initializer<NoInfer<D>> {
  const [at, { scale = 1, mode = 'fanIn', distribution = 'truncatedNormal', seed, dtype }] = split(shape, options);
  checkSeed(seed);
  return new Initializer<D>({ shape: at, dtype }, (given, type): Made => {
    checkFloat(type, 'variance scaling');
    const [fanIn, fanOut] = fansOf(given);
    const fan = mode === 'fanIn' ? fanIn : mode === 'fanOut' ? fanOut : (fanIn + fanOut) / 2;
    const variance = scale / Math.max(1, fan);
    const pair = seedPair(seed);
    if (distribution === 'uniform') {
      const limit = Math.sqrt(3 * variance);
      const recipe: Recipe = { kind: 'uniform', low: -limit, high: limit, seed: pair };
      return made(recipe, () => uniformTensor(pair, given, type, -limit, limit));
    }
    const truncated = distribution === 'truncatedNormal';
    const stddev = Math.sqrt(variance) / (truncated ? TRUNCATED_STDDEV : 1);
    const recipe = { kind: truncated ? 'truncated-normal' : 'normal', mean: 0, stddev, seed: pair } as const;
    return made(recipe, () => normalTensor(recipe, given, type));
  });
}

type Scaling = Pick<VarianceScalingOptions, 'scale' | 'mode' | 'distribution'>;

/** One of Keras' named kinds of variance scaling. */
function scalingOf(facts: Scaling) {
  return <D extends DTypeName = 'float32'>(
    shape?: Shape | RandomOptions<D>,
    options?: RandomOptions<D>,
  ): Initializer<NoInfer<D>> => {
    const [at, own] = split(shape, options);
    return varianceScaling<D>(at, { ...own, ...facts });
  };
}

/** Uniform between limits that follow from inputs and outputs (Glorot and Bengio); what `getVariable` takes for floats. */
export const glorotUniform = /* @__PURE__ */ scalingOf({ scale: 1, mode: 'fanAvg', distribution: 'uniform' });
/** Truncated normal, spread by inputs and outputs (Glorot and Bengio). */
export const glorotNormal = /* @__PURE__ */ scalingOf({ scale: 1, mode: 'fanAvg', distribution: 'truncatedNormal' });
/** Truncated normal, spread by inputs (He and others). */
export const heNormal = /* @__PURE__ */ scalingOf({ scale: 2, mode: 'fanIn', distribution: 'truncatedNormal' });
/** Uniform, spread by inputs (He and others). */
export const heUniform = /* @__PURE__ */ scalingOf({ scale: 2, mode: 'fanIn', distribution: 'uniform' });
/** Truncated normal, spread by inputs (LeCun and others). */
export const lecunNormal = /* @__PURE__ */ scalingOf({ scale: 1, mode: 'fanIn', distribution: 'truncatedNormal' });
/** Uniform, spread by inputs (LeCun and others). */
export const lecunUniform = /* @__PURE__ */ scalingOf({ scale: 1, mode: 'fanIn', distribution: 'uniform' });
