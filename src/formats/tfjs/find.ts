/** Which files are weights of TensorFlow.js: a `model.json`, or a manifest by itself. */
import { isTaken } from '../../io/paths.ts';
import { splitPrefix } from '../../io/shard-names.ts';
import type { Store } from '../../io/store.ts';
import { isDirectory, isFile, readText } from '../../io/stored.ts';
import type { Found } from '../format.ts';
import { MOST_MANIFEST_BYTES, parseManifest } from './manifest.ts';

export const MODEL_FILE = 'model.json';
/** What the converter calls a manifest by itself. */
const MANIFEST_FILE = 'weights_manifest.json';

/** The manifest in a directory, or the file itself. */
export function modelFileOf(path: string): string {
  if (path.endsWith('.json')) return path;
  return path === '' || path.endsWith('/') ? path + MODEL_FILE : `${path}/${MODEL_FILE}`;
}

/** Whether a text says where weights lie: a model, or a list of groups. */
function isManifest(store: Store, path: string): boolean {
  if (!isFile(store, path) || (store.size(path) ?? 0) > MOST_MANIFEST_BYTES) return false;
  const text = readText(store, path);
  return /^\s*\{/.test(text) ? text.includes('"weightsManifest"') : /^\s*\[/.test(text) && text.includes('"paths"');
}

function foundAt(path: string, prefix = path): Found {
  return { format: 'tfjs', prefix, stem: path.replace(/\.json$/, ''), files: [path] };
}

/** The model of a name: the file, or the folder that it is in. */
export function tfjsAt(store: Store, path: string): Found | undefined {
  if (path === '') return undefined;
  if (path.endsWith('.json')) return isManifest(store, path) ? foundAt(path) : undefined;
  return undefined;
}

export function findTfjs(store: Store, dir: string, names: readonly string[]): Found[] {
  const known = names.filter((name) => name === MODEL_FILE || name === MANIFEST_FILE);
  return known.filter((name) => isManifest(store, dir + name)).map((name) => foundAt(dir + name));
}

/** The manifest and the shards that it names: a write to the name replaces them. */
export function tfjsFilesOf(store: Store, path: string): string[] {
  const file = modelFileOf(path);
  if (!isTaken(file) || isDirectory(store, file) || !isManifest(store, file)) return [];
  const { directory } = splitPrefix(file);
  try {
    const { groups } = parseManifest(readText(store, file));
    return [file, ...groups.flatMap(({ paths }) => paths.map((name) => directory + name)).filter(isTaken)];
  } catch {
    return [file];
  }
}
