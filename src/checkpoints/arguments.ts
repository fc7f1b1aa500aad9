/** What callers in plain JavaScript hand over, held against what is wanted, and refused in words. */
import { kindOf } from '../bytes/kind-of-value.ts';
import { UsageError } from '../errors.ts';

export function checkPath(where: string, path: unknown): void {
  if (typeof path !== 'string')
    throw new UsageError(`${where} wants the path of a checkpoint as a string, not ${kindOf(path)}`);
}

export function checkOptions(where: string, options: unknown): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new UsageError(`the options of ${where} are an object, not ${kindOf(options)}`);
  }
}
