/** Opening a V1 checkpoint: the lists of its files are read, and nothing else. */
import { NotACheckpointError } from '../../errors.ts';
import { fileSize } from '../../io/file-source.ts';
import { parseTableName, tableName } from '../../io/shard-names.ts';
import { type V1Files, v1FilesAt } from '../../locate/v1-files.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import type { Checkpoint, CheckpointFile } from '../format.ts';
import { type ListedTensor, listedTensors, tensorOf } from './saved-slices.ts';
import { TableFile } from './table-file.ts';

/** More shards than this are listed only as far as they are there: the count is a number from a name. */
const MOST_LISTED_SHARDS = 100_000;

/** The files of the checkpoint at a path, those that a pattern promises and that are missing too. */
export function filesAt(path: string): V1Files {
  const found = v1FilesAt(path);
  if (found === undefined) throw new NotACheckpointError(`there is no V1 checkpoint at ${path}`, path);
  const set = parseTableName(found.path);
  if (set === undefined || set.shard !== undefined || set.shards > MOST_LISTED_SHARDS) return found;
  const promised = Array.from({ length: set.shards }, (_, shard) => tableName(set.prefix, shard, set.shards));
  return { path: found.path, files: [...new Set([...promised, ...found.files])] };
}

/** Opens every file that is there; throws a `CkptError` where one is no sound table. */
function openFiles(paths: readonly string[]): TableFile[] {
  const files: TableFile[] = [];
  try {
    for (const [shard, path] of paths.entries()) {
      if (fileSize(path) !== undefined) files.push(new TableFile(path, shard));
    }
    return files;
  } catch (error) {
    for (const file of files) file.close();
    throw error;
  }
}

/** Opens the V1 checkpoint at a path: a file, a pattern for shards, or their prefix. */
export function openTables(path: string): Checkpoint {
  const located = filesAt(path);
  const files = openFiles(located.files);
  return checkpointOf(located, files, listedTensors(files));
}

/** A checkpoint of open files and what they list. */
export function checkpointOf(
  located: V1Files,
  files: readonly TableFile[],
  listed: readonly ListedTensor[],
): Checkpoint {
  return {
    format: 'v1',
    path: located.path,
    byteOrder: 'little',
    tensors: new Map<string, Tensor>(listed.map((one) => [one.name, tensorOf(one)])),
    files: located.files.map((file): CheckpointFile => ({ path: file, kind: 'table', byteLength: fileSize(file) })),
    close: () => {
      for (const file of files) file.close();
    },
  };
}
