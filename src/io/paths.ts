/** Questions about paths that planning a write asks. */
import { existsSync, realpathSync } from 'node:fs';

export function exists(path: string): boolean {
  return existsSync(path);
}

/** Whether two paths lead to one file, links followed; a path that leads nowhere is the same as nothing. */
export function isSameFile(a: string, b: string): boolean {
  if (a === b) return true;
  try {
    return realpathSync(a) === realpathSync(b);
  } catch {
    return false;
  }
}
