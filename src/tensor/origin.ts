/**
 * Where tensors come from, so that what repeats their names can follow them: a tensor that was read says it itself, one that
 * was made of it is known here.
 */
import type { Tensor, TensorOrigin } from './tensor.ts';

const origins = new WeakMap<Tensor, TensorOrigin>();

/** The tensor of an open checkpoint that this one is, or was made of; undefined for one that was made otherwise. */
export const originOf = (tensor: Tensor): TensorOrigin | undefined => tensor.origin ?? origins.get(tensor);

/** Takes note that one tensor stands in the place of another. */
export function follows(tensor: Tensor, before: Tensor): void {
  const origin = originOf(before);
  if (origin !== undefined && originOf(tensor) === undefined) origins.set(tensor, origin);
}
