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
import { BlockCursor, readBlock } from './block.ts';
import { BLOCK_BYTES, type BlockHandle, RESTART_INTERVAL, TRAILER_BYTES, TYPE_PLAIN } from './format.ts';
import { checkLargeBlock, isReadInPieces, largeEntries, readTrailer } from './large-block.ts';
import { entriesBeforeCut, entriesInDamage, type LooseEntries } from './loose-entries.ts';
import { type BlockEntry, TableReader } from './table-reader.ts';

/** A block without entries: one restart, and that there is one. */
const EMPTY_BLOCK_BYTES = 8;

/** Told of each part that is damaged, with what is wrong with it, and whether entries may have been lost with it. */
export type OnDamage = (error: CkptError, losesEntries: boolean) => void;

/** A block is cut once it holds its size; the entry that fills it is seldom longer than that. */
const MOST_BLOCK_BYTES = 4 * BLOCK_BYTES;

/** ObjectPaths in a block that look like its end before one is: in a sound file none, in a hostile one as many as fit. */
const MOST_TRIES = 64;

/** A data block that matches its checksum and whose entries can be walked. */
export interface SoundBlock {
  readonly handle: BlockHandle;
  /** Its first key and its last; none in a block without entries. */
  readonly keys: { readonly first: Uint8Array; readonly last: Uint8Array } | undefined;
}

/** A data block that is not whole, or does not match its checksum. */
export interface LooseBlock {
  /** Up to where the next block, or the end of the file, begins. */
  readonly handle: BlockHandle;
  /** Whether its end, which would hold its checksum, was not found. */
  readonly hasNoEnd: boolean;
  /** No key in it is above this one. */
  readonly separator: Uint8Array | undefined;
}

export const isSound = (block: SoundBlock | LooseBlock): block is SoundBlock => 'keys' in block;

/** Where each sound data block of a table lies, in order; `onDamage` hears of the others. No large block is held. */
export function* soundHandles(source: ByteSource, what: string, onDamage: OnDamage): Generator<SoundBlock> {
  for (const block of tableBlocks(source, what, onDamage)) if (isSound(block)) yield block;
}

/** Where the data blocks of a table lie, in order, sound or not; `onDamage` hears of what is wrong. */
export function* tableBlocks(source: ByteSource, what: string, onDamage: OnDamage): Generator<SoundBlock | LooseBlock> {
  let blocks: readonly BlockEntry[];
  try {
    blocks = [...new TableReader(source, what).blocks()];
  } catch (error) {
    const isComplete = yield* foundBlocks(source, what);
    onDamage(ours(error), !isComplete);
    return;
  }
  for (const { handle, separator } of blocks) {
    const block = checked(source, handle, what);
    if (!(block instanceof CkptError)) yield block;
    else {
      onDamage(block, true);
      yield { handle, hasNoEnd: false, separator };
    }
  }
}

function ours(error: unknown): CkptError {
  if (error instanceof CkptError) return error;
  throw error;
}

/** What can be read of a block that is not sound. */
export function looseEntriesOf(source: ByteSource, { handle, hasNoEnd }: LooseBlock): LooseEntries {
  const { offset, length } = handle;
  const most = Math.max(Math.min(length, source.byteLength - offset, MOST_BLOCK_BYTES), 0);
  const bytes = readBytes(source, offset, most);
  return hasNoEnd ? entriesBeforeCut(bytes) : entriesInDamage(bytes);
}

/** A cursor for the entries of a sound block. */
export function cursorAt(source: ByteSource, handle: BlockHandle, what: string): BlockCursor {
  return new BlockCursor(readBlock(source, handle, `${what}: data block`), `${what}: data block`);
}

/** The block at a place, or what is wrong with it. */
function checked(source: ByteSource, handle: BlockHandle, what: string): SoundBlock | CkptError {
  try {
    let first: Uint8Array | undefined;
    let last: Uint8Array | undefined;
    if (isReadInPieces(source, handle, what)) {
      checkLargeBlock(source, handle, `${what}: data block`);
      for (const { key } of largeEntries(source, handle, `${what}: data block`)) {
        first ??= key.slice();
        last = key;
      }
    } else {
      const cursor = cursorAt(source, handle, what);
      while (cursor.next()) first ??= cursor.key.slice(0, cursor.keyLength);
      last = cursor.key.slice(0, cursor.keyLength);
    }
    return { handle, keys: first === undefined || last === undefined ? undefined : { first, last: last.slice() } };
  } catch (error) {
    return ours(error);
  }
}

/**
 * Blocks from the start of the file on, up to the first that is not whole. Returns whether they are all: the metaindex, a block
 * without entries, follows the data.
 */
function* foundBlocks(source: ByteSource, what: string): Generator<SoundBlock | LooseBlock, boolean> {
  for (let offset = 0; offset < source.byteLength; ) {
    const length = wholeBlock(source, offset);
    if (length === EMPTY_BLOCK_BYTES || (offset > 0 && isCutMetaindex(source, offset))) return true;
    const block = length === undefined ? undefined : checked(source, { offset, length }, what);
    if (length === undefined || block === undefined || block instanceof CkptError) {
      const rest = { offset, length: Math.min(source.byteLength - offset, MOST_BLOCK_BYTES) };
      yield { handle: rest, hasNoEnd: true, separator: undefined };
      return false;
    }
    yield block;
    offset += length + TRAILER_BYTES;
  }
  return false;
}

/** Whether a file ends inside its metaindex: two zeros begin no block with entries, save the first of a table. */
function isCutMetaindex(source: ByteSource, offset: number): boolean {
  const left = source.byteLength - offset;
  if (left < 2 || left >= EMPTY_BLOCK_BYTES + TRAILER_BYTES) return false;
  const rest = readBytes(source, offset, Math.min(left, EMPTY_BLOCK_BYTES));
  return rest.every((byte, i) => byte === (i === 4 ? 1 : 0));
}

/** The length of the contents of the plain block that starts at `offset`, if a whole one does. */
function wholeBlock(source: ByteSource, offset: number): number | undefined {
  const bytes = readBytes(source, offset, Math.min(source.byteLength - offset, MOST_BLOCK_BYTES));
  const cursor: Cursor = { bytes, at: 0, end: bytes.length };
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let entries = 0, tries = 0; tries < MOST_TRIES; entries++) {
    const restarts = restartsOf(entries);
    const length = cursor.at + 4 * (restarts + 1);
    if (length + TRAILER_BYTES > bytes.length) return wholeLargeBlock(source, { offset, length }, restarts);
    if (view.getUint32(cursor.at, true) === 0 && view.getUint32(length - 4, true) === restarts) {
      if (isWhole(bytes, length)) return length;
      tries++;
    }
    const end = entryEnd(cursor);
    if (end === undefined) return undefined;
    if (end > bytes.length) {
      const left = restartsOf(entries + 1);
      return wholeLargeBlock(source, { offset, length: end + 4 * (left + 1) }, left);
    }
    cursor.at = end;
  }
  return undefined;
}

const restartsOf = (entries: number): number => Math.max(Math.ceil(entries / RESTART_INTERVAL), 1);

/** The length of a block whose last entry is too long to be held: the block was cut behind it. */
function wholeLargeBlock(source: ByteSource, handle: BlockHandle, restarts: number): number | undefined {
  const { offset, length } = handle;
  if (offset + length + TRAILER_BYTES > source.byteLength) return undefined;
  const stored = new DataView(readBytes(source, offset + length - 4, 4).buffer).getUint32(0, true);
  if (stored !== restarts || readTrailer(source, handle).type !== TYPE_PLAIN) return undefined;
  try {
    checkLargeBlock(source, handle, 'data block');
    return length;
  } catch (error) {
    ours(error);
    return undefined;
  }
}

function isWhole(bytes: Uint8Array, length: number): boolean {
  if (bytes[length] !== TYPE_PLAIN) return false;
  const stored = new DataView(bytes.buffer, bytes.byteOffset + length + 1).getUint32(0, true);
  return unmaskCrc(stored) === checksumBytes(bytes.subarray(0, length + 1));
}

/** Where the entry under the cursor ends, which may be behind the bytes that are there; undefined where none can stand. */
function entryEnd(cursor: Cursor): number | undefined {
  try {
    readVarint(cursor);
    const unshared = readVarint(cursor);
    const valueLength = readVarint(cursor);
    return unshared < 0 || valueLength < 0 ? undefined : cursor.at + unshared + valueLength;
  } catch (error) {
    ours(error);
    return undefined;
  }
}
