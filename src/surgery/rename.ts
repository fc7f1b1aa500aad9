/** Other names for the same tensors. Nothing is copied: the new map shares the tensors of the old one. */
import { NameError } from '../errors.ts';
import type { Tensor, TensorMap } from '../tensor/tensor.ts';
import type { NameRule } from './name-rules.ts';

/**
 * The map with every name passed through `rule`, in the old order; a name that the rule returns as it is stays. All names
 * change at once, so swaps and chains work. Throws {@link NameError} when two tensors would come to one name, or one to none.
 */
export function rename(tensors: TensorMap, rule: NameRule): Map<string, Tensor> {
  const renamed = new Map<string, Tensor>();
  for (const [name, tensor] of tensors) {
    const next = rule(name);
    if (next === '') throw new NameError(`${name} would be left without a name`, { missing: [name] });
    if (renamed.has(next)) throw collision(tensors, rule, name, next);
    renamed.set(next, tensor);
  }
  return renamed;
}

/** Names both sides: who got there first is found by going through the map again, for a collision is rare. */
function collision(tensors: TensorMap, rule: NameRule, second: string, name: string): NameError {
  let first = name;
  for (const candidate of tensors.keys()) {
    if (rule(candidate) === name) {
      first = candidate;
      break;
    }
  }
  return new NameError(`${first} and ${second} would both be called ${name}; nothing was renamed`, {
    colliding: [first, second],
  });
}
