/**
 * Reading what is left of a damaged table: every data block whose checksum and entries are right. Where the footer or the
 * index block is lost, blocks are found by walking the entries from the start of the file: behind the last entry stand
 * the restarts, whose number follows from the entries, and a checksum that only a whole block has.
 */
import { checksumBytes } from '../bytes/checksum.ts';
import { unmaskCrc } from '../bytes/crc32c.ts';
import { type ByteSource, readBytes } from '../bytes/source.ts';
import { type Cursor, readVarint } from '../bytes/varint.ts';
import { CkptError } from '../errors.ts';
import { BlockCursor } from './block.ts';
import { BLOCK_BYTES, RESTART_INTERVAL, TRAILER_BYTES, TYPE_PLAIN } from './format.ts';
import { type BlockEntry, TableReader } from './table-reader.ts';

/** A block without entries: one restart, and that there is one. */
const EMPTY_BLOCK_BYTES = 8;

/** Told of each part that is damaged, with what is wrong with it. */
export type OnDamage = (error: CkptError) => void;

/** A block is cut once it holds its size; the entry that fills it is seldom longer than that. */
const MOST_BLOCK_BYTES = 4 * BLOCK_BYTES;

/** Places in a block that look like its end before one is: in a sound file none, in a hostile one as many as fit. */
const MOST_TRIES = 64;

/** A cursor for each sound data block of a table in order; `onDamage` hears of the others. */
export function* soundBlocks(source: ByteSource, what: string, onDamage: OnDamage): Generator<BlockCursor> {
  let table: TableReader;
  let blocks: readonly BlockEntry[];
  try {
    table = new TableReader(source, what);
    blocks = [...table.blocks()];
  } catch (error) {
    onDamage(ours(error));
    yield* foundBlocks(source, what);
    return;
  }
  for (const { handle } of blocks) {
    try {
      checkEntries(table.openBlock(handle));
    } catch (error) {
      onDamage(ours(error));
      continue;
    }
    yield table.openBlock(handle);
  }
}

function ours(error: unknown): CkptError {
  if (error instanceof CkptError) return error;
  throw error;
}

/** Throws where an entry of the block cannot be walked. */
function checkEntries(block: BlockCursor): void {
  while (block.next());
}

/** Blocks from the start of the file on, up to the first that is not whole, or empty: the metaindex follows the data. */
function* foundBlocks(source: ByteSource, what: string): Generator<BlockCursor> {
  for (let offset = 0; offset < source.byteLength; ) {
    const bytes = readBytes(source, offset, Math.min(source.byteLength - offset, MOST_BLOCK_BYTES));
    const length = wholeBlock(bytes);
    if (length === undefined || length === EMPTY_BLOCK_BYTES) return;
    const block = (): BlockCursor => new BlockCursor(bytes.subarray(0, length), `${what}: data block`);
    try {
      checkEntries(block());
    } catch (error) {
      ours(error);
      return;
    }
    yield block();
    offset += length + TRAILER_BYTES;
  }
}

/** The length of the contents of the plain block at the start of `bytes`, if a whole one stands there. */
function wholeBlock(bytes: Uint8Array): number | undefined {
  const cursor: Cursor = { bytes, at: 0, end: bytes.length };
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let entries = 0, tries = 0; tries < MOST_TRIES; entries++) {
    const restarts = Math.max(Math.ceil(entries / RESTART_INTERVAL), 1);
    const length = cursor.at + 4 * (restarts + 1);
    if (length + TRAILER_BYTES > bytes.length) return undefined;
    if (view.getUint32(cursor.at, true) === 0 && view.getUint32(length - 4, true) === restarts) {
      if (isWhole(bytes, length)) return length;
      tries++;
    }
    if (!skipEntry(cursor)) return undefined;
  }
  return undefined;
}

function isWhole(bytes: Uint8Array, length: number): boolean {
  if (bytes[length] !== TYPE_PLAIN) return false;
  const stored = new DataView(bytes.buffer, bytes.byteOffset + length + 1).getUint32(0, true);
  return unmaskCrc(stored) === checksumBytes(bytes.subarray(0, length + 1));
}

/** Steps over an entry; false where none can stand. */
function skipEntry(cursor: Cursor): boolean {
  try {
    readVarint(cursor);
    const unshared = readVarint(cursor);
    const valueLength = readVarint(cursor);
    if (unshared < 0 || valueLength < 0 || unshared + valueLength > cursor.end - cursor.at) return false;
    cursor.at += unshared + valueLength;
    return true;
  } catch (error) {
    ours(error);
    return false;
  }
}
