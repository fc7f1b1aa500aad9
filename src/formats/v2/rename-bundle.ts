/**
 * A bundle under other names: the index is written anew, entry by entry, and the data files stay what they are to the byte,
 * whether they are linked, cloned, copied or left in place.
 */
import { NotACheckpointError, WriteRefusedError } from '../../errors.ts';
import { AtomicFiles } from '../../io/atomic-files.ts';
import { fileSize } from '../../io/file-source.ts';
import { isSameFile } from '../../io/paths.ts';
import { dataName, indexName, parseDataName } from '../../io/shard-names.ts';
import type { Renamed, RenameOptions } from '../format.ts';
import { checkTargets, olderFiles } from '../write-targets.ts';
import { BundleIndex } from './bundle-index.ts';
import type { ShardCopy } from './copy-shards.ts';
import { Bundle } from './open.ts';
import { type Renamer, writeRenamedIndex } from './rename-index.ts';

/** Replaces the index of the bundle at `prefix` by one with other names, in one atomic step; the data files stay as they are. */
export function renameBundleInPlace(prefix: string, rename: Renamer): Renamed {
  const index = new BundleIndex(prefix);
  const files = new AtomicFiles();
  try {
    const counts = writeRenamedIndex(index, files.create(indexName(prefix)), rename);
    files.commit();
    return { ...counts, bytesCopied: 0, bytesReused: 0 };
  } catch (error) {
    throw files.failed(error);
  } finally {
    index.file.close();
  }
}

/** Throws {@link WriteRefusedError} where the output would replace what is read, or something else without leave. */
function checkTarget(prefix: string, target: string, older: readonly string[], force: boolean): void {
  if (isSameFile(indexName(prefix), indexName(target))) {
    throw new WriteRefusedError(`${target} is read from; it cannot be overwritten by the same command`, target);
  }
  checkTargets(older, [], force);
}

function checkComplete({ prefix, index, present }: Bundle): void {
  const wanted = present[0]?.shards ?? index.header.numShards;
  if (present.length >= wanted) return;
  throw new NotACheckpointError(
    `only ${present.length} of the ${wanted} data files of ${prefix} are there, and a rename takes all of them`,
    prefix,
  );
}

/** Starts the data files of the target: those that can be are linked or cloned, where that is wanted. */
function startShards(
  bundle: Bundle,
  target: string,
  files: AtomicFiles,
  reuse: RenameOptions['reuse'],
): StartedShard[] {
  const shards = [...new Set(bundle.present.map(({ shard }) => shard))];
  return shards.map((shard) => {
    const path = bundle.dataPath(shard);
    const to = dataName(target, shard, parseDataName(path)?.shards ?? shards.length);
    const taken = reuse === 'link' ? files.link(path, to) : reuse === 'reflink' && files.clone(path, to);
    return { shard, path, to, sink: taken ? undefined : files.create(to), byteLength: fileSize(path) ?? 0 };
  });
}

interface StartedShard extends ShardCopy {
  readonly to: string;
  readonly byteLength: number;
}

/**
 * Makes the bundle `target` out of `prefix`, with other names and the same data files. Throws {@link WriteRefusedError}
 * where something is in the way and `force` is not given.
 */
export async function writeRenamedBundle(
  prefix: string,
  target: string,
  rename: Renamer,
  options: RenameOptions,
): Promise<Renamed> {
  const older = olderFiles(target);
  checkTarget(prefix, target, older, options.force === true);
  const bundle = new Bundle(prefix);
  const files = new AtomicFiles(options.sync);
  try {
    checkComplete(bundle);
    const shards = startShards(bundle, target, files, options.reuse);
    const counts = writeRenamedIndex(bundle.index, files.create(indexName(target)), rename);
    const copied = shards.filter(({ sink }) => sink !== undefined);
    if (copied.length > 0) await (await import('./copy-shards.ts')).copyShards(bundle, shards, options);
    const targets = new Set([indexName(target), ...shards.map(({ to }) => to)]);
    files.commit(older.filter((path) => !targets.has(path)));
    const bytesCopied = bytesOf(copied);
    return { ...counts, bytesCopied, bytesReused: bytesOf(shards) - bytesCopied };
  } catch (error) {
    throw files.failed(error);
  } finally {
    bundle.close();
  }
}

const bytesOf = (shards: readonly StartedShard[]): number =>
  shards.reduce((sum, { byteLength }) => sum + byteLength, 0);
