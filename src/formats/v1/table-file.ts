/** One file of a V1 checkpoint: a table whose empty key says which slices of which tensors lie in it. */
import { type ByteSource, RegionSource, type Run } from '../../bytes/source.ts';
import { SourceReader } from '../../bytes/source-reader.ts';
import { SteadySource } from '../../bytes/steady-source.ts';
import { CorruptError, UnreadableError, UnsupportedError } from '../../errors.ts';
import type { Store, StoredFile } from '../../io/store.ts';
import { type GeneratorBundle, generatorBundleOf } from '../../proto/generator-bundle.ts';
import { decodeSavedMeta, RECORD_TAGS, type SavedTensorSliceMeta } from '../../proto/saved-slices.ts';
import { DELIMITED, FIXED32, FIXED64, VARINT } from '../../proto/wire.ts';
import { TableReader } from '../../sstable/table-reader.ts';
import { type FoundValue, TableValues } from '../../sstable/table-values.ts';
import { encodeSliceKey } from '../../tensor/slice-key.ts';
import type { TensorSlice } from '../../tensor/tensor-slice.ts';
import { checkVersion } from '../version-check.ts';

/** The version this reads (`TF_CHECKPOINT_VERSION`). */
const VERSION = 1;

/** A record and what stands in it. */
export interface SavedRecord {
  readonly found: FoundValue;
  /** The fields that say whose values these are, encoded. */
  readonly name: ByteSource | undefined;
  readonly slice: ByteSource | undefined;
  /** The TensorProto that holds the values; empty for none. */
  readonly values: ByteSource;
}

const NOTHING: ByteSource = { byteLength: 0, readInto: () => undefined };

/** The delimited fields of a message that may be large, by tag; throws {@link CorruptError} for one that stands there twice. */
function fieldsOf(message: ByteSource): Map<number, ByteSource> {
  const reader = new SourceReader(message);
  const fields = new Map<number, ByteSource>();
  while (reader.position < message.byteLength) {
    const tag = reader.varint();
    const wireType = tag & 7;
    if (wireType === DELIMITED) {
      const length = reader.varint();
      const start = reader.position;
      reader.skip(length);
      if (fields.has(tag)) throw new CorruptError(`a field ${tag >> 3} that stands there twice`, { where: 'record' });
      fields.set(tag, new RegionSource(message, start, length));
    } else if (wireType === VARINT) reader.varint();
    else if (wireType === FIXED32 || wireType === FIXED64) reader.skip(wireType === FIXED32 ? 4 : 8);
    else throw new CorruptError(`wire type ${wireType} in a record`, { where: 'record', offset: reader.position });
  }
  return fields;
}

/** A block is summed in one pass and its values are read in another: what was put there in between is not used. */
function changed(path: string): UnreadableError {
  return new UnreadableError(`${path} changed while it was read; do it again when nobody writes there`, path);
}

/** Where the checkpoint lies in a bundle. */
function placeOf(bundle: GeneratorBundle | undefined, path: string): Run | undefined {
  const [place, ...others] = bundle?.checkpoints ?? [];
  if (others.length === 0) return place;
  throw new UnsupportedError(
    `${path} is a Magenta bundle of ${others.length + 1} checkpoints; this version reads those of one`,
    'magenta',
  );
}

export class TableFile {
  readonly file: StoredFile;
  /** The Magenta bundle that the file is, where it is one. */
  readonly bundle: GeneratorBundle | undefined;
  /** Where the table begins in the file: not at its first byte in a bundle. */
  readonly start: number;
  readonly table: TableReader;
  readonly values: TableValues;
  /** What the file lists; forgotten where it was brought together with what others list. */
  meta: SavedTensorSliceMeta;
  /** Offsets of the blocks that are known to match their checksums. */
  readonly #sound = new Set<number>();

  constructor(
    store: Store,
    readonly path: string,
    /** Place of the file among those of its checkpoint. */
    readonly shard: number,
    /** Makes the table to read in the place of a damaged file; places in the file stay the same. */
    repair: (file: ByteSource) => ByteSource = (file) => file,
  ) {
    this.file = store.open(path);
    try {
      this.bundle = generatorBundleOf(this.file);
      const place = placeOf(this.bundle, path);
      this.start = place?.offset ?? 0;
      const steady = new SteadySource(this.file, () => changed(path));
      const own = place === undefined ? steady : new RegionSource(steady, place.offset, place.length);
      this.table = new TableReader(repair(own), path);
      this.values = new TableValues(this.table);
      this.meta = this.#readMeta();
      checkVersion(this.meta.versions, VERSION, 'checkpoint', path);
    } catch (error) {
      this.file.close();
      throw error;
    }
  }

  #readMeta(): SavedTensorSliceMeta {
    for (const cursor of this.table.entries()) {
      if (cursor.keyLength === 0) return decodeSavedMeta(cursor.value());
      break;
    }
    throw new CorruptError(`${this.path}: the list of its tensors is missing, so this is no V1 checkpoint`, {
      where: 'table',
      path: this.path,
    });
  }

  /** Where the record of a slice lies; undefined where there is none. */
  find(name: string, slice: TensorSlice): FoundValue | undefined {
    return this.values.find(encodeSliceKey(name, slice));
  }

  /** The record of a slice, taken apart; undefined where there is none. */
  record(name: string, slice: TensorSlice): SavedRecord | undefined {
    const found = this.find(name, slice);
    return found === undefined ? undefined : this.recordAt(found);
  }

  /** The record that lies there, taken apart. */
  recordAt(found: FoundValue): SavedRecord {
    this.checkBlock(found);
    const data = fieldsOf(found.source).get(RECORD_TAGS.data);
    const fields = data === undefined ? undefined : fieldsOf(data);
    return {
      found,
      name: fields?.get(RECORD_TAGS.name),
      slice: fields?.get(RECORD_TAGS.slice),
      values: fields?.get(RECORD_TAGS.values) ?? NOTHING,
    };
  }

  /** Checks the block that a record is in against its checksum, once. */
  checkBlock({ block }: FoundValue): void {
    if (this.#sound.has(block.offset)) return;
    this.values.checkBlock(block);
    this.#sound.add(block.offset);
  }

  /** Lets go of the list, which may be of a million tensors. */
  forgetList(): void {
    this.meta = { ...this.meta, tensors: [] };
  }

  close(): void {
    this.file.close();
  }
}
