/** Looking into directories. */
import type { Stats } from 'node:fs';
import { readdirSync, statSync } from './path-calls.ts';

/** Names in a directory, sorted; none when it cannot be read. */
export function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory === '' ? '.' : directory).sort();
  } catch {
    return [];
  }
}

/** What a path leads to; undefined for nothing, and for a path that cannot lead anywhere: through a file, too long, with a zero byte. */
export function statsOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

export function isDirectory(path: string): boolean {
  return statsOf(path)?.isDirectory() === true;
}
