/**
 * Reading a table: opening takes the footer and the index block; data blocks are fetched, with their checksums, as a walk
 * or a look-up comes to them, one at a time.
 */
import { ByteWriter } from '../bytes/byte-writer.ts';
import { type ByteSource, readBytes } from '../bytes/source.ts';
import { compareBytes } from '../bytes/text.ts';
import type { Cursor } from '../bytes/varint.ts';
import { CorruptError } from '../errors.ts';
import { BlockCursor, readBlock } from './block.ts';
import {
  type BlockHandle,
  decodeFooter,
  decodeHandle,
  encodeFooter,
  FOOTER_BYTES,
  type Footer,
  TRAILER_BYTES,
} from './format.ts';

/** Where each data block lies and the separator that bounds it from above. */
export interface BlockEntry {
  readonly separator: Uint8Array;
  readonly handle: BlockHandle;
}

export class TableReader {
  readonly #indexBlock: Uint8Array;
  #cached: (BlockHandle & { readonly bytes: Uint8Array }) | undefined;
  /** What look-ups step through, and step through again: the index, and the data block of the last one. */
  #index: BlockCursor | undefined;
  #looked: (BlockHandle & { readonly cursor: BlockCursor }) | undefined;

  constructor(
    readonly source: ByteSource,
    readonly what: string = 'table',
  ) {
    if (source.byteLength < FOOTER_BYTES) {
      throw new CorruptError(
        `${what}: ${source.byteLength} bytes are too few for a table; the file is another format or cut off`,
        { where: what, offset: 0 },
      );
    }
    this.footer = decodeFooter(
      readBytes(source, source.byteLength - FOOTER_BYTES, FOOTER_BYTES),
      source.byteLength - FOOTER_BYTES,
    );
    this.#indexBlock = readBlock(source, this.footer.index, `${what}: index block`);
  }

  readonly footer: Footer;

  /** Reads what no look-up needs: throws {@link CorruptError} or a checksum error when the metaindex block is not sound. */
  checkMetaindex(): void {
    readBlock(this.source, this.footer.metaindex, `${this.what}: metaindex block`);
  }

  /** Whether the footer holds its two handles and zeros, as every writer leaves it. */
  hasCleanFooter(): boolean {
    const clean = new ByteWriter(FOOTER_BYTES);
    encodeFooter(clean, this.footer);
    return (
      compareBytes(clean.view(), readBytes(this.source, this.source.byteLength - FOOTER_BYTES, FOOTER_BYTES)) === 0
    );
  }

  /**
   * The data blocks in order, from the index block. Throws {@link CorruptError} once they take more bytes than the file has:
   * an index that names one block again and again would make a walk as long as it likes.
   */
  *blocks(): Generator<BlockEntry> {
    const what = `${this.what}: index block`;
    const cursor = new BlockCursor(this.#indexBlock, what);
    let bytes = 0;
    while (cursor.next()) {
      const handle = decodeHandle(cursor.value());
      const { offset, length } = handle;
      if (offset >= 0 && length >= 0 && offset + length <= this.source.byteLength) bytes += length + TRAILER_BYTES;
      if (bytes > this.source.byteLength)
        throw new CorruptError(`${what}: its blocks overlap`, { where: what, offset });
      yield { separator: cursor.key.slice(0, cursor.keyLength), handle };
    }
  }

  /** A cursor at the start of a data block; look-ups keep the last block, so that neighbours cost no read. */
  openBlock(handle: BlockHandle, keep = false): BlockCursor {
    const what = `${this.what}: data block`;
    if (this.#cached?.offset === handle.offset && this.#cached.length === handle.length)
      return new BlockCursor(this.#cached.bytes, what);
    const bytes = readBlock(this.source, handle, what);
    if (keep) this.#cached = { ...handle, bytes };
    return new BlockCursor(bytes, what);
  }

  /**
   * A cursor for each data block in order; the caller steps through one before it asks for the next. The first block is
   * kept for the next walk: a small table has no other.
   */
  *blockCursors(): Generator<BlockCursor> {
    let last: BlockCursor | undefined;
    for (const { handle } of this.blocks()) {
      const block = this.openBlock(handle, this.#cached === undefined);
      if (last !== undefined) block.follow(last.key.slice(0, last.keyLength));
      yield block;
      last = block;
    }
  }

  /** Walks every entry in key order. */
  *entries(): Generator<BlockCursor> {
    for (const block of this.blockCursors()) while (block.next()) yield block;
  }

  /** The value filed under exactly `key`, or undefined; borrowed until the next look-up. */
  get(key: Uint8Array): Cursor | undefined {
    return this.#find(key)?.value();
  }

  /** Whether a value is filed under exactly `key`. */
  has(key: Uint8Array): boolean {
    return this.#find(key) !== undefined;
  }

  #find(key: Uint8Array): BlockCursor | undefined {
    const handle = this.blockOf(key);
    if (handle === undefined) return undefined;
    if (this.#looked?.offset !== handle.offset || this.#looked.length !== handle.length)
      this.#looked = { ...handle, cursor: this.openBlock(handle, true) };
    const block = this.#looked.cursor;
    if (!block.seek(key) || block.keyLength !== key.length) return undefined;
    for (let i = 0; i < key.length; i++) if (block.key[i] !== key[i]) return undefined;
    return block;
  }

  /** The block that holds `key` if any does. */
  blockOf(key: Uint8Array): BlockHandle | undefined {
    this.#index ??= new BlockCursor(this.#indexBlock, `${this.what}: index block`);
    return this.#index.seek(key) ? decodeHandle(this.#index.value()) : undefined;
  }
}
