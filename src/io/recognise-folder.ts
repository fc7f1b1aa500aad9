/** What a folder is when no checkpoint of TensorFlow lies in it, by the names of what does: JAX's checkpoints are folders. */
import { dirname } from 'node:path';
import type { Foreign } from './recognise.ts';
import { JAX_WAY, recogniseClosely } from './recognise-closely.ts';
import type { Store } from './store.ts';
import { isDirectory, isFile, namesIn } from './stored.ts';

/** What Orbax puts at the top of a checkpoint, or of each of its items. */
const ORBAX = ['_CHECKPOINT_METADATA', '_METADATA', 'manifest.ocdbt'];
/** An array of zarr, as T5X and older Orbax write each parameter. */
const ZARR = '.zarray';

/** Folders within folders, and so many of each, are looked into: a run has a folder a step, and that one an item each. */
const DEEPEST = 2;
const MOST_FOLDERS = 20;
/** So many names are looked at for being folders. */
const MOST_NAMES = 1000;

const within = (directory: string): string =>
  directory === '' || directory.endsWith('/') ? directory : `${directory}/`;

const jax = (kind: string, what: string): Foreign => ({
  kind,
  sentence: `is ${what} checkpoint (JAX), not a TensorFlow checkpoint; ${JAX_WAY}`,
});

/** What the files of a folder say of it. */
function kindHere(store: Store, base: string, names: readonly string[]): Foreign | undefined {
  if (names.some((name) => ORBAX.includes(name) && isFile(store, base + name))) return jax('orbax', 'an Orbax');
  const description = names.includes('checkpoint') ? recogniseClosely(store, `${base}checkpoint`)?.kind : undefined;
  const arrays = names.filter((name) => /^(target|state|params)\./.test(name)).slice(0, MOST_FOLDERS);
  const isZarr = arrays.some((name) => isFile(store, `${base}${name}/${ZARR}`));
  if (description === 'orbax' || (isZarr && arrays.some((name) => name.startsWith('params.'))))
    return jax('orbax', 'an Orbax');
  if (description === 't5x' || isZarr) return jax('t5x', 'a T5X');
  return description === 'flax' ? jax('flax', 'a Flax') : undefined;
}

/** What a folder is that is a checkpoint of another framework; undefined where nothing tells. */
export function recogniseFolder(store: Store, directory: string): Foreign | undefined {
  return kindHere(store, within(directory), namesIn(store, directory));
}

/** The first such folder within a folder: a run has one for each step. */
export function foreignFolderIn(
  store: Store,
  directory: string,
  depth = 1,
): { readonly path: string; readonly kind: Foreign } | undefined {
  const folders = namesIn(store, directory)
    .slice(0, MOST_NAMES)
    .map((name) => within(directory) + name)
    .filter((path) => isDirectory(store, path));
  for (const path of folders.slice(0, MOST_FOLDERS)) {
    const kind = recogniseFolder(store, path);
    if (kind !== undefined) return { path, kind };
    const below = depth < DEEPEST ? foreignFolderIn(store, path, depth + 1) : undefined;
    if (below !== undefined) return below;
  }
  return undefined;
}

/** The nearest folder around a file that is a checkpoint of another framework: its arrays lie some folders below it. */
export function foreignFolderAround(
  store: Store,
  path: string,
): { readonly path: string; readonly kind: Foreign } | undefined {
  let directory = dirname(path);
  for (let level = 0; level <= DEEPEST; level++, directory = dirname(directory)) {
    const kind = recogniseFolder(store, directory);
    if (kind !== undefined) return { path: directory, kind };
    if (directory === dirname(directory)) return undefined;
  }
  return undefined;
}
