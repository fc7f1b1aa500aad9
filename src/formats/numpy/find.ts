/** Which files are numpy's: archives and arrays by their first bytes, directories by the arrays in them. */
import { isTaken } from '../../io/paths.ts';
import { recogniseFile } from '../../io/recognise.ts';
import type { Store } from '../../io/store.ts';
import { isFile, namesIn } from '../../io/stored.ts';
import type { Found } from '../format.ts';
import { isFolder } from './directory.ts';
import { NPY_SUFFIX } from './names.ts';

const NPZ_SUFFIX = '.npz';

function isKind(store: Store, path: string, kind: 'npz' | 'npy'): boolean {
  const found = isFile(store, path) ? recogniseFile(store, path)?.kind : undefined;
  // Whatever lies first in an archive of this name, there are arrays in it, or it is told that there are none.
  return found === kind || (kind === 'npz' && found === 'zip' && path.endsWith(NPZ_SUFFIX));
}

/** The archive of a name, which may lack its ending. */
export function npzAt(store: Store, path: string): Found | undefined {
  if (path === '' || /[\\/]$/.test(path)) return undefined;
  const names = isFile(store, path) ? [path] : [`${path}${NPZ_SUFFIX}`];
  const found = names.find((name) => isKind(store, name, 'npz'));
  return found === undefined ? undefined : npzFound(found);
}

const npzFound = (path: string): Found => ({
  format: 'npz',
  prefix: path,
  stem: path.replace(/\.npz$/, ''),
  files: [path],
});

export function findNpz(store: Store, dir: string, names: readonly string[]): Found[] {
  return names
    .filter((name) => name.endsWith(NPZ_SUFFIX) && isKind(store, dir + name, 'npz'))
    .map((name) => npzFound(dir + name));
}

export function npzFilesOf(store: Store, path: string): string[] {
  return isTaken(path) && isKind(store, path, 'npz') ? [path] : [];
}

const npyFound = (path: string): Found => ({
  format: 'npy',
  prefix: path,
  stem: path.replace(/\.npy$/, ''),
  files: [path],
});

/** The array in a file of this name. */
export function npyAt(store: Store, path: string): Found | undefined {
  return path !== '' && isKind(store, path, 'npy') ? npyFound(path) : undefined;
}

export function npyFilesOf(store: Store, path: string): string[] {
  return isTaken(path) && isKind(store, path, 'npy') ? [path] : [];
}

/** So many folders of a directory are looked into. */
const MOST_FOLDERS = 1000;

/** A directory, if there is an .npy file in it or in one of its folders. */
export function npyFolder(store: Store, dir: string): Found | undefined {
  const folders = [dir === '' || dir.endsWith('/') ? dir : `${dir}/`];
  for (let looked = 0; looked < MOST_FOLDERS; looked++) {
    const path = folders.pop();
    if (path === undefined) return undefined;
    const names = namesIn(store, path);
    if (names.some((name) => name.endsWith(NPY_SUFFIX) && isFile(store, path + name))) {
      return { ...npyFound(dir.replace(/(?<=[^/])\/$/, '')), files: [] };
    }
    for (const name of names) if (isFolder(store, path + name)) folders.push(`${path}${name}/`);
  }
  return undefined;
}
