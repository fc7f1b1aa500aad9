/** Several checkpoints of one model as their mean. */
import { TextMap } from '../bytes/text-map.ts';
import { MismatchError, NameError, UsageError } from '../errors.ts';
import { OBJECT_GRAPH_KEY } from '../object-graph/object-graph-key.ts';
import { subset } from '../surgery/subset.ts';
import { type FloatName, isFloatName } from '../tensor/code-tables.ts';
import { meanKernel } from '../tensor/float-mean.ts';
import { type Weights, weightsOf } from '../tensor/mean-weights.ts';
import { sameContent } from '../tensor/same-content.ts';
import { elementCount, formatShape, sameShape } from '../tensor/shape.ts';
import type { Computed, Tensor, TensorMap } from '../tensor/tensor.ts';
import { formatTensorSlice } from '../tensor/tensor-slice.ts';
import { type CheckOptions, inputOf } from './checked-input.ts';
import { type Edited, withEdits } from './edited-map.ts';
import { ElementSource } from './element-source.ts';
import { inParts, lazyTensor } from './lazy-tensor.ts';

export interface AverageOptions extends CheckOptions {
  /** One for each input, in their order; they need not add up to 1. All alike when left out. */
  readonly weights?: readonly number[] | undefined;
  /** Decay of an exponential moving average over the inputs, the oldest first; instead of weights. */
  readonly ema?: number | undefined;
  /** Take what all inputs have, where they do not have the same names. */
  readonly common?: boolean | undefined;
  /** Names of tensors that get another value anyway: that the inputs differ in them need not be told. */
  readonly untold?: ReadonlySet<string> | undefined;
}

export interface Averaged extends Edited {
  /** How many tensors are means; the others are the newest input's. */
  readonly averaged: number;
}

/** What each input counts, the oldest first. */
function countsOf(inputs: number, { weights, ema }: AverageOptions): number[] {
  if (weights !== undefined && ema !== undefined) throw new UsageError('give either weights or a decay, not both');
  if (ema !== undefined) {
    if (!(ema > 0 && ema < 1)) throw new UsageError(`a decay lies between 0 and 1, not at ${ema}`);
    return Array.from({ length: inputs }, (_, i) => ema ** (inputs - 1 - i) * (i === 0 ? 1 : 1 - ema));
  }
  if (weights === undefined) return new Array<number>(inputs).fill(1);
  if (weights.length !== inputs) {
    throw new UsageError(`${weights.length} weights were given for ${inputs} checkpoints; each needs one`);
  }
  const sum = weights.reduce((total, weight) => total + weight, 0);
  if (weights.every((weight) => weight >= 0) && sum > 0 && Number.isFinite(sum)) return [...weights];
  throw new UsageError(`weights are numbers from 0 on, not all of them 0; got ${weights.join(',')}`);
}

const MOST_NAMED = 3;

function named(names: readonly string[]): string {
  const more = names.length - MOST_NAMED;
  return names.slice(0, MOST_NAMED).join(', ') + (more > 0 ? ` and ${more} more` : '');
}

/** Throws {@link NameError} where one input has names that another has not. */
function checkNames(inputs: readonly TensorMap[], labels: readonly string[]): void {
  const newest = inputs.at(-1) as TensorMap;
  for (const [i, input] of inputs.entries()) {
    const missing = [...newest.keys()].filter((name) => !input.has(name));
    const extra = [...input.keys()].filter((name) => !newest.has(name));
    if (missing.length === 0 && extra.length === 0) continue;
    const [who, others] = missing.length > 0 ? [labels[i], missing] : [labels.at(-1), extra];
    throw new NameError(`${who} does not have ${named(others)}; --common averages what all have`, { missing: others });
  }
}

function checkAlike(name: string, of: readonly Tensor[], labels: readonly string[]): void {
  const newest = of.at(-1) as Tensor;
  for (const [i, tensor] of of.entries()) {
    if (tensor.problem !== undefined) throw tensor.problem;
    if (tensor.dtype === newest.dtype && sameShape(tensor.shape, newest.shape)) continue;
    const [here, there] = [tensor, newest].map(({ dtype, shape }) => `${dtype.name}${formatShape(shape)}`);
    const message = `${name} is ${here} in ${labels[i]} and ${there} in ${labels.at(-1)}: they have no mean`;
    throw new MismatchError(message, name, `${there}`, `${here}`);
  }
}

/** Whether all lie in the same parts, so that each part can be averaged by itself. */
function partAlike(tensors: readonly Tensor[]): boolean {
  const keys = tensors.map(({ parts = [] }) => parts.map(({ slice }) => formatTensorSlice(slice)).join(' '));
  return keys.every((key) => key === keys[0]);
}

function meanOf(
  name: string,
  dtype: FloatName,
  of: readonly Tensor[],
  weights: Weights,
  options: CheckOptions,
): Tensor {
  const newest = of.at(-1) as Tensor;
  const computed = (inputs: readonly Tensor[]): Computed => {
    return { kernel: { kind: 'mean', dtype, weights: [...weights.each] }, inputs };
  };
  const open = (tensors: readonly Tensor[]): Tensor => {
    const { shape, dtype: type } = tensors.at(-1) as Tensor;
    return lazyTensor(
      type,
      shape,
      () => {
        const inputs = tensors.map((tensor) => inputOf(name, tensor, options));
        return new ElementSource(inputs, type.width, type.width, elementCount(shape), meanKernel(dtype, weights));
      },
      computed(tensors),
    );
  };
  const whole = open(of);
  const { parts } = newest;
  if (parts === undefined) return whole;
  if (!partAlike(of))
    return inParts(
      whole,
      parts.map(({ slice }) => slice),
    );
  const means = parts.map(({ slice }, i) => ({
    slice,
    tensor: open(of.map((tensor) => tensor.parts?.[i]?.tensor as Tensor)),
  }));
  const { shape, byteLength } = newest;
  return {
    dtype: newest.dtype,
    shape,
    byteLength,
    get source() {
      return whole.source;
    },
    parts: means,
  };
}

/** Whether a tensor that is not averaged is the same in all inputs. */
const agrees = (of: readonly Tensor[]): boolean => of.every((tensor) => sameContent(tensor, of.at(-1) as Tensor));

/**
 * The mean of the inputs, the oldest first. Each float is the number of its dtype that is nearest to the exact mean; integers,
 * bools, strings and the object graph are the newest input's. `labels` says what the inputs are called in errors.
 *
 * @example
 * const [first, second] = await Promise.all([openCheckpoint('model.ckpt'), openCheckpoint('later.ckpt')]);
 * const { tensors } = average([first.tensors, second.tensors], ['model.ckpt', 'later.ckpt']);
 * await writeCheckpoint('mean.ckpt', tensors);
 */
export function average(
  inputs: readonly TensorMap[],
  labels: readonly string[],
  options: AverageOptions = {},
): Averaged {
  if (inputs.length < 2) throw new UsageError('a mean takes two checkpoints or more');
  const counts = countsOf(inputs.length, options);
  // What counts nothing is not even read: zero times NaN would be NaN.
  const counted = <T>(of: readonly T[]): T[] => of.filter((_, i) => (counts[i] as number) > 0);
  const weights = weightsOf(counted(counts));
  const newest = inputs.at(-1) as TensorMap;
  if (options.common !== true) checkNames(inputs, labels);
  const shared = (name: string): boolean => inputs.every((input) => input.has(name));
  const edits = new TextMap<Tensor | undefined>();
  const differing: string[] = [];
  let left = 0;
  for (const [name, tensor] of newest) {
    if (!shared(name)) {
      if (name !== OBJECT_GRAPH_KEY) left++;
      continue;
    }
    const of = inputs.map((input) => input.get(name) as Tensor);
    if (name === OBJECT_GRAPH_KEY) continue;
    checkAlike(name, of, labels);
    const { name: dtype } = tensor.dtype;
    if (isFloatName(dtype)) edits.set(name, meanOf(name, dtype, counted(of), weights, options));
    else if (options.untold?.has(name) !== true && !agrees(of)) differing.push(name);
  }
  const base = options.common === true ? subset(newest, (name) => name === OBJECT_GRAPH_KEY || shared(name)) : newest;
  if (edits.size === 0) throw new UsageError('there is nothing to average: the checkpoints have no floats in common');
  const notes: string[] = [];
  if (left > 0)
    notes.push(
      `${left === 1 ? '1 tensor that not all checkpoints have was' : `${left} tensors that not all checkpoints have were`} left out`,
    );
  if (differing.length > 0) {
    const are =
      differing.length === 1 ? 'differs and is no float: it is that' : 'differ and are no floats: they are those';
    notes.push(`${named(differing)} ${are} of ${labels.at(-1)}, the newest`);
  }
  return { ...withEdits(base, edits, notes), averaged: edits.size };
}
