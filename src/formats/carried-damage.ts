/** Damage that a write would carry on into its output: refused, unless somebody insists. */
import { CorruptError } from '../errors.ts';

/** Throws {@link CorruptError} for damage that a write would carry on; with `force` gives what is to be said of it. */
export function carriedDamage(message: string, where: string, force: boolean): string {
  if (force) return `${message}; it is in the output too`;
  throw new CorruptError(`${message}; ckpt doctor says what helps, --force carries it on`, { where });
}
