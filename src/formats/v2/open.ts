/** Opening a bundle: the index is read, the data files are only looked for. */
import { shellWord } from '../../bytes/shell-word.ts';
import type { ByteSource } from '../../bytes/source.ts';
import { CorruptError, NotACheckpointError } from '../../errors.ts';
import type { HeldFile } from '../../io/file-identity.ts';
import { filesAmong } from '../../io/file-source.ts';
import { recogniseFile } from '../../io/recognise.ts';
import { findShard, listShardFiles, type ShardFile } from '../../io/shard-files.ts';
import type { Store, StoredFile } from '../../io/store.ts';
import type { BundleEntry } from '../../proto/bundle.ts';
import type { TensorPart } from '../../tensor/tensor.ts';
import { formatTensorSlice } from '../../tensor/tensor-slice.ts';
import type { Checkpoint, CheckpointFile, Found } from '../format.ts';
import { BundleIndex } from './bundle-index.ts';
import { type BundleFiles, BundleTensor } from './bundle-tensor.ts';
import { BundleTensors } from './bundle-tensors.ts';

/** More shards than this in a header are listed only as far as they are there: the count is a number from a file. */
const MOST_LISTED_SHARDS = 100_000;

/** So many data files are measured for a note. */
const MOST_MEASURED = 1000;

/** Text that stands in the place of a file. The other kinds are told by a few bytes, which may as well begin a tensor. */
const STAND_INS = ['lfs-pointer', 'html'];

/** Throws {@link CorruptError} when a data file is plainly something that was put in its place. */
function checkContent(store: Store, path: string): void {
  const foreign = recogniseFile(store, path);
  if (foreign === undefined || !STAND_INS.includes(foreign.kind)) return;
  throw new CorruptError(`the data file ${path} ${foreign.sentence}`, { where: 'data file', path });
}

/** The files behind a bundle: its index, and its data files as they are asked for. */
export class Bundle implements BundleFiles {
  readonly index: BundleIndex;
  readonly tensors: BundleTensors;
  #present: readonly ShardFile[] | undefined;
  readonly #paths = new Map<number, string>();
  readonly #open = new Map<number, StoredFile>();

  constructor(
    readonly store: Store,
    readonly prefix: string,
    table?: ByteSource,
  ) {
    this.index = new BundleIndex(store, prefix, table);
    this.tensors = new BundleTensors(this.index, this);
  }

  get byteOrder(): 'little' | 'big' {
    return this.index.header.byteOrder;
  }

  /** The data files that are there, looked for when they first matter. */
  get present(): readonly ShardFile[] {
    this.#present ??= listShardFiles(this.store, this.prefix);
    return this.#present;
  }

  dataPath(shard: number): string {
    let path = this.#paths.get(shard);
    if (path === undefined) {
      path = findShard(this.prefix, shard, this.index.header.numShards, this.present);
      this.#paths.set(shard, path);
    }
    return path;
  }

  dataFile(shard: number): ByteSource {
    let file = this.#open.get(shard);
    if (file === undefined) {
      const path = this.dataPath(shard);
      if (this.store.size(path) === undefined) {
        throw new NotACheckpointError(
          `the data file ${path} is missing; the index is there, so names and shapes are known; ckpt doctor ${shellWord(this.prefix)} looks for it`,
          path,
        );
      }
      if (this.store.isDistant !== true) checkContent(this.store, path);
      file = this.store.open(path);
      this.#open.set(shard, file);
    }
    return file;
  }

  partsOf(name: string, entry: BundleEntry): readonly TensorPart[] {
    return entry.slices.map((slice) => {
      const part = this.index.sliceEntryOf(name, slice);
      const where = `part ${formatTensorSlice(slice)} of ${name}`;
      if (part === undefined) throw new CorruptError(`tensor ${name}: its ${where} is not in the index`, { where });
      return { slice, tensor: new BundleTensor(where, { ...part, slices: [] }, this) };
    });
  }

  /** The index and the data files, those that are missing too. */
  files(): CheckpointFile[] {
    const { numShards } = this.index.header;
    const files: CheckpointFile[] = [{ path: this.index.path, kind: 'index', byteLength: this.index.file.byteLength }];
    const shards = numShards > MOST_LISTED_SHARDS ? this.present.length : numShards;
    for (let shard = 0; shard < shards; shard++) {
      const path = this.dataPath(shard);
      files.push({ path, kind: 'data', byteLength: this.store.size(path) });
    }
    return files;
  }

  /** Data files of another length than the tensors need that were walked; an index that was not walked tells nothing. */
  sizeNotes(): string[] {
    const { dataEnds: ends } = this.tensors;
    if (ends === undefined || this.store.isDistant === true) return [];
    const notes: string[] = [];
    for (let shard = 0; shard < Math.min(ends.shards, MOST_MEASURED); shard++) {
      const [path, end] = [this.dataPath(shard), ends.of(shard)];
      const size = this.store.size(path);
      if (size === undefined || (size >= end && (!ends.isComplete || size === end || ends.isFilledUp(shard, size))))
        continue;
      const what = size < end ? 'shorter' : 'longer';
      notes.push(
        `${path} is ${what} than its tensors need: ${size} bytes for ${end}; ckpt doctor ${shellWord(this.prefix)} says more`,
      );
    }
    return notes;
  }

  heldFiles(): HeldFile[] {
    return filesAmong([this.index.file, ...this.#open.values()]);
  }

  close(): void {
    this.index.file.close();
    for (const file of this.#open.values()) file.close();
    this.#open.clear();
  }
}

/** An open checkpoint with what stands behind it. */
export interface OpenBundle extends Checkpoint {
  readonly bundle: Bundle;
}

/** Whether a checkpoint is a bundle that {@link openBundle} gave. */
export function isOpenBundle(checkpoint: Checkpoint): checkpoint is OpenBundle {
  return 'bundle' in checkpoint && checkpoint.bundle instanceof Bundle;
}

/** Opens a bundle by its index or by a `table` in its place; throws a `CkptError` when that is no sound one. */
export function openBundle(store: Store, { prefix }: Found, table?: ByteSource): OpenBundle {
  const bundle = new Bundle(store, prefix, table);
  return {
    bundle,
    format: 'v2',
    path: prefix,
    byteOrder: bundle.byteOrder,
    tensors: bundle.tensors,
    get files() {
      return bundle.files();
    },
    sizeNotes: () => bundle.sizeNotes(),
    heldFiles: () => bundle.heldFiles(),
    close: () => bundle.close(),
  };
}
