/**
 * The index of a bundle: a table whose first key, the empty one, holds the header; every other key holds an entry. Keys
 * of stored slices lie in the same table, right after the header, and are no tensors of their own.
 */
import { expectAll } from '../../bytes/missing.ts';
import type { ByteSource } from '../../bytes/source.ts';
import { encodeText } from '../../bytes/text.ts';
import { CkptError, CorruptError, NotACheckpointError } from '../../errors.ts';
import { indexName } from '../../io/shard-names.ts';
import type { Store, StoredFile } from '../../io/store.ts';
import { type BundleEntry, type BundleHeader, decodeBundleEntry, decodeBundleHeader } from '../../proto/bundle.ts';
import type { BlockCursor } from '../../sstable/block.ts';
import { TableReader } from '../../sstable/table-reader.ts';
import { decodeSliceKey, encodeSliceKey } from '../../tensor/slice-key.ts';
import type { TensorSlice } from '../../tensor/tensor-slice.ts';
import { formatTensorSlice } from '../../tensor/tensor-slice.ts';
import { checkVersion } from '../version-check.ts';

/** First byte of the value under the empty key of a V1 file, where an index has its header. */
const V1_TAG = 0x0a;

/** The bundle version this reads (`kTensorBundleVersion`). */
const VERSION = 1;

export class BundleIndex {
  readonly path: string;
  readonly file: StoredFile;
  readonly table: TableReader;
  readonly header: BundleHeader;
  /** The tensor whose slice keys were checked last; they stand side by side. */
  #lastSliced: { readonly name: string; readonly slices: ReadonlySet<string> } | undefined;

  /** Reads the index file of a prefix, or, where that is damaged, the `table` that was made of what is sound in it. */
  constructor(store: Store, prefix: string, table?: ByteSource) {
    this.path = indexName(prefix);
    this.file = store.open(this.path);
    try {
      expectAll(this.file);
      this.table = new TableReader(table ?? this.file, this.path);
      this.header = this.#readHeader();
      checkVersion(this.header.version, VERSION, 'bundle', this.path);
    } catch (error) {
      this.file.close();
      throw error;
    }
  }

  #readHeader(): BundleHeader {
    for (const cursor of this.table.entries()) {
      if (cursor.keyLength === 0 && cursor.bytes[cursor.valueStart] === V1_TAG) throw this.#isV1();
      if (cursor.keyLength === 0) return decodeBundleHeader(cursor.value());
      break;
    }
    throw new CorruptError(`${this.path}: the header entry is missing, so this is no index of a bundle`, {
      where: 'bundle header',
      path: this.path,
    });
  }

  #isV1(): NotACheckpointError {
    const { path } = this;
    const name = path.replace(/\.index$/, '');
    return new NotACheckpointError(`${path} is a V1 checkpoint, which has no index; rename it to ${name}`, path);
  }

  /** Walks the entries of tensors in key order, the header and the slices left out. */
  *tensorEntries(): Generator<BlockCursor> {
    for (const cursor of this.table.entries()) if (this.isTensorAt(cursor)) yield cursor;
  }

  /** A cursor for each block in turn: who walks a million entries steps through them without a generator in between. */
  blockCursors(): Generator<BlockCursor> {
    return this.table.blockCursors();
  }

  /** Whether the entry under a cursor is a tensor, and not the header or a stored slice. */
  isTensorAt(cursor: BlockCursor): boolean {
    if (cursor.keyLength === 0) return false;
    return cursor.key[0] !== 0 || !this.isSliceKey(cursor.key.slice(0, cursor.keyLength));
  }

  /** Whether a key belongs to a slice that its tensor's entry lists; a tensor's own name may start with a zero byte too. */
  isSliceKey(key: Uint8Array): boolean {
    if (key[0] !== 0) return false;
    try {
      const { name, slice } = decodeSliceKey(key);
      if (this.#lastSliced?.name !== name) {
        const slices = this.entryOf(encodeText(name))?.slices ?? [];
        this.#lastSliced = { name, slices: new Set(slices.map(formatTensorSlice)) };
      }
      return this.#lastSliced.slices.has(formatTensorSlice(slice));
    } catch (error) {
      if (error instanceof CkptError) return false;
      throw error;
    }
  }

  /** The entry filed under exactly these bytes, or undefined. */
  entryOf(key: Uint8Array): BundleEntry | undefined {
    const value = this.table.get(key);
    return value === undefined ? undefined : decodeBundleEntry(value);
  }

  /** The entry of one stored slice of a tensor, or undefined. */
  sliceEntryOf(name: string, slice: TensorSlice): BundleEntry | undefined {
    return this.entryOf(encodeSliceKey(name, slice));
  }
}
