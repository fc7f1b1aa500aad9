/** Some of the tensors, under the names they have. */
import { DerivedMap } from '../tensor/derived-map.ts';
import type { Tensor, TensorMap } from '../tensor/tensor.ts';
import type { Chooser } from './selectors.ts';

class SubsetMap extends DerivedMap {
  constructor(
    readonly tensors: TensorMap,
    readonly keep: Chooser,
  ) {
    super();
  }

  override *entries(): MapIterator<[string, Tensor]> {
    for (const pair of this.tensors) if (this.keep(pair[0], pair[1])) yield pair;
  }

  override get(name: string): Tensor | undefined {
    const tensor = this.tensors.get(name);
    return tensor !== undefined && this.keep(name, tensor) ? tensor : undefined;
  }
}

/** The tensors that `keep` takes, in the old order; `keep` is asked whenever the map is. */
export function subset(tensors: TensorMap, keep: Chooser): TensorMap {
  return new SubsetMap(tensors, keep);
}

/** The tensors that `leave` does not take: with the same chooser, what {@link subset} leaves out. */
export function drop(tensors: TensorMap, leave: Chooser): TensorMap {
  return subset(tensors, (name, tensor) => !leave(name, tensor));
}
