/** Questions about paths that planning a write asks. */
import { existsSync, lstatSync, realpathSync } from 'node:fs';

export function exists(path: string): boolean {
  return existsSync(path);
}

/** Where a path leads, links followed; undefined where that is nowhere. */
export function realPath(path: string): string | undefined {
  if (!existsSync(path)) return undefined;
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}

/** Whether two paths lead to one file, links followed; a path that leads nowhere is the same as nothing. */
export function isSameFile(a: string, b: string): boolean {
  return a === b || (existsSync(a) && realPath(a) === realPath(b));
}

/** Whether something has this name already, be it a link that leads nowhere. */
export function isTaken(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return false;
  }
}
