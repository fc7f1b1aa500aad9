/** A directory of .npy files: which there are, however deep their folders go. */
import { CorruptError } from '../../errors.ts';
import type { Store } from '../../io/store.ts';
import { isDirectory, isFile, namesIn } from '../../io/stored.ts';
import { NPY_SUFFIX } from './names.ts';

/** What numpy's files cannot hold lies in this one. */
export const RECORD_FILE = 'ckpt.json';

const MOST_DEPTH = 64;
/** More files than any model has; a directory with more was not meant. */
const MOST_FILES = 1_000_000;

/** Paths of the files, from the directory on, in order; that of the record and of nothing else among them. */
export function filesIn(store: Store, directory: string): string[] {
  const found: string[] = [];
  walk(store, directory.endsWith('/') ? directory : `${directory}/`, '', 0, found);
  return found;
}

/** Whether a path is a folder of its own: a link may lead out, or back up. */
export function isFolder(store: Store, path: string): boolean {
  return isDirectory(store, path) && store.isLink?.(path) !== true;
}

function walk(store: Store, base: string, folder: string, depth: number, found: string[]): void {
  for (const name of namesIn(store, base + folder)) {
    const path = folder + name;
    const isOurs = name.endsWith(NPY_SUFFIX) || path === RECORD_FILE;
    if (isOurs && isFile(store, base + path)) found.push(path);
    else if (depth < MOST_DEPTH && isFolder(store, base + path)) walk(store, base, `${path}/`, depth + 1, found);
    if (found.length > MOST_FILES) {
      throw new CorruptError(`${base} has more than ${MOST_FILES} .npy files`, { where: base, path: base });
    }
  }
}
