/** What callers in plain JavaScript hand over, held against what is wanted, and refused in words. */
import { UsageError } from '../errors.ts';
import { isTensor, type TensorMap } from '../tensor/tensor.ts';

/** What a value is, for a sentence. */
export function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (Array.isArray(value)) return 'a list';
  if (typeof value !== 'object') return `a ${typeof value}`;
  const { name } = value.constructor ?? {};
  return name === undefined || name === 'Object' ? 'an object' : `a ${name}`;
}

export function checkPath(where: string, path: unknown): void {
  if (typeof path !== 'string')
    throw new UsageError(`${where} wants the path of a checkpoint as a string, not ${kindOf(path)}`);
  if (path === '') throw new UsageError(`${where} wants the path of a checkpoint, and it is empty`);
}

export function checkRule(where: string, rule: unknown): void {
  if (typeof rule === 'function') return;
  throw new UsageError(
    `${where} wants a function from a name to a name, not ${kindOf(rule)}; mapRule makes one of a map`,
  );
}

export function checkOptions(where: string, options: unknown): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new UsageError(`the options of ${where} are an object, not ${kindOf(options)}`);
  }
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
