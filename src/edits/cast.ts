/** Other dtypes for the same numbers, and what that does to them. */
import { TextMap } from '../bytes/text-map.ts';
import { UsageError } from '../errors.ts';
import type { Chooser } from '../surgery/selectors.ts';
import { addLosses } from '../tensor/cast-losses.ts';
import { isFloatName } from '../tensor/code-tables.ts';
import type { DType } from '../tensor/dtype.ts';
import { elementCount, type Shape } from '../tensor/shape.ts';
import type { Computed, ComputeLosses, Tensor, TensorMap } from '../tensor/tensor.ts';
import { type CheckOptions, inputOf } from './checked-input.ts';
import { chosenTensors } from './chosen.ts';
import { type Edited, withEdits } from './edited-map.ts';
import { ElementSource } from './element-source.ts';
import { lazyTensor } from './lazy-tensor.ts';
import { type CastOptions, castKernel } from './number-cast.ts';
import { floatsOfNumbers } from './numbers.ts';

/** What a cast did to the elements of one tensor; complete once all of its content was read. */
export interface CastLoss {
  readonly name: string;
  readonly from: DType;
  readonly to: DType;
  readonly shape: Shape;
  /** Finite numbers that became infinite or NaN. */
  overflow: number;
  /** Numbers other than zero that became zero. */
  underflow: number;
  /** The largest difference between a number and what it became, where both are finite. */
  largestError: number;
}

export interface CastTensorsOptions extends CastOptions, CheckOptions {
  /** Count what is lost while content is read; true unless said otherwise. */
  readonly losses?: boolean | undefined;
}

export interface CastTensors extends Edited {
  readonly losses: readonly CastLoss[];
}

/** Adds what a chunk lost. */
type Tally = (from: Uint8Array, to: Uint8Array) => void;

function tallyOf(loss: CastLoss): Tally {
  const { from, to } = loss;
  if (from.kind === 'complex') return () => undefined;
  const [decodeOld, decodeNew] = [floatsOfNumbers(from), floatsOfNumbers(to)];
  let [old, made] = [new Float64Array(0), new Float64Array(0)];
  return (source, target) => {
    const count = source.length / from.width;
    if (old.length < count) [old, made] = [new Float64Array(count), new Float64Array(count)];
    decodeOld(source, old.subarray(0, count));
    decodeNew(target, made.subarray(0, count));
    addLosses(loss, old, made, count);
  };
}

function addTo(loss: CastLoss, { overflow, underflow, largestError }: ComputeLosses): void {
  loss.overflow += overflow;
  loss.underflow += underflow;
  loss.largestError = Math.max(loss.largestError, largestError);
}

function castTensor(name: string, tensor: Tensor, to: DType, loss: CastLoss, options: CastTensorsOptions): Tensor {
  const { dtype: from, shape } = tensor;
  const kernel = castKernel(name, from, to, options);
  const computed = (part: Tensor): Computed | undefined => {
    if (!isFloatName(from.name) || !isFloatName(to.name)) return undefined;
    const onLosses = options.losses === false ? undefined : (more: ComputeLosses): void => addTo(loss, more);
    return { kernel: { kind: 'cast', from: from.name, to: to.name }, inputs: [part], onLosses };
  };
  const open = (part: Tensor): Tensor =>
    lazyTensor(
      to,
      part.shape,
      () => {
        const tally = options.losses === false ? undefined : tallyOf(loss);
        // Complex numbers are cast as twice as many floats.
        const lanes = from.kind === 'complex' ? 2 : 1;
        const count = elementCount(part.shape) * lanes;
        const [inputWidth, width] = [from.width / lanes, to.width / lanes];
        return new ElementSource([inputOf(name, part, options)], inputWidth, width, count, ([input], target, first) => {
          kernel(input as Uint8Array, target, first);
          tally?.(input as Uint8Array, target);
        });
      },
      computed(part),
    );
  const whole = open(tensor);
  if (tensor.parts === undefined) return whole;
  const parts = tensor.parts.map(({ slice, tensor: part }) => ({ slice, tensor: open(part) }));
  return {
    dtype: to,
    shape,
    byteLength: whole.byteLength,
    get source() {
      return whole.source;
    },
    parts,
  };
}

/**
 * The chosen tensors as another dtype; those that have it already stay what they are.
 *
 * @example
 * const { tensors } = await openCheckpoint('model.ckpt');
 * const half = cast(tensors, (_, { dtype }) => dtype.name === 'float32', dtypeOf('bfloat16'));
 * await writeCheckpoint('half.ckpt', half.tensors);
 * console.log(half.losses.map(({ name, largestError }) => `${name}: ${largestError}`));
 */
export function cast(tensors: TensorMap, choose: Chooser, to: DType, options: CastTensorsOptions = {}): CastTensors {
  if (to.width === 0) throw new UsageError(`${to.name} is no dtype of numbers`);
  const edits = new TextMap<Tensor>();
  const losses: CastLoss[] = [];
  for (const [name, tensor] of chosenTensors(tensors, choose, 'cast')) {
    if (tensor.dtype === to) continue;
    const { dtype: from, shape } = tensor;
    const loss = { name, from, to, shape, overflow: 0, underflow: 0, largestError: 0 };
    edits.set(name, castTensor(name, tensor, to, loss, options));
    losses.push(loss);
  }
  const notes = edits.size === 0 ? [`what was chosen is ${to.name} already`] : [];
  return { ...withEdits(tensors, edits, notes), losses };
}
