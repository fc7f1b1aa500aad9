/** A map under other names, for formats in whose files names and content lie together. */
import { TextMap } from '../bytes/text-map.ts';
import { NameError } from '../errors.ts';
import type { Tensor, TensorMap } from '../tensor/tensor.ts';

export interface RenamedMap {
  readonly map: ReadonlyMap<string, Tensor>;
  /** How many tensors have another name now. */
  readonly renamed: number;
}

/** The map under its new names; throws {@link NameError} where two would meet. */
export function renamedMap(tensors: TensorMap, rename: (name: string) => string): RenamedMap {
  const map = new TextMap<Tensor>();
  const old = new TextMap<string>();
  let renamed = 0;
  for (const [name, tensor] of tensors) {
    const next = rename(name);
    if (map.has(next)) {
      const colliding = [old.get(next) ?? next, name];
      throw new NameError(`${colliding.join(' and ')} would both be called ${next}; nothing was renamed`, {
        colliding,
      });
    }
    if (next !== name) renamed++;
    map.set(next, tensor);
    old.set(next, name);
  }
  return { map, renamed };
}
