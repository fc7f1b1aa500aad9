/** Opening a V1 checkpoint: the lists of its files are read, and nothing else. */

import { TextMap } from '../../bytes/text-map.ts';
import { filesAmong } from '../../io/file-source.ts';
import { parseTableName, tableName } from '../../io/shard-names.ts';
import type { Store } from '../../io/store.ts';
import type { Tensor, TensorMap } from '../../tensor/tensor.ts';
import type { Checkpoint, CheckpointFile, Found } from '../format.ts';
import { type ListedTensor, listedTensors, tensorOf } from './saved-slices.ts';
import { TableFile } from './table-file.ts';

/** More shards than this are listed only as far as they are there: the count is a number from a name. */
const MOST_LISTED_SHARDS = 100_000;

/** A checkpoint with all of its files: those that a pattern promises and that are missing too. */
export function withPromised(found: Found): Found {
  const set = parseTableName(found.prefix);
  if (set === undefined || set.shard !== undefined || set.shards > MOST_LISTED_SHARDS) return found;
  const promised = Array.from({ length: set.shards }, (_, shard) => tableName(set.prefix, shard, set.shards));
  return { ...found, files: [...new Set([...promised, ...found.files])] };
}

/** Opens every file that is there; throws a `CkptError` where one is no sound table. */
function openFiles(store: Store, paths: readonly string[]): TableFile[] {
  const files: TableFile[] = [];
  try {
    for (const [shard, path] of paths.entries()) {
      if (store.size(path) !== undefined) files.push(new TableFile(store, path, shard));
    }
    return files;
  } catch (error) {
    for (const file of files) file.close();
    throw error;
  }
}

/** Opens a V1 checkpoint: a file, or the shards of a pattern. */
export function openTables(store: Store, found: Found): Checkpoint {
  const all = withPromised(found);
  const files = openFiles(store, all.files);
  const listed = listedTensors(files);
  for (const file of files) file.forgetList();
  return checkpointOf(store, all, files, listed);
}

function tensorsOf(listed: readonly ListedTensor[]): TensorMap {
  const tensors = new TextMap<Tensor>();
  for (const one of listed) {
    tensors.set(one.name, Object.assign(tensorOf(one), { origin: { tensors, name: one.name } }));
  }
  return tensors;
}

function bundleNote({ bundle, path }: TableFile): string[] {
  if (bundle === undefined) return [];
  const of = bundle.generator === undefined ? '' : ` of ${bundle.generator}`;
  return [`${path} is a Magenta bundle${of}; the V1 checkpoint in it is read`];
}

/** A checkpoint of open files and what they list. */
export function checkpointOf(
  store: Store,
  found: Found,
  files: readonly TableFile[],
  listed: readonly ListedTensor[],
): Checkpoint {
  return {
    format: 'v1',
    path: found.prefix,
    byteOrder: 'little',
    tensors: tensorsOf(listed),
    files: found.files.map((file): CheckpointFile => ({ path: file, kind: 'table', byteLength: store.size(file) })),
    notes: files.flatMap(bundleNote),
    heldFiles: () => filesAmong(files.map(({ file }) => file)),
    close: () => {
      for (const file of files) file.close();
    },
  };
}
