/** Tensors with their axes in another order: kernels of other frameworks, mostly. */
import { MismatchError, UsageError } from '../errors.ts';
import type { Chooser } from '../surgery/selectors.ts';
import { formatShape } from '../tensor/shape.ts';
import type { Tensor, TensorMap } from '../tensor/tensor.ts';
import { editShapes, type ShapeEditOptions, withOldCuts } from './axis-edit.ts';
import { inputOf } from './checked-input.ts';
import { checkNumbers } from './chosen.ts';
import type { Edited } from './edited-map.ts';
import { lazyTensor, sameContentAs } from './lazy-tensor.ts';
import { joinedAxes, PermutedSource } from './permuted-source.ts';

/** The permutation that a pair of layouts means: `hwio:oihw` is `3,2,0,1`. Throws {@link UsageError} for one that means none. */
export function layoutPerm(layout: string): number[] {
  const [from = '', to = ''] = layout.toLowerCase().split(':');
  const perm = [...to].map((letter) => from.indexOf(letter));
  const isOne = from !== '' && from.length === to.length && new Set(to).size === from.length && !perm.includes(-1);
  if (!isOne) {
    throw new UsageError(`${layout} is no pair of layouts of the same letters, each once; write hwio:oihw`);
  }
  return perm;
}

/** The permutation with its axes counted from the front; throws {@link UsageError} unless each axis is named once. */
export function checkedPerm(perm: readonly number[]): readonly number[] {
  const axes = perm.map((axis) => (axis < 0 ? axis + perm.length : axis));
  if (axes.every((_, axis) => axes.includes(axis))) return axes;
  throw new UsageError(`${perm.join(',')} is no order of the axes 0 to ${perm.length - 1}, each of them once`);
}

/** The tensor with axis `i` being the old axis `perm[i]`, as `numpy.transpose` has it. */
function transposed(name: string, tensor: Tensor, perm: readonly number[], options: ShapeEditOptions): Tensor {
  const shape = perm.map((axis) => tensor.shape[axis] as number);
  const stays = joinedAxes(tensor.shape, perm).perm.every((axis, i) => axis === i);
  if (stays && tensor.parts === undefined) return sameContentAs(tensor, shape);
  return lazyTensor(tensor.dtype, shape, () => {
    const input = inputOf(name, tensor, options);
    return new PermutedSource(input, tensor.shape, perm, tensor.dtype.width);
  });
}

/**
 * The chosen tensors, and their slots and averages, with their axes in another order.
 *
 * @example
 * const { tensors } = await openCheckpoint('model.ckpt');
 * const turned = transpose(tensors, (name) => name === 'net/weights', { perm: [1, 0] });
 * console.log(turned.tensors.get('net/weights')?.shape); // [2, 3]
 */
export function transpose(
  tensors: TensorMap,
  choose: Chooser,
  options: ShapeEditOptions & { readonly perm: readonly number[] },
): Edited {
  const perm = checkedPerm(options.perm);
  return editShapes(tensors, choose, 'transpose', options, ({ name, tensor }, _, notes) => {
    checkNumbers(name, tensor, 'transposed');
    if (tensor.shape.length !== perm.length) {
      throw new MismatchError(
        `${name} has ${tensor.shape.length} axes (${formatShape(tensor.shape)}), the permutation ${perm.join(',')} has ${perm.length}`,
        name,
        `${perm.length} axes`,
        `${tensor.shape.length}`,
      );
    }
    const after = transposed(name, tensor, perm, options);
    return withOldCuts(name, tensor, after, (cuts) => perm.map((axis) => cuts[axis] as readonly number[]), notes);
  });
}
