/**
 * A bundle under other names: the index is written anew, entry by entry, and the data files stay what they are to the byte,
 * whether they are linked, cloned, copied or left in place.
 */
import { NotACheckpointError } from '../../errors.ts';
import { AtomicFiles } from '../../io/atomic-files.ts';
import { fileSize } from '../../io/file-source.ts';
import { dataName, indexName, parseDataName } from '../../io/shard-names.ts';
import type { Renamed, RenameOptions } from '../format.ts';
import { checkTargets, olderFiles } from '../write-targets.ts';
import type { ShardCopy } from './copy-shards.ts';
import type { Bundle } from './open.ts';
import { type Renamer, writeRenamedIndex } from './rename-index.ts';

/** Replaces the index of a bundle by one with other names, in one atomic step, and closes it; the data files stay as they are. */
export function renameBundleInPlace(bundle: Bundle, rename: Renamer): Renamed {
  const files = new AtomicFiles();
  try {
    const counts = writeRenamedIndex(bundle.index, files.create(bundle.index.file.path), rename);
    bundle.close();
    files.commit();
    return { path: bundle.prefix, ...counts, bytesCopied: 0, bytesReused: 0 };
  } catch (error) {
    throw files.failed(error);
  }
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
 * Makes the bundle `target` out of another, with other names and the same data files. Throws {@link WriteRefusedError}
 * where something is in the way and `force` is not given.
 */
export async function writeRenamedBundle(
  bundle: Bundle,
  target: string,
  rename: Renamer,
  options: RenameOptions,
): Promise<Renamed> {
  checkComplete(bundle);
  const older = olderFiles(target);
  const inputs = [bundle.index.file.path, ...bundle.present.map((file) => file.path)];
  checkTargets(target, older, inputs, options.force === true);
  const files = new AtomicFiles(options.sync);
  try {
    const shards = startShards(bundle, target, files, options.reuse);
    const counts = writeRenamedIndex(bundle.index, files.create(indexName(target)), rename);
    const copied = shards.filter(({ sink }) => sink !== undefined);
    if (copied.length > 0) await (await import('./copy-shards.ts')).copyShards(bundle, shards, options);
    const targets = new Set([indexName(target), ...shards.map(({ to }) => to)]);
    files.commit(older.filter((path) => !targets.has(path)));
    const bytesCopied = bytesOf(copied);
    return { path: target, ...counts, bytesCopied, bytesReused: bytesOf(shards) - bytesCopied };
  } catch (error) {
    throw files.failed(error);
  }
}

const bytesOf = (shards: readonly StartedShard[]): number =>
  shards.reduce((sum, { byteLength }) => sum + byteLength, 0);
