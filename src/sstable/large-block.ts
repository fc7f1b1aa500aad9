/**
 * Looking into a block that is too large to be held: the headers and keys of its entries are read, the values are passed
 * over. TensorFlow gives every large value a block of its own, so there is usually one entry.
 */
import { checksumRange } from '../bytes/checksum.ts';
import { unmaskCrc } from '../bytes/crc32c.ts';
import { type ByteSource, RegionSource, readBytes } from '../bytes/source.ts';
import { SourceReader } from '../bytes/source-reader.ts';
import { compareBytes } from '../bytes/text.ts';
import { ChecksumError, CorruptError } from '../errors.ts';
import { checkHandle } from './block.ts';
import { type BlockHandle, TRAILER_BYTES, TYPE_PLAIN } from './format.ts';
import { type MarkedEntry, mostKeyBytes } from './key-marks.ts';

/** From this length on a block is not read as a whole. */
const LARGE_BLOCK_BYTES = 1 << 20;
/**
 * The longest key of an entry in a large block, for readers and writers alike: keys are held in memory. TensorFlow knows no
 * bound of its own.
 */
export const MOST_KEY_BYTES = 1 << 20;

export interface LargeEntry {
  /** Borrowed until the next entry is asked for. */
  readonly key: Uint8Array;
  /** Where the value lies in the file. */
  readonly offset: number;
  readonly length: number;
}

/** The type byte and the checksum, unmasked, behind a block's contents. */
export function readTrailer(source: ByteSource, handle: BlockHandle): { type: number; crc32c: number } {
  const trailer = new DataView(readBytes(source, handle.offset + handle.length, TRAILER_BYTES).buffer);
  return { type: trailer.getUint8(0), crc32c: unmaskCrc(trailer.getUint32(1, true)) };
}

/** Whether a block is read in pieces: it is large, and stored as it is. Throws {@link CorruptError} for one that leaves the file. */
export function isReadInPieces(source: ByteSource, handle: BlockHandle, what: string): boolean {
  checkHandle(source, handle, `${what}: data block`);
  return handle.length >= LARGE_BLOCK_BYTES && readTrailer(source, handle).type === TYPE_PLAIN;
}

/** Throws {@link ChecksumError} unless the bytes of a block, read in chunks, match their checksum. */
export function checkLargeBlock(source: ByteSource, handle: BlockHandle, what: string): void {
  const { crc32c: expected } = readTrailer(source, handle);
  const actual = checksumRange(source, handle.offset, handle.length + 1);
  if (expected === actual) return;
  throw new ChecksumError(`${what} at ${handle.offset}: the checksum does not match`, what, expected, actual);
}

/** Where the entries of a plain block end and its restarts begin. */
function entriesEnd(source: ByteSource, handle: BlockHandle, what: string): number {
  const { offset, length } = handle;
  const restarts = new DataView(readBytes(source, offset + length - 4, 4).buffer).getUint32(0, true);
  if (restarts > Math.floor((length - 4) / 4)) {
    throw new CorruptError(`${what} at ${offset}: ${restarts} restarts do not fit in a block of ${length} bytes`, {
      where: what,
      offset,
    });
  }
  return restarts === 0 ? offset : offset + length - 4 * (restarts + 1);
}

/**
 * Walks the entries of a plain block in the file, or those behind `after` up to the one at `until`; throws {@link CorruptError}
 * where they break the format or the order.
 */
export function* largeEntries(
  source: ByteSource,
  handle: BlockHandle,
  what: string,
  after?: MarkedEntry,
  until?: number,
): Generator<LargeEntry> {
  const end = until ?? entriesEnd(source, handle, what);
  const reader = new SourceReader(new RegionSource(source, 0, end), after?.end ?? handle.offset);
  const impossible = (problem: string, at: number): CorruptError =>
    new CorruptError(`${what}: ${problem} in the entry at ${at}`, { where: what, offset: at });
  // One buffer holds the key of each entry in turn: what it shares with the one before stays where it is.
  let key = after?.key.slice() ?? new Uint8Array(128);
  let keyLength = after?.key.length ?? -1;
  let keyBytes = 0;
  while (reader.position < end) {
    const at = reader.position;
    const shared = reader.varint();
    const unshared = reader.varint();
    const length = reader.varint();
    const fits = shared >= 0 && shared <= Math.max(keyLength, 0) && unshared >= 0;
    if (!fits || shared + unshared > MOST_KEY_BYTES || reader.position + unshared > end) {
      throw impossible('an impossible key', at);
    }
    const own = readBytes(source, reader.position, unshared);
    reader.skip(unshared);
    if (keyLength >= 0 && compareBytes(own, key.subarray(shared, keyLength)) <= 0) {
      throw impossible('a key out of order', at);
    }
    keyLength = shared + unshared;
    keyBytes += keyLength;
    if (keyBytes > mostKeyBytes(handle.length)) throw impossible('keys that share too much with each other', at);
    if (keyLength > key.length) {
      const grown = new Uint8Array(2 * keyLength);
      grown.set(key.subarray(0, shared));
      key = grown;
    }
    key.set(own, shared);
    const offset = reader.position;
    reader.skip(length);
    yield { key: key.subarray(0, keyLength), offset, length };
  }
}
