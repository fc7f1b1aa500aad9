/** Several maps as one. */
import { NameError } from '../errors.ts';
import { DerivedMap } from '../tensor/derived-map.ts';
import { sameContent } from '../tensor/same-content.ts';
import type { Tensor, TensorMap } from '../tensor/tensor.ts';

/**
 * What happens when two inputs hold a tensor of one name: refuse the merge, keep the first, keep the last, or keep one
 * when both are equal to the byte and refuse otherwise.
 */
export type OnConflict = 'refuse' | 'first' | 'last' | 'identical';

/** Tensors of several maps as one, each from the input that was decided on. */
export class MergedMap extends DerivedMap {
  constructor(
    readonly inputs: readonly TensorMap[],
    /** The number of the input that each tensor comes from, by name. */
    readonly inputOf: ReadonlyMap<string, number>,
  ) {
    super();
  }

  override get size(): number {
    return this.inputOf.size;
  }

  override *entries(): MapIterator<[string, Tensor]> {
    for (const [i, input] of this.inputs.entries()) {
      for (const pair of input) if (this.inputOf.get(pair[0]) === i) yield pair;
    }
  }

  override get(name: string): Tensor | undefined {
    return this.inputs[this.inputOf.get(name) ?? -1]?.get(name);
  }
}

/** All tensors of all inputs, in the order of the inputs; throws {@link NameError} for a conflict that is to be refused. */
export function merge(inputs: readonly TensorMap[], onConflict: OnConflict = 'refuse'): MergedMap {
  const inputOf = new Map<string, number>();
  const refused = new Set<string>();
  for (const [i, input] of inputs.entries()) {
    for (const [name, tensor] of input) {
      const owner = inputOf.get(name);
      if (owner === undefined || onConflict === 'last') inputOf.set(name, i);
      else if (onConflict === 'refuse') refused.add(name);
      else if (onConflict === 'identical' && !sameContent(inputs[owner]?.get(name) as Tensor, tensor))
        refused.add(name);
    }
  }
  if (refused.size > 0) throw conflict([...refused], onConflict === 'identical');
  return new MergedMap(inputs, inputOf);
}

const MOST_NAMED = 3;

function conflict(names: readonly string[], differ: boolean): NameError {
  const [first] = names;
  const some = names.slice(0, MOST_NAMED).join(', ');
  const those =
    names.length === 1
      ? `more than one input has a tensor called ${first}`
      : `more than one input has each of ${names.length} names, such as ${some}`;
  return new NameError(`${those}${differ ? ', with different content' : ''}`, { colliding: names });
}
