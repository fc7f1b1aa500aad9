/**
 * The sorted table that TensorFlow took from LevelDB: every V2 index and every V1 file is one.
 *
 *     file    data block ... | metaindex block | index block | footer, 48 bytes
 *     stored  contents | type, 1 byte | masked CRC-32C of contents and type, 4 bytes
 *     block   entry ... | offset of each restart, 4 bytes | number of restarts, 4 bytes
 *     entry   varint shared | varint unshared | varint value length | key bytes from `shared` on | value
 *     footer  handle of the metaindex | handle of the index | zeros up to 40 bytes | magic, 8 bytes
 *     handle  varint offset | varint length of the contents
 *
 * An entry shares its first `shared` bytes with the key before it; at a restart it shares none. The index block has one
 * entry a data block: a separator not below the block's last key, and the block's handle. The metaindex block is empty.
 *
 *     00 01 03 61 78 79 7a    key "a", nothing shared, value "xyz"
 *     01 01 01 62 21          key "ab": one byte shared, one new, value "!"
 *
 * Source: tensorflow's core/lib/io/{format,block,block_builder,table,table_builder}.cc and table_options.h.
 */
import type { ByteWriter } from '../bytes/byte-writer.ts';
import { type Cursor, readVarint } from '../bytes/varint.ts';
import { CorruptError } from '../errors.ts';

export const FOOTER_BYTES = 48;
export const MAGIC = Uint8Array.of(0x57, 0xfb, 0x80, 0x8b, 0x24, 0x75, 0x47, 0xdb);
/** Type byte and checksum that follow the contents of every block. */
export const TRAILER_BYTES = 5;
export const TYPE_PLAIN = 0;
export const TYPE_SNAPPY = 1;

/** TensorFlow's writer: a block is cut once it holds this much. */
export const BLOCK_BYTES = 262144;
export const RESTART_INTERVAL = 16;

/** A key and its value, borrowed: the first `keyLength` bytes of `key`, and `bytes` from `valueStart` to `valueEnd`. */
export interface TableEntry {
  readonly key: Uint8Array;
  readonly keyLength: number;
  readonly bytes: Uint8Array;
  readonly valueStart: number;
  readonly valueEnd: number;
}

/** A key and a value in arrays of their own, as an entry. */
export function entryOf(key: Uint8Array, value: Uint8Array): TableEntry {
  return { key, keyLength: key.length, bytes: value, valueStart: 0, valueEnd: value.length };
}

export interface BlockHandle {
  readonly offset: number;
  /** Bytes of the contents, without the trailer. */
  readonly length: number;
}

export interface Footer {
  readonly metaindex: BlockHandle;
  readonly index: BlockHandle;
}

export function decodeHandle(cursor: Cursor): BlockHandle {
  const offset = readVarint(cursor);
  const length = readVarint(cursor);
  return { offset, length };
}

export function encodeHandle(writer: ByteWriter, handle: BlockHandle): void {
  writer.varint(handle.offset).varint(handle.length);
}

/** Whether the last bytes of a file are a table's magic number. */
export function hasMagic(tail: Uint8Array): boolean {
  return tail.length >= MAGIC.length && MAGIC.every((byte, i) => tail[tail.length - MAGIC.length + i] === byte);
}

/** Decodes the last 48 bytes of a file; throws {@link CorruptError}. */
export function decodeFooter(bytes: Uint8Array, offset: number): Footer {
  if (!hasMagic(bytes)) {
    throw new CorruptError(
      'not a table: the magic number at its end is missing; the file is another format or cut off',
      {
        where: 'table footer',
        offset: offset + FOOTER_BYTES - MAGIC.length,
      },
    );
  }
  const cursor: Cursor = { bytes, at: 0, end: FOOTER_BYTES - MAGIC.length };
  const metaindex = decodeHandle(cursor);
  return { metaindex, index: decodeHandle(cursor) };
}

export function encodeFooter(writer: ByteWriter, footer: Footer): void {
  const start = writer.length;
  encodeHandle(writer, footer.metaindex);
  encodeHandle(writer, footer.index);
  while (writer.length < start + FOOTER_BYTES - MAGIC.length) writer.byte(0);
  writer.bytes(MAGIC);
}
