/**
 * Where the paths of a state file lead. One rule for every command: where the file says, or, since directories are moved, to the
 * same name beside it, be it written on Windows or not. The ending of a checkpoint's file, which people write there, is left out.
 */
import { isAbsolute, join } from 'node:path';
import { stripCheckpointSuffix } from '../io/shard-names.ts';

/** The last part of a path, of whatever system. */
export function lastPart(path: string): string {
  return path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
}

/** `run/` of `run`, so that names can be put after it; nothing of `.`. */
export function withSlash(directory: string): string {
  if (directory === '.' || directory === '') return '';
  return directory.endsWith('/') ? directory : `${directory}/`;
}

function resolved(written: string, base: string): string {
  if (isAbsolute(written)) return written;
  return /^(\.\/?)?$/.test(written) ? base || './' : join(base, written);
}

/** What a path of the state file in `base`, a directory with its slash, may name, in the order in which it is looked for. */
export function placesOf(written: string, base: string): { readonly there: string; readonly moved: readonly string[] } {
  const there = resolved(written, base);
  const beside = base + lastPart(written) || './';
  const names = [beside, stripCheckpointSuffix(there), stripCheckpointSuffix(beside)];
  return { there, moved: [...new Set(names)].filter((name) => name !== there) };
}
