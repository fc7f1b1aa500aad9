/**
 * Opening a V1 checkpoint of which files are missing or damaged: the sound blocks of each file are read, and the records in
 * them give their tensors. Where the list of a file is lost, another file may list the same tensor; if none does, a record
 * must tell by itself what it holds. It names its place, and its values; neither the dtype of integers nor a shape of two
 * axes or more can be told by these.
 */

import { expectAll } from '../../bytes/missing.ts';
import { SourceReader } from '../../bytes/source-reader.ts';
import { TextMap } from '../../bytes/text-map.ts';
import { ChecksumError, CkptError, CorruptError, NotACheckpointError, UnsupportedError } from '../../errors.ts';
import type { Store } from '../../io/store.ts';
import { withFile } from '../../io/stored.ts';
import type { SavedSliceMeta } from '../../proto/saved-slices.ts';
import type { BlockHandle } from '../../sstable/format.ts';
import { largeEntries } from '../../sstable/large-block.ts';
import type { Shape } from '../../tensor/shape.ts';
import { decodeSliceKey } from '../../tensor/slice-key.ts';
import type { TensorSlice } from '../../tensor/tensor-slice.ts';
import type { DamagedCheckpoint, Found } from '../format.ts';
import { checkpointOf, withPromised } from './open.ts';
import { listedTensors } from './saved-slices.ts';
import { soundTable } from './sound-table.ts';
import { TableFile } from './table-file.ts';
import { dtypeOfField, fieldOf } from './value-field.ts';
import { countElements } from './value-source.ts';

/** What a record tells of its tensor, or what it does not. */
type Told = { readonly type: number; readonly shape: Shape } | 'dtype' | 'shape';

/** The files that are open, and those of them that have lost their list. */
class DamagedFiles {
  readonly files: TableFile[] = [];
  readonly unlisted: TableFile[] = [];
  readonly damage: CkptError[] = [];
  /** Whether nothing that any list names was lost: a footer at most, which names nothing. */
  isComplete = true;

  constructor(readonly store: Store) {}

  #note(error: CkptError, losesRecords: boolean): void {
    this.damage.push(error);
    if (losesRecords) this.isComplete = false;
  }

  open(path: string, shard: number): void {
    if (this.store.size(path) === undefined) {
      this.#note(new NotACheckpointError(`the shard ${path} is missing`, path), true);
      return;
    }
    try {
      this.files.push(new TableFile(this.store, path, shard));
    } catch (error) {
      if (!(error instanceof CkptError) || error instanceof UnsupportedError) throw error;
      this.#repair(path, shard);
    }
  }

  #repair(path: string, shard: number): void {
    let listLost = false;
    withFile(this.store, path, expectAll);
    try {
      const file = new TableFile(this.store, path, shard, (source) =>
        soundTable(
          source,
          path,
          (error, losesEntries) => this.#note(error, losesEntries),
          () => {
            listLost = true;
            this.isComplete = false;
          },
        ),
      );
      this.files.push(file);
      if (listLost) this.unlisted.push(file);
    } catch (error) {
      if (!(error instanceof CkptError) || error instanceof UnsupportedError) throw error;
      this.#note(error, true);
    }
  }

  close(): void {
    for (const file of this.files) file.close();
  }
}

/** Opens what is sound of a V1 checkpoint; throws a `CkptError` when no record of it is. */
export function openDamagedTables(store: Store, found: Found): DamagedCheckpoint {
  const all = withPromised(found);
  const opened = new DamagedFiles(store);
  try {
    for (const [shard, file] of all.files.entries()) opened.open(file, shard);
    const { files, damage } = opened;
    const untold = listByRecords(opened);
    const listed = listedTensors(files);
    for (const tensor of listed) tensor.problem = untold.get(tensor.name) ?? tensor.problem;
    const [problem] = damage;
    if (listed.length === 0 && problem !== undefined) throw unprovable(problem);
    return { ...checkpointOf(store, all, files, listed), damage, isComplete: opened.isComplete };
  } catch (error) {
    opened.close();
    throw error;
  }
}

/** Records have no checksums of their own, as tensors of V2 have: what lies in a block that is not whole is vouched for by nothing. */
function unprovable(cause: CkptError): CkptError {
  if (!(cause instanceof CorruptError || cause instanceof ChecksumError)) return cause;
  const message = `${cause.message}; no block of records is whole, and nothing else in a V1 checkpoint tells whether its values are right`;
  return new CorruptError(message, cause instanceof CorruptError ? cause.damage : { where: 'table' }, { cause });
}

/** Makes lists for the files that have none; returns what is wrong with the tensors of which too little is known. */
function listByRecords({ files, unlisted }: DamagedFiles): Map<string, CkptError> {
  const known = new TextMap<SavedSliceMeta>();
  for (const { meta } of files) for (const tensor of meta.tensors) known.set(tensor.name, tensor);
  const untold = new TextMap<CkptError>();
  for (const file of unlisted) {
    const tensors: SavedSliceMeta[] = [];
    for (const [name, slices] of storedSlices(file)) {
      const told = known.get(name) ?? toldBy(file, name, slices);
      if (typeof told === 'string') {
        const where = `tensor ${name}`;
        const message = `${where}: the list of ${file.path} is lost, and a record alone does not tell the ${told}`;
        untold.set(name, new CorruptError(message, { where, path: file.path }));
      }
      const { type, shape } = typeof told === 'string' ? { type: 0, shape: [] } : told;
      tensors.push({ name, type, shape, slices });
    }
    file.meta = { ...file.meta, tensors };
  }
  return untold;
}

/** The slices that are stored in a file, by the names of their tensors. */
function storedSlices(file: TableFile): Map<string, TensorSlice[]> {
  const stored = new TextMap<TensorSlice[]>();
  for (const { handle } of file.table.blocks()) {
    for (const key of keysOf(file, handle)) {
      if (key.length === 0) continue;
      try {
        const { name, slice } = decodeSliceKey(key);
        const slices = stored.get(name);
        if (slices === undefined) stored.set(name, [slice]);
        else slices.push(slice);
      } catch (error) {
        if (!(error instanceof CkptError)) throw error;
      }
    }
  }
  return stored;
}

function* keysOf({ table, values, path }: TableFile, handle: BlockHandle): Generator<Uint8Array> {
  if (values.isReadInPieces(handle)) {
    for (const { key } of largeEntries(table.source, handle, path)) yield key.slice();
    return;
  }
  const cursor = table.openBlock(handle, true);
  while (cursor.next()) yield cursor.key.slice(0, cursor.keyLength);
}

/** What the one record of a tensor tells: a slice of no axis, or the whole of one axis, has a shape by itself. */
function toldBy(file: TableFile, name: string, slices: readonly TensorSlice[]): Told {
  const [slice, ...others] = slices;
  if (slice === undefined || others.length > 0 || slice.length > 1) return 'shape';
  if (slice[0]?.length !== undefined) return 'shape';
  try {
    const values = file.record(name, slice)?.values;
    if (values === undefined || values.byteLength === 0) return 'dtype';
    const dtype = dtypeOfField(new SourceReader(values).varint() >>> 3);
    const field = dtype === undefined ? undefined : fieldOf(dtype);
    if (dtype === undefined || field === undefined) return 'dtype';
    return { type: dtype.number, shape: slice.length === 0 ? [] : [countElements(values, field)] };
  } catch (error) {
    if (error instanceof CkptError) return 'shape';
    throw error;
  }
}
