/** Several maps as one. */
import { NameError } from '../errors.ts';
import { sameContent } from '../tensor/same-content.ts';
import type { Tensor, TensorMap } from '../tensor/tensor.ts';

/**
 * What happens when two inputs hold a tensor of one name: refuse the merge, keep the first, keep the last, or keep one
 * when both are equal to the byte and refuse otherwise.
 */
export type OnConflict = 'refuse' | 'first' | 'last' | 'identical';

/** All tensors of all inputs, in the order of the inputs; throws {@link NameError} for a conflict that is to be refused. */
export function merge(inputs: readonly TensorMap[], onConflict: OnConflict = 'refuse'): Map<string, Tensor> {
  const merged = new Map<string, Tensor>();
  const refused = new Set<string>();
  for (const input of inputs) {
    for (const [name, tensor] of input) {
      const before = merged.get(name);
      if (before === undefined || onConflict === 'last') merged.set(name, tensor);
      else if (onConflict === 'refuse' || (onConflict === 'identical' && !sameContent(before, tensor)))
        refused.add(name);
    }
  }
  if (refused.size > 0) throw conflict([...refused], onConflict === 'identical');
  return merged;
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
