/** Opening .npy files: one, whose tensor is called as the file is, or a directory of them. */

import { missTogether } from '../../bytes/missing.ts';
import { compareText } from '../../bytes/text.ts';
import { TextMap } from '../../bytes/text-map.ts';
import { NotACheckpointError } from '../../errors.ts';
import { splitPrefix } from '../../io/shard-names.ts';
import type { Store, StoredFile } from '../../io/store.ts';
import { isFile, readText } from '../../io/stored.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import type { Checkpoint, CheckpointFile, Found } from '../format.ts';
import { parseRecord, type RoundTrip, restored } from '../round-trip.ts';
import { type NpyArray, readArray } from './array-tensor.ts';
import { filesIn, RECORD_FILE } from './directory.ts';
import { NPY_SUFFIX, nameOfPath } from './names.ts';
import { told } from './open-npz.ts';

/** A file of one array, and what its tensor is called. */
export interface NpyFile {
  readonly path: string;
  readonly name: string;
}

/** The files that a path leads to. */
export function npyFiles(store: Store, path: string): NpyFile[] {
  if (isFile(store, path)) return [{ path, name: splitPrefix(path).base.replace(/\.npy$/, '') }];
  const base = path.endsWith('/') ? path : `${path}/`;
  return filesIn(store, path)
    .filter((file) => file !== RECORD_FILE)
    .map((file) => ({ path: base + file, name: nameOfPath(file.slice(0, -NPY_SUFFIX.length)) }));
}

/** The array in a file; the file is closed again, and opens when its content is read. */
export function arrayIn(file: StoredFile, path: string, shard: number): NpyArray {
  try {
    return told(path, path, () => readArray(file, { file, path, shard, start: 0 }));
  } finally {
    file.close();
  }
}

function recordIn(store: Store, path: string): RoundTrip | undefined {
  const file = `${path.endsWith('/') ? path : `${path}/`}${RECORD_FILE}`;
  return isFile(store, file) ? parseRecord(readText(store, file)) : undefined;
}

/** Opens a file or a directory; throws a `CkptError` where an array is damaged, or cannot be a tensor. */
export function openNpy(store: Store, { prefix: path }: Found): Checkpoint {
  const arrays = npyFiles(store, path);
  if (arrays.length === 0) throw new NotACheckpointError(`${path} has no .npy files`, path);
  const record = isFile(store, path) ? undefined : recordIn(store, path);
  const files: StoredFile[] = [];
  const named: [string, Tensor][] = [];
  const open = ({ path: file, name }: NpyFile, shard: number): void => {
    const source = store.open(file);
    files.push(source);
    const { tensor } = arrayIn(source, file, shard);
    named.push([name, record === undefined ? tensor : restored(name, tensor, record)]);
  };
  missTogether(arrays.map((array, shard) => () => open(array, shard)));
  return {
    format: 'npy',
    path,
    byteOrder: 'little',
    tensors: new TextMap(named.sort(([a], [b]) => compareText(a, b))),
    files: arrays.map(({ path: file }): CheckpointFile => {
      return { path: file, kind: 'data', byteLength: store.size(file) };
    }),
    roundTrip: record,
    metadata: record?.metadata,
    close: () => {
      for (const file of files) file.close();
    },
  };
}
