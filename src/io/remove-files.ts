/** Removing files that nobody needs any more. */
import { rmSync } from './path-calls.ts';

/** Removes files in the order given; one that is gone already is no error, and one that the system keeps stops nothing. */
export function removeFiles(paths: readonly string[]): void {
  for (const path of paths) {
    try {
      rmSync(path, { force: true });
    } catch {
      // It is somebody else's, or the directory is not ours to change: what was to be kept is kept.
    }
  }
}
