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

/** From this length on a block is not read as a whole. */
const LARGE_BLOCK_BYTES = 1 << 20;
/** Longer keys belong to no tensor; what claims one is damaged. */
const MOST_KEY_BYTES = 1 << 16;

export interface LargeEntry {
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

/** Walks the entries of a plain block in the file; throws {@link CorruptError} where they break the format or the order. */
export function* largeEntries(source: ByteSource, handle: BlockHandle, what: string): Generator<LargeEntry> {
  const end = entriesEnd(source, handle, what);
  const reader = new SourceReader(new RegionSource(source, 0, end), handle.offset);
  let key: Uint8Array | undefined;
  while (reader.position < end) {
    const at = reader.position;
    const shared = reader.varint();
    const unshared = reader.varint();
    const length = reader.varint();
    const fits = shared >= 0 && shared <= (key?.length ?? 0) && unshared >= 0 && shared + unshared <= MOST_KEY_BYTES;
    if (!fits) throw new CorruptError(`${what}: an impossible key in the entry at ${at}`, { where: what, offset: at });
    const next = new Uint8Array(shared + unshared);
    if (key !== undefined) next.set(key.subarray(0, shared));
    next.set(reader.bytes(unshared), shared);
    if (key !== undefined && compareBytes(next, key) <= 0) {
      throw new CorruptError(`${what}: a key out of order in the entry at ${at}`, { where: what, offset: at });
    }
    key = next;
    const offset = reader.position;
    reader.skip(length);
    yield { key, offset, length };
  }
}
