/** Making directories, and taking away what was made. */

import { dirname } from 'node:path';
import { isDirectory } from './directory.ts';
import { mkdirSync, rmdirSync } from './path-calls.ts';

/** Makes a directory and those above it that are missing; returns the topmost that was made. Throws what the system throws. */
export function makeDirectories(path: string): string | undefined {
  if (isDirectory(path)) return undefined;
  const parent = dirname(path);
  // By hand: where a system takes no directories though their parent is there (/proc), node tries for ever.
  const above = parent === path ? undefined : makeDirectories(parent);
  try {
    mkdirSync(path);
  } catch (error) {
    if (isDirectory(path)) return above;
    if (above !== undefined) removeEmpty(parent, above);
    throw error;
  }
  return above ?? path;
}

/** Removes directories from `path` up to `top` as long as they are empty. */
export function removeEmpty(path: string, top: string): void {
  try {
    for (let at = path; at.length >= top.length; at = dirname(at)) rmdirSync(at);
  } catch {
    // somebody else put something there: it stays
  }
}
