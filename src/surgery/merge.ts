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
  for (const input of inputs) {
    for (const [name, tensor] of input) {
      const before = merged.get(name);
      if (before === undefined || onConflict === 'last') merged.set(name, tensor);
      else if (onConflict !== 'first') checkIdentical(name, before, tensor, onConflict);
    }
  }
  return merged;
}

function checkIdentical(name: string, before: Tensor, tensor: Tensor, onConflict: OnConflict): void {
  if (onConflict === 'identical' && sameContent(before, tensor)) return;
  const differ = onConflict === 'identical' ? ' and their contents differ' : '';
  throw new NameError(
    `more than one input has a tensor called ${name}${differ}; give the inputs prefixes, or say which to keep (first, last${differ === '' ? ', identical' : ''})`,
    { colliding: [name] },
  );
}
