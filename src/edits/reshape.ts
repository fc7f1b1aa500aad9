/** Another shape over the same elements in the same order. */
import { MismatchError, UsageError } from '../errors.ts';
import type { Chooser } from '../surgery/selectors.ts';
import { elementCount, formatShape, type Shape } from '../tensor/shape.ts';
import type { Tensor, TensorMap } from '../tensor/tensor.ts';
import { editShapes, type ShapeEditOptions } from './axis-edit.ts';
import { inputOf } from './checked-input.ts';
import type { Edited } from './edited-map.ts';
import { lazyTensor, sameContentAs } from './lazy-tensor.ts';

/** The shape meant for a tensor: one size may be -1, which stands for what is left. */
function shapeFor(name: string, tensor: Tensor, wanted: Shape): number[] {
  const count = elementCount(tensor.shape);
  const known = elementCount(wanted.filter((size) => size !== -1));
  const open = wanted.includes(-1);
  const rest = open ? count / known : 1;
  if (open ? Number.isSafeInteger(rest) : known === count) return wanted.map((size) => (size === -1 ? rest : size));
  throw new MismatchError(
    `${name} has ${count} element${count === 1 ? '' : 's'} (${formatShape(tensor.shape)}), which do not fill ${formatShape(wanted)}`,
    name,
    `${known} elements`,
    `${count} elements`,
  );
}

/** The same elements as one whole, if they lay in parts. */
function whole(name: string, tensor: Tensor, shape: Shape, options: ShapeEditOptions): Tensor {
  if (tensor.parts === undefined) return sameContentAs(tensor, shape);
  return lazyTensor(tensor.dtype, shape, () => inputOf(name, tensor, options));
}

/**
 * The chosen tensors, and their slots and averages, with another shape; parts become one whole, save under their old shape.
 *
 * @example
 * const { tensors } = await openCheckpoint('model.ckpt');
 * const flat = reshape(tensors, (name) => name === 'net/weights', { shape: [6] });
 * console.log(flat.tensors.get('net/weights')?.shape); // [6]
 */
export function reshape(
  tensors: TensorMap,
  choose: Chooser,
  options: ShapeEditOptions & { readonly shape: Shape },
): Edited {
  const { shape } = options;
  const isShape = shape.every((size) => Number.isSafeInteger(size) && size >= -1);
  if (!isShape || shape.filter((size) => size === -1).length > 1) {
    throw new UsageError(`${shape.join(',')} is no shape; sizes are whole numbers, and one may be -1 for what is left`);
  }
  return editShapes(tensors, choose, 'reshape', options, ({ name, tensor }, _, notes) => {
    const { parts } = tensor;
    if (parts !== undefined) notes.push(`${name} was partitioned and is one whole now`);
    return whole(name, tensor, shapeFor(name, tensor, shape), options);
  });
}
