/** Maps that are made of other maps and hold nothing themselves: a million tensors cost no memory. */
import type { Tensor, TensorMap } from './tensor.ts';

/** What a map owes, given a walk over it and a way to look a name up. Both must answer the same however often they are asked. */
export abstract class DerivedMap implements TensorMap {
  #size: number | undefined;

  abstract entries(): MapIterator<[string, Tensor]>;
  abstract get(name: string): Tensor | undefined;

  /** The pairs at some positions, counted from 0; the others need not be made where a map can pass over them. */
  *entriesAt(isWanted: (position: number) => boolean): MapIterator<[string, Tensor]> {
    let position = 0;
    for (const pair of this.entries()) if (isWanted(position++)) yield pair;
  }

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

/** The pairs of any map at some positions, counted from 0. */
export function* pairsAt(tensors: TensorMap, isWanted: (position: number) => boolean): Generator<[string, Tensor]> {
  if (tensors instanceof DerivedMap) {
    yield* tensors.entriesAt(isWanted);
    return;
  }
  let position = 0;
  for (const pair of tensors) if (isWanted(position++)) yield pair;
}
