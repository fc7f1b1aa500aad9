/** The tensors of a bundle as a map that decodes its index as it is walked: nothing is held for a tensor not looked at. */
import { encodeText } from '../../bytes/text.ts';
import type { Cursor } from '../../bytes/varint.ts';
import { CkptError, CorruptError } from '../../errors.ts';
import { type BundleEntry, decodeBundleEntry, emptyEntry } from '../../proto/bundle.ts';
import type { BlockCursor } from '../../sstable/block.ts';
import { DerivedMap } from '../../tensor/derived-map.ts';
import { type DType, dtypeOfNumber, UNKNOWN_DTYPE } from '../../tensor/dtype.ts';
import { brokenTensor } from '../../tensor/partitioned.ts';
import type { Shape } from '../../tensor/shape.ts';
import type { ScannableMap, ScannedTensor, Tensor } from '../../tensor/tensor.ts';
import type { BundleIndex } from './bundle-index.ts';
import { type BundleFiles, BundleTensor, isPlainlySound } from './bundle-tensor.ts';

/** Writers align tensors to a cache line or a page, if to anything. */
const [LEAST_ALIGNED, MOST_ALIGNED] = [8, 4096];

/** Where data files would end by what an index says, noted entry by entry while it is walked for something else. */
export class DataEnds {
  /** By shard; a file without tensors has none. */
  readonly #ends: number[] = [];
  /** Whether every entry has told its place. */
  isComplete = true;
  /** The low bits that any place has. */
  #places = 0;

  constructor(readonly shards: number) {}

  /** Notes the place of a tensor, or of a part: they lie elsewhere than the tensor that lists them. */
  add({ shardId, offset, size, slices }: BundleEntry): void {
    if (slices.length > 0) return;
    if (shardId < 0 || shardId >= this.shards) this.isComplete = false;
    else if (size > 0) {
      this.#places |= offset & (MOST_ALIGNED - 1);
      if (offset + size > (this.#ends[shardId] ?? 0)) this.#ends[shardId] = offset + size;
    }
  }

  /** Whether a file of this size ends where a writer fills it up to, which puts every tensor at a multiple of some power of two. */
  isFilledUp(shard: number, size: number): boolean {
    const end = this.of(shard);
    for (let unit = MOST_ALIGNED; unit >= LEAST_ALIGNED; unit /= 2) {
      if ((this.#places & (unit - 1)) === 0 && size === Math.ceil(end / unit) * unit) return true;
    }
    return false;
  }

  of(shard: number): number {
    return this.#ends[shard] ?? 0;
  }
}

/** Three lengths, a byte of the name, and of the value a dtype, a size and a checksum. */
const FEWEST_ENTRY_BYTES = 13;

export class BundleTensors extends DerivedMap implements ScannableMap {
  /** What the last whole walk told of the data files. */
  dataEnds: DataEnds | undefined;

  constructor(
    readonly index: BundleIndex,
    readonly files: BundleFiles,
  ) {
    super();
  }

  get sizeAtMost(): number {
    return Math.floor(this.index.table.source.byteLength / FEWEST_ENTRY_BYTES);
  }

  hasMoreThan(most: number, longest: number): boolean {
    let count = 0;
    for (const cursor of this.index.blockCursors()) {
      while (cursor.next()) {
        if (cursor.keyLength <= longest && this.index.isTensorAt(cursor) && ++count > most) return true;
      }
    }
    return false;
  }

  /** The tensor under a cursor. */
  tensorAt(name: string, cursor: BlockCursor): Tensor {
    try {
      return new BundleTensor(name, decodeBundleEntry(cursor.value()), this.files);
    } catch (error) {
      return brokenTensor(entryProblem(name, error));
    }
  }

  override *entries(): MapIterator<[string, Tensor]> {
    for (const cursor of this.index.blockCursors()) {
      while (cursor.next()) {
        if (!this.index.isTensorAt(cursor)) continue;
        const name = cursor.keyText();
        yield [name, this.tensorAt(name, cursor)];
      }
    }
  }

  override *entriesAt(isWanted: (position: number) => boolean): MapIterator<[string, Tensor]> {
    let position = 0;
    for (const cursor of this.index.blockCursors()) {
      while (cursor.next()) {
        if (!this.index.isTensorAt(cursor) || !isWanted(position++)) continue;
        const name = cursor.keyText();
        yield [name, this.tensorAt(name, cursor)];
      }
    }
  }

  scan(visit: (facts: ScannedTensor) => void): void {
    const ends = new DataEnds(this.index.header.numShards);
    const facts = new EntryFacts(this, ends);
    for (const cursor of this.index.blockCursors()) {
      while (cursor.next()) {
        facts.position++;
        if (this.index.isTensorAt(cursor)) visit(facts.at(cursor));
        else if (cursor.keyLength > 0) facts.partAt(cursor);
      }
    }
    this.dataEnds = ends;
  }

  override *keys(): MapIterator<string> {
    for (const cursor of this.index.tensorEntries()) yield cursor.keyText();
  }

  /** Looked up, and not decoded. */
  override has(name: string): boolean {
    const key = encodeText(name);
    return key.length > 0 && !this.index.isSliceKey(key) && this.index.table.has(key);
  }

  override get(name: string): Tensor | undefined {
    const key = encodeText(name);
    if (key.length === 0 || this.index.isSliceKey(key)) return undefined;
    try {
      const entry = this.index.entryOf(key);
      return entry === undefined ? undefined : new BundleTensor(name, entry, this.files);
    } catch (error) {
      return brokenTensor(entryProblem(name, error));
    }
  }
}

/** The entry under a cursor as facts. Plain fields: they are set a million times. */
class EntryFacts implements ScannedTensor {
  nameBytes: Uint8Array = new Uint8Array(0);
  nameLength = 0;
  nameIsSimple = true;
  nameShared = 0;
  position = -1;
  dtype: DType = UNKNOWN_DTYPE;
  shape: Shape = [];
  byteLength = 0;
  problem: CkptError | undefined;
  isPlain = false;
  #cursor: BlockCursor | undefined;
  /** The entry under the cursor; what is kept of it is its shape. */
  readonly #entry = emptyEntry();
  readonly #value = { bytes: new Uint8Array(0) as Uint8Array, at: 0, end: 0 };

  constructor(
    readonly tensors: BundleTensors,
    readonly ends: DataEnds,
  ) {}

  get tensor(): Tensor {
    const cursor = this.#cursor as BlockCursor;
    return this.tensors.tensorAt(cursor.keyText(), cursor);
  }

  /** Notes where a part of a tensor lies. */
  partAt(cursor: BlockCursor): void {
    const entry = plainEntry(cursor.value(), this.#entry);
    if (entry === undefined) this.ends.isComplete = false;
    else this.ends.add(entry);
  }

  /** The quick way for an entry with nothing odd about it; any other becomes a tensor that answers. */
  at(cursor: BlockCursor): this {
    this.nameBytes = cursor.key;
    this.nameLength = cursor.keyLength;
    this.nameIsSimple = cursor.keyIsSimple;
    this.nameShared = cursor.keyShared;
    this.#cursor = cursor;
    this.#value.bytes = cursor.bytes;
    this.#value.at = cursor.valueStart;
    this.#value.end = cursor.valueEnd;
    const entry = plainEntry(this.#value, this.#entry);
    if (entry === undefined) this.ends.isComplete = false;
    else this.ends.add(entry);
    const dtype = entry === undefined ? undefined : dtypeOfNumber(entry.dtype);
    if (entry !== undefined && dtype !== undefined && isPlainlySound(dtype, entry)) {
      this.dtype = dtype;
      this.shape = entry.shape;
      this.byteLength = entry.size;
      this.problem = undefined;
      this.isPlain = true;
      return this;
    }
    const { tensor } = this;
    this.isPlain = false;
    this.dtype = tensor.dtype;
    this.shape = tensor.shape;
    this.byteLength = tensor.byteLength;
    this.problem = tensor.problem;
    return this;
  }
}

function plainEntry(value: Cursor, entry: BundleEntry): BundleEntry | undefined {
  try {
    return decodeBundleEntry(value, entry);
  } catch (error) {
    if (error instanceof CkptError) return undefined;
    throw error;
  }
}

/** What made an entry undecodable, told with its tensor's name; anything that is no {@link CkptError} is a bug and thrown on. */
export function entryProblem(name: string, error: unknown): CkptError {
  if (!(error instanceof CkptError)) throw error;
  const where = `entry of ${name}`;
  return new CorruptError(
    `tensor ${name}: its entry in the index cannot be decoded (${error.message})`,
    { where },
    { cause: error },
  );
}
