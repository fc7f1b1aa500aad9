/**
 * A bundle under other names without a look at its content: data files are linked, cloned or left where they are, and the
 * index is written anew. The size of the data does not matter.
 */
import { NotACheckpointError, WriteRefusedError } from '../../errors.ts';
import { AtomicFiles } from '../../io/atomic-files.ts';
import { exists, isSameFile } from '../../io/paths.ts';
import { listShardFiles } from '../../io/shard-files.ts';
import { dataName, indexName } from '../../io/shard-names.ts';
import { BundleIndex } from './bundle-index.ts';
import { type Renamer, writeRenamedIndex } from './rename-index.ts';

/** Replaces the index of the bundle at `prefix` by one with other names, in one atomic step; the data files stay as they are. */
export function renameBundleInPlace(prefix: string, rename: Renamer): void {
  const index = new BundleIndex(prefix);
  const files = new AtomicFiles();
  try {
    writeRenamedIndex(index, files.create(indexName(prefix)), rename);
    files.commit();
  } catch (error) {
    files.discard();
    throw error;
  } finally {
    index.file.close();
  }
}

/**
 * Makes the bundle `target` out of `prefix` with other names and the same data files, hard-linked. Throws
 * {@link WriteRefusedError} where something is in the way and `force` is not given.
 */
export function linkRenamedBundle(prefix: string, target: string, rename: Renamer, force: boolean): void {
  if (isSameFile(indexName(prefix), indexName(target))) {
    throw new WriteRefusedError(`${target} is read from; it cannot be overwritten by the same command`, target);
  }
  const shards = listShardFiles(prefix);
  const older = listShardFiles(target).map(({ path }) => path);
  const inTheWay = [indexName(target), ...older].find(exists);
  if (inTheWay !== undefined && !force) {
    throw new WriteRefusedError(
      `${inTheWay} exists already; choose another name, or overwrite it with --force`,
      inTheWay,
    );
  }
  const index = new BundleIndex(prefix);
  const files = new AtomicFiles();
  try {
    const wanted = shards[0]?.shards ?? index.header.numShards;
    if (shards.length < wanted) {
      throw new NotACheckpointError(
        `only ${shards.length} of the ${wanted} data files of ${prefix} are there to be linked`,
        prefix,
      );
    }
    const targets = shards.map(({ path, shard, shards: count }) => ({ path, to: dataName(target, shard, count) }));
    for (const { path, to } of targets) files.link(path, to);
    writeRenamedIndex(index, files.create(indexName(target)), rename);
    files.commit(older.filter((path) => !targets.some(({ to }) => to === path)));
  } catch (error) {
    files.discard();
    throw error;
  } finally {
    index.file.close();
  }
}
