/** Which files are safetensors: by their endings in a directory, by their first bytes where one is named. */
import { CkptError } from '../../errors.ts';
import { isTaken } from '../../io/paths.ts';
import { recogniseFile } from '../../io/recognise.ts';
import { parseTableName } from '../../io/shard-names.ts';
import type { Store } from '../../io/store.ts';
import { readText } from '../../io/stored.ts';
import type { Found } from '../format.ts';
import { LENGTH_BYTES } from './header.ts';
import { INDEX_SUFFIX, SUFFIX, stemOf } from './names.ts';
import { MOST_INDEX_BYTES, parseShardIndex } from './shard-index.ts';

const foundAt = (path: string): Found => ({ format: 'safetensors', prefix: path, stem: stemOf(path), files: [path] });

/** By its first bytes, or, where those are of nothing that is known, by its ending: then its header is what is wrong. */
function isModel(store: Store, path: string): boolean {
  const size = store.size(path);
  if (size === undefined) return false;
  if (path.endsWith(INDEX_SUFFIX)) return true;
  const known = recogniseFile(store, path);
  return known === undefined ? path.endsWith(SUFFIX) && size >= LENGTH_BYTES : known.kind === 'safetensors';
}

/** The file or the index of a name, which may lack its ending; the files of an index are looked for when they matter. */
export function safetensorsAt(store: Store, path: string): Found | undefined {
  if (path === '' || /[\\/]$/.test(path)) return undefined;
  const names = [path, `${path}${INDEX_SUFFIX}`, `${path}${SUFFIX}`];
  const found = (store.size(path) === undefined ? names : [path]).find((name) => isModel(store, name));
  return found === undefined ? undefined : foundAt(found);
}

/** The files that an index names; none for one that cannot be read, which who opens it is told. */
function shardsNamedIn(store: Store, path: string): readonly string[] {
  try {
    return (store.size(path) ?? 0) > MOST_INDEX_BYTES ? [] : parseShardIndex(readText(store, path)).files;
  } catch (error) {
    if (error instanceof CkptError) return [];
    throw error;
  }
}

/** Indexes, and the files that belong to none. */
export function findSafetensors(store: Store, dir: string, names: readonly string[]): Found[] {
  const indexes = names.filter((name) => name.endsWith(INDEX_SUFFIX));
  const stems = new Set(indexes.map(stemOf));
  const isShard = (name: string): boolean =>
    name.endsWith(SUFFIX) && stems.has(parseTableName(name.slice(0, -SUFFIX.length))?.prefix ?? '');
  const others = names.filter((name) => name.endsWith(SUFFIX) && !isShard(name));
  // Whatever its shards are called, an index says so.
  const named = others.length === 0 ? [] : indexes.flatMap((name) => shardsNamedIn(store, dir + name));
  const files = others.filter((name) => !named.includes(name));
  return [...indexes, ...files]
    .map((name) => dir + name)
    .filter((path) => isModel(store, path))
    .map(foundAt);
}

/** The file of exactly this name; those that an index names are its own business. */
export function safetensorsFilesOf(store: Store, path: string): string[] {
  return isTaken(path) && isModel(store, path) ? [path] : [];
}
