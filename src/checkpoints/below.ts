/** Checkpoints somewhere below a directory that holds none itself: too deep to be meant, and good to know. */
import { TENSORFLOW_FORMATS } from '../formats/registry.ts';
import type { Store } from '../io/store.ts';
import { isDirectory, namesIn } from '../io/stored.ts';

/** So many folders are looked into, and so many checkpoints are named. */
const MOST_FOLDERS = 200;
const MOST_NAMED = 5;
/** So many names of a folder are looked at for being folders. */
const MOST_NAMES = 1000;
/** Folders within folders. */
const DEEPEST = 5;

/** The first checkpoints below a directory, those that lie nearest first; none in a store where each look takes a while. */
export function checkpointsBelow(store: Store, directory: string): string[] {
  if (store.isDistant === true) return [];
  const found: string[] = [];
  let level = [directory.endsWith('/') ? directory : `${directory}/`];
  let looked = 0;
  for (let depth = 0; depth <= DEEPEST && level.length > 0; depth++) {
    const next: string[] = [];
    for (const folder of level) {
      if (looked++ === MOST_FOLDERS) return found;
      const names = namesIn(store, folder);
      for (const format of TENSORFLOW_FORMATS) {
        for (const { prefix } of format.find(store, folder, names)) if (!found.includes(prefix)) found.push(prefix);
      }
      if (found.length >= MOST_NAMED) return found.slice(0, MOST_NAMED);
      const paths = names.slice(0, MOST_NAMES).map((name) => `${folder}${name}/`);
      for (const path of paths) if (isDirectory(store, path)) next.push(path);
    }
    level = next;
  }
  return found;
}
