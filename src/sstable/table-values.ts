/** The values of a table one by one, read in pieces: for tables whose values may be larger than memory. */
import { type ByteSource, RegionSource } from '../bytes/source.ts';
import { compareBytes } from '../bytes/text.ts';
import { type BlockHandle, TYPE_PLAIN } from './format.ts';
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
  constructor(readonly table: TableReader) {}

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
    const what = `${this.table.what}: data block`;
    if (this.isReadInPieces(block)) {
      for (const entry of largeEntries(this.table.source, block, what)) {
        if (compareBytes(entry.key, key) !== 0) continue;
        return { source: new RegionSource(this.table.source, entry.offset, entry.length), block, offset: entry.offset };
      }
      return undefined;
    }
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

  /** Throws a `CkptError` unless a data block matches its checksum; memory is bounded whatever its length. */
  checkBlock(handle: BlockHandle): void {
    if (this.isReadInPieces(handle)) checkLargeBlock(this.table.source, handle, `${this.table.what}: data block`);
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
