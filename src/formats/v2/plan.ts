/** Planning a bundle: which data files, which content at which offset. Nothing is read but what the tensors carry. */
import { fileSize } from '../../io/file-source.ts';
import { dataName, indexName } from '../../io/shard-names.ts';
import type { TensorMap } from '../../tensor/tensor.ts';
import { assignShards } from '../assign-shards.ts';
import { EntryTable, FROM_MEMORY } from '../entry-table.ts';
import type { PlannedFile, WriteOptions, WritePlan } from '../write-plan.ts';
import { checkTargets, olderFiles } from '../write-targets.ts';
import { checkBundleHolds } from './holds.ts';

/** A plan with the place of every piece. */
export interface BundlePlan extends WritePlan {
  readonly pieces: EntryTable;
  /** The numbers of each data file's pieces, in order. */
  readonly files: readonly (readonly number[])[];
}

/**
 * Lays the pieces of a data file out where they lie in the file that they all come from, with nothing left between them but
 * what is superseded; false, and nothing is done, when that file holds anything else.
 */
function layOutAsStored(file: readonly number[], pieces: EntryTable, options: WriteOptions): string | undefined {
  const from = file.length === 0 ? FROM_MEMORY : pieces.from.at(file[0] as number);
  const path = pieces.paths[from];
  if (path === undefined) return undefined;
  const gone = (options.superseded ?? []).filter((run) => run.path === path).sort((a, b) => a.offset - b.offset);
  let end = 0;
  let next = 0;
  const passGone = (): void => {
    for (; gone[next]?.offset === end; next++) end += gone[next]?.byteLength ?? 0;
  };
  for (const piece of file) {
    passGone();
    if (pieces.from.at(piece) !== from || pieces.fromOffset.at(piece) !== end || pieces.crc32c.at(piece) < 0)
      return undefined;
    end += pieces.length.at(piece);
  }
  passGone();
  if (fileSize(path) !== end) return undefined;
  for (const piece of file) pieces.offset.set(piece, pieces.fromOffset.at(piece));
  return path;
}

function layOut(
  path: string,
  shard: number,
  file: readonly number[],
  pieces: EntryTable,
  options: WriteOptions,
): PlannedFile {
  for (const piece of file) pieces.shard.set(piece, shard);
  const reuses = options.reuse === 'link' || options.reuse === 'reflink';
  const whole = layOutAsStored(file, pieces, reuses ? options : {});
  let byteLength = 0;
  for (const piece of file) {
    if (whole === undefined) pieces.offset.set(piece, byteLength);
    byteLength += pieces.length.at(piece);
  }
  return { path, byteLength: whole === undefined ? byteLength : (fileSize(whole) ?? byteLength), whole };
}

export function planBundle(path: string, tensors: TensorMap, options: WriteOptions = {}): BundlePlan {
  const pieces = new EntryTable(tensors, checkBundleHolds);
  const files = assignShards(pieces, options);
  const data = files.map((file, shard) => layOut(dataName(path, shard, files.length), shard, file, pieces, options));
  const older = olderFiles(path);
  const targets = new Set([...data.map((file) => file.path), indexName(path)]);
  const plan: BundlePlan = {
    path,
    data,
    indexPath: indexName(path),
    tensors,
    tensorCount: pieces.tensors,
    byteLength: data.reduce((sum, file) => sum + file.byteLength, 0),
    obsolete: older.filter((file) => !targets.has(file)),
    pieces,
    files,
  };
  checkTargets(path, older, pieces.paths, options.force === true);
  return plan;
}
