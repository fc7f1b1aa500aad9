/** The values of a table one by one, read in pieces: for tables whose values may be larger than memory. */
import { type ByteSource, RegionSource } from '../bytes/source.ts';
import { compareBytes } from '../bytes/text.ts';
import { CorruptError } from '../errors.ts';
import { type BlockHandle, TYPE_PLAIN } from './format.ts';
import { KeyMarks } from './key-marks.ts';
import { checkLargeBlock, isReadInPieces, largeEntries, readTrailer } from './large-block.ts';
import type { TableReader } from './table-reader.ts';

/** A value of the table, and where it lies. */
export interface FoundValue {
  readonly source: ByteSource;
  /** The block it is in. */
  readonly block: BlockHandle;
  /** Where the value starts in the file; where its block starts if that is compressed. */
  readonly offset: number;
}

export class TableValues {
  /** Of blocks that are read in pieces, by their offsets. */
  readonly #marks = new Map<number, KeyMarks>();
  readonly #what: string;

  constructor(readonly table: TableReader) {
    this.#what = `${table.what}: data block`;
  }

  /** Whether a block is read in pieces: it is large, and stored as it is. */
  isReadInPieces(handle: BlockHandle): boolean {
    return isReadInPieces(this.table.source, handle, this.table.what);
  }

  /**
   * The value filed under exactly `key`, or undefined, to be read piece by piece. A large block is not checked against its
   * checksum: {@link checkBlock} does that.
   */
  find(key: Uint8Array): FoundValue | undefined {
    const block = this.table.blockOf(key);
    if (block === undefined) return undefined;
    if (this.isReadInPieces(block)) return this.#findInPieces(block, key);
    const cursor = this.table.openBlock(block, true);
    if (!cursor.seek(key) || compareBytes(cursor.key.subarray(0, cursor.keyLength), key) !== 0) return undefined;
    const { valueStart, valueEnd } = cursor;
    if (readTrailer(this.table.source, block).type === TYPE_PLAIN) {
      const offset = block.offset + valueStart;
      return { source: new RegionSource(this.table.source, offset, valueEnd - valueStart), block, offset };
    }
    const plain = new PlainContents(this.table, block, cursor.bytes.length);
    return { source: new RegionSource(plain, valueStart, valueEnd - valueStart), block, offset: block.offset };
  }

  #findInPieces(block: BlockHandle, key: Uint8Array): FoundValue | undefined {
    const found = (offset: number, length: number): FoundValue => {
      return { source: new RegionSource(this.table.source, offset, length), block, offset };
    };
    const around = this.#marksOf(block).around(key);
    if (around === undefined) return undefined;
    const { mark, next } = around;
    if (compareBytes(mark.key, key) === 0) return found(mark.start, mark.end - mark.start);
    for (const entry of largeEntries(this.table.source, block, this.#what, mark, next?.end)) {
      const order = compareBytes(entry.key, key);
      if (order === 0) return found(entry.offset, entry.length);
      if (order > 0) break;
    }
    return undefined;
  }

  /** Marks up to where the block breaks the format, if it does: a search that comes there meets it. */
  #marksOf(block: BlockHandle): KeyMarks {
    const known = this.#marks.get(block.offset);
    if (known !== undefined) return known;
    const marks = new KeyMarks(block.length);
    this.#marks.set(block.offset, marks);
    try {
      for (const { key, offset, length } of largeEntries(this.table.source, block, this.#what))
        marks.note(key, offset, offset + length);
    } catch (error) {
      if (!(error instanceof CorruptError)) throw error;
    }
    return marks;
  }

  /** Throws a `CkptError` unless a data block matches its checksum; memory is bounded whatever its length. */
  checkBlock(handle: BlockHandle): void {
    if (this.isReadInPieces(handle)) checkLargeBlock(this.table.source, handle, this.#what);
    else this.table.openBlock(handle, true);
  }
}

/** The contents of a compressed block, unpacked when they are read; the table keeps the last block. */
class PlainContents implements ByteSource {
  constructor(
    readonly table: TableReader,
    readonly handle: BlockHandle,
    readonly byteLength: number,
  ) {}
  readInto(target: Uint8Array, offset: number): void {
    const { bytes } = this.table.openBlock(this.handle, true);
    target.set(bytes.subarray(offset, offset + target.length));
  }
}
