/** Some of the tensors, under the names they have. */
import type { Tensor, TensorMap } from '../tensor/tensor.ts';
import type { Chooser } from './selectors.ts';

/** The tensors that `keep` takes, in the old order. */
export function subset(tensors: TensorMap, keep: Chooser): Map<string, Tensor> {
  const kept = new Map<string, Tensor>();
  for (const [name, tensor] of tensors) if (keep(name, tensor)) kept.set(name, tensor);
  return kept;
}

/** The tensors that `leave` does not take: with the same chooser, what {@link subset} leaves out. */
export function drop(tensors: TensorMap, leave: Chooser): Map<string, Tensor> {
  return subset(tensors, (name, tensor) => !leave(name, tensor));
}
