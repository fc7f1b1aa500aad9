/** What callers in plain JavaScript hand over, held against what is wanted, and refused in words. */
import { kindOf } from '../bytes/kind-of-value.ts';
import { UsageError } from '../errors.ts';
import { isTensor, type TensorMap } from './tensor.ts';

export function checkRule(where: string, rule: unknown): void {
  if (typeof rule === 'function') return;
  throw new UsageError(
    `${where} wants a function from a name to a name, not ${kindOf(rule)}; mapRule makes one of a map`,
  );
}

/** A test of name and tensor. */
export function checkChooser(where: string, choose: unknown): void {
  if (typeof choose === 'function') return;
  throw new UsageError(
    `${where} wants a function of name and tensor, not ${kindOf(choose)}; chooser({ patterns }, tensors) makes one`,
  );
}

/** A list of maps. */
export function checkMaps(where: string, all: unknown): asserts all is readonly TensorMap[] {
  if (!Array.isArray(all)) throw new UsageError(`${where} wants a list of maps, not ${kindOf(all)}`);
  for (const tensors of all) checkMap(where, tensors);
}

/** A map of names to tensors. Of one in memory every tensor is looked at; the others make theirs as they are asked. */
export function checkMap(where: string, tensors: unknown): asserts tensors is TensorMap {
  const map = tensors as TensorMap;
  if (typeof map !== 'object' || map === null || typeof map.get !== 'function' || typeof map.entries !== 'function') {
    throw new UsageError(
      `${where} wants a map of names to tensors, not ${kindOf(tensors)}; new Map(Object.entries(x)) makes one`,
    );
  }
  if (!(tensors instanceof Map)) return;
  for (const [name, tensor] of tensors) {
    if (typeof name !== 'string')
      throw new UsageError(`${where}: the name of a tensor is a string, not ${kindOf(name)}`);
    if (isTensor(tensor)) continue;
    throw new UsageError(`${where}: ${name} is ${kindOf(tensor)}, not a tensor; tensorFrom(values) makes one`);
  }
}
