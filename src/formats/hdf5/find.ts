/** Which files are HDF5: by their first bytes. */
import { isTaken } from '../../io/paths.ts';
import { recogniseFile } from '../../io/recognise.ts';
import type { Store } from '../../io/store.ts';
import { isFile, withFile } from '../../io/stored.ts';
import type { Found } from '../format.ts';
import { H5_SUFFIXES, KERAS_SUFFIX } from './names.ts';
import { superblockAt } from './superblock-at.ts';

/** An HDF5 file, or an archive of Keras 3 with one in it. */
function isHdf5(store: Store, path: string): boolean {
  if (!isFile(store, path)) return false;
  const kind = recogniseFile(store, path)?.kind;
  if (kind !== undefined) return kind === 'hdf5' || kind === 'keras';
  // What its user put before it may be longer than what tells kinds of files apart.
  const isCalledSo = H5_SUFFIXES.some((suffix) => path.endsWith(suffix));
  return isCalledSo && withFile(store, path, (file) => superblockAt(file) !== undefined);
}

const foundAt = (path: string): Found => ({
  format: 'hdf5',
  prefix: path,
  stem: path.replace(/(?:\.weights)?\.(?:h5|hdf5|keras)$/, ''),
  files: [path],
});

/** The file of a name, which may lack its ending. */
export function hdf5At(store: Store, path: string): Found | undefined {
  if (path === '' || /[\\/]$/.test(path)) return undefined;
  const names = isFile(store, path) ? [path] : H5_SUFFIXES.map((suffix) => path + suffix);
  const found = names.find((name) => isHdf5(store, name));
  return found === undefined ? undefined : foundAt(found);
}

export function findHdf5(store: Store, dir: string, names: readonly string[]): Found[] {
  return names
    .filter(
      (name) => [...H5_SUFFIXES, KERAS_SUFFIX].some((suffix) => name.endsWith(suffix)) && isHdf5(store, dir + name),
    )
    .map((name) => foundAt(dir + name));
}

export function hdf5FilesOf(store: Store, path: string): string[] {
  return isTaken(path) && isHdf5(store, path) ? [path] : [];
}
