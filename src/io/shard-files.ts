/** The data files that lie beside an index, found by what is there and not only by what the index promises. */
import { dataName, parseDataName, splitPrefix } from './shard-names.ts';
import type { Store } from './store.ts';
import { namesIn } from './stored.ts';

export interface ShardFile {
  readonly path: string;
  readonly shard: number;
  readonly shards: number;
}

/** Every `P.data-*-of-*` of a prefix, by shard and then by the number that the name gives for all of them. */
export function listShardFiles(store: Store, prefix: string): ShardFile[] {
  const { directory, base } = splitPrefix(prefix);
  const found: ShardFile[] = [];
  for (const name of namesIn(store, directory)) {
    const parsed = name.startsWith(base) ? parseDataName(name) : undefined;
    if (parsed?.prefix === base) found.push({ path: directory + name, shard: parsed.shard, shards: parsed.shards });
  }
  return found.sort((a, b) => a.shard - b.shard || a.shards - b.shards);
}

/**
 * Where a shard lies: under the header's count. A bundle merged by TensorFlow can name fewer shards in its file names than in
 * its header (MergeBundles counts both ways), so another count is taken where no file has that of the header; where some do, a
 * file of another count is of another checkpoint.
 */
export function findShard(prefix: string, shard: number, shards: number, present: readonly ShardFile[]): string {
  const promised = dataName(prefix, shard, shards);
  if (present.some((file) => file.shards === shards)) return promised;
  return present.find((file) => file.shard === shard)?.path ?? promised;
}
