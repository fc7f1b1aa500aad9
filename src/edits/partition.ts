/** Between a variable in one piece and a partitioned one, whose parts lie apart and are one to TensorFlow. */
import { UnsupportedError, UsageError } from '../errors.ts';
import type { Chooser } from '../surgery/selectors.ts';
import type { Tensor, TensorMap } from '../tensor/tensor.ts';
import { editShapes, type ShapeEditOptions } from './axis-edit.ts';
import { inputOf } from './checked-input.ts';
import { axisOf, checkNumbers, chosenTensors } from './chosen.ts';
import { type Edited, withEdits } from './edited-map.ts';
import { inParts, lazyTensor } from './lazy-tensor.ts';
import { evenCuts, slicesOf } from './part-grid.ts';

export interface PartitionOptions extends ShapeEditOptions {
  readonly axis?: number | undefined;
  /** How many parts, as `tf.fixed_size_partitioner(into, axis)` cuts them. */
  readonly into: number;
}

function wholeOf(name: string, tensor: Tensor, options: ShapeEditOptions): Tensor {
  return tensor.parts === undefined
    ? tensor
    : lazyTensor(tensor.dtype, tensor.shape, () => inputOf(name, tensor, options));
}

/**
 * The chosen variables, and their slots and averages, in parts.
 *
 * @example
 * const { tensors } = await openCheckpoint('model.ckpt');
 * const parts = partition(tensors, (name) => name === 'net/embedding', { into: 2 });
 * await writeCheckpoint('parts.ckpt', parts.tensors);
 */
export function partition(tensors: TensorMap, choose: Chooser, options: PartitionOptions): Edited {
  const { axis = 0, into } = options;
  if (!Number.isInteger(into) || into < 2) throw new UsageError(`a variable has 2 parts or more, not ${into}`);
  return editShapes(tensors, choose, 'partition', options, ({ name, tensor }) => {
    checkNumbers(name, tensor, 'partitioned');
    const along = axisOf(name, tensor, axis);
    const size = tensor.shape[along] as number;
    if (into > size) throw new UsageError(`${name} has ${size} rows along axis ${along}, too few for ${into} parts`);
    const cuts = tensor.shape.map((_, at) => (at === along ? evenCuts(size, into) : [0]));
    const whole = lazyTensor(tensor.dtype, tensor.shape, () => inputOf(name, tensor, options));
    return inParts(whole, slicesOf(cuts, tensor.shape));
  });
}

/**
 * The chosen variables, and their slots and averages, each in one piece.
 *
 * @example
 * const { tensors } = await openCheckpoint('model.ckpt');
 * const parts = partition(tensors, (name) => name === 'net/embedding', { into: 2 });
 * const whole = mergeSlices(parts.tensors, (name) => name === 'net/embedding');
 * await writeCheckpoint('whole.ckpt', whole.tensors);
 */
export function mergeSlices(tensors: TensorMap, choose: Chooser, options: ShapeEditOptions = {}): Edited {
  const chosen = chosenTensors(tensors, choose, 'merge');
  const isCut = (name: string, { parts }: Tensor): boolean => parts !== undefined && chosen.has(name);
  if (![...chosen].some(([name, tensor]) => isCut(name, tensor))) {
    const [first] = chosen.keys();
    return withEdits(tensors, new Map(), [
      `${first}${chosen.size > 1 ? ' and all others that are meant' : ''} lies in one piece already`,
    ]);
  }
  return editShapes(tensors, isCut, 'merge', options, ({ name, tensor }) => {
    if (tensor.parts !== undefined && tensor.dtype.width === 0) {
      throw new UnsupportedError(`${name} holds ${tensor.dtype.name}s; its parts cannot be merged`, 'dtype');
    }
    return wholeOf(name, tensor, options);
  });
}
