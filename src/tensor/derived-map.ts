/** Maps that are made of other maps and hold nothing themselves: a million tensors cost no memory. */
import type { Tensor, TensorMap } from './tensor.ts';

/** What a map owes, given a walk over it and a way to look a name up. Both must answer the same however often they are asked. */
export abstract class DerivedMap implements TensorMap {
  #size: number | undefined;

  abstract entries(): MapIterator<[string, Tensor]>;
  abstract get(name: string): Tensor | undefined;

  /** Counting walks the whole map, once. */
  get size(): number {
    if (this.#size === undefined) {
      let size = 0;
      for (const _ of this.keys()) size++;
      this.#size = size;
    }
    return this.#size;
  }

  has(name: string): boolean {
    return this.get(name) !== undefined;
  }

  [Symbol.iterator](): MapIterator<[string, Tensor]> {
    return this.entries();
  }

  *keys(): MapIterator<string> {
    for (const [name] of this.entries()) yield name;
  }

  *values(): MapIterator<Tensor> {
    for (const [, tensor] of this.entries()) yield tensor;
  }

  forEach(visit: (tensor: Tensor, name: string, map: ReadonlyMap<string, Tensor>) => void): void {
    for (const [name, tensor] of this.entries()) visit(tensor, name, this);
  }
}
