/**
 * The parts of a zip archive (PKWARE APPNOTE 6.3.10). Numbers are little-endian.
 *
 *     members        each: a local header, the name, extra fields, the data, and where bit 3 of the flags is set a data
 *                    descriptor behind it, for who writes does not know the size yet
 *     extra data     a record of anything, of any length, which readers of members pass over
 *     directory      an entry a member: name, sizes, CRC-32, method, where its local header starts, a comment
 *     end            [the zip64 end, and a locator of it,] how many entries, where the directory lies, a comment
 *
 * A field of 16 or 32 bits that is too narrow holds all ones, and the value stands in the zip64 extra field (id 1), of which
 * only those values are there whose fields are all ones, in the order: size, compressed size, offset.
 */
import { CorruptError } from '../errors.ts';

export const LOCAL_SIGNATURE = 0x04034b50;
export const EXTRA_SIGNATURE = 0x08064b50;
export const ENTRY_SIGNATURE = 0x02014b50;
export const END_SIGNATURE = 0x06054b50;
export const END64_SIGNATURE = 0x06064b50;
export const LOCATOR_SIGNATURE = 0x07064b50;

export const LOCAL_BYTES = 30;
/** Before extra data: its signature and its length. */
export const EXTRA_BYTES = 8;
export const ENTRY_BYTES = 46;
export const END_BYTES = 22;
export const END64_BYTES = 56;
export const LOCATOR_BYTES = 20;
/** The longest that a comment or a name may be. */
export const MOST_16 = 0xffff;
export const ALL_16 = 0xffff;
export const ALL_32 = 0xffffffff;
export const ZIP64_ID = 1;

/** Bits of the flags. */
export const ENCRYPTED = 1;
export const UTF8 = 1 << 11;

export const STORED = 0;
export const DEFLATED = 8;

/** A member of an archive, as the directory lists it. */
export interface ZipMember {
  readonly name: string;
  readonly method: number;
  readonly flags: number;
  readonly crc32: number;
  /** Bytes in the archive, and what they are unpacked. */
  readonly packedBytes: number;
  readonly byteLength: number;
  /** Where its local header starts in the file. */
  readonly headerAt: number;
  readonly comment: Uint8Array;
}

/** A 64-bit number as JavaScript's; one that is not exact is hostile. */
export function wideNumber(view: DataView, at: number, where: string): number {
  const value = view.getBigUint64(at, true);
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) {
    throw new CorruptError(`${where} holds the number ${value}, larger than any file`, { where });
  }
  return Number(value);
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
