/** Which files of a directory are bundles: those that end in `.index`, and the data files that go with them. */
import { isTaken } from '../../io/paths.ts';
import { listShardFiles } from '../../io/shard-files.ts';
import { indexName, parseDataName } from '../../io/shard-names.ts';
import type { Store } from '../../io/store.ts';
import type { Found } from '../format.ts';

const INDEX = '.index';

const foundAt = (prefix: string, data: readonly string[] = []): Found => ({
  format: 'v2',
  prefix,
  stem: prefix,
  files: [indexName(prefix), ...data],
});

/** The bundle of a prefix, by its index; its data files are looked for when they matter. */
export function bundleAt(store: Store, path: string): Found | undefined {
  return path !== '' && store.size(indexName(path)) !== undefined ? foundAt(path) : undefined;
}

/** The bundles whose indexes are among names of a directory. */
export function findBundles(store: Store, dir: string, names: readonly string[]): Found[] {
  const indexes = names.filter((name) => name.endsWith(INDEX) && store.size(dir + name) !== undefined);
  if (indexes.length === 0) return [];
  const data = new Map<string, string[]>();
  for (const name of names) {
    const prefix = parseDataName(name)?.prefix;
    if (prefix === undefined) continue;
    const known = data.get(prefix);
    if (known === undefined) data.set(prefix, [dir + name]);
    else known.push(dir + name);
  }
  return indexes.map((name) => {
    const base = name.slice(0, -INDEX.length);
    return foundAt(dir + base || './', data.get(base));
  });
}

/** An index first: without it data files mean nothing. */
export function bundleFilesOf(store: Store, prefix: string): string[] {
  const data = listShardFiles(store, prefix).map((file) => file.path);
  return [...[indexName(prefix)].filter(isTaken), ...data];
}
