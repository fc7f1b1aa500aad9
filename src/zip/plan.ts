/**
 * Planning an archive of members to the byte, as numpy's `savez` lays it out: each member with a zip64 field, its sizes known
 * before it is written, its CRC-32 put into its place when its content has gone by. New members are stored; those of another
 * archive may stay packed as they are.
 */
import { encodeText } from '../bytes/text.ts';
import { UnsupportedError } from '../errors.ts';
import {
  ALL_16,
  ALL_32,
  END_BYTES,
  END_SIGNATURE,
  END64_BYTES,
  END64_SIGNATURE,
  ENTRY_BYTES,
  ENTRY_SIGNATURE,
  EXTRA_BYTES,
  EXTRA_SIGNATURE,
  LOCAL_BYTES,
  LOCAL_SIGNATURE,
  LOCATOR_BYTES,
  LOCATOR_SIGNATURE,
  MOST_16,
  STORED,
  UTF8,
  viewOf,
  ZIP64_ID,
} from './format.ts';

/** Where the CRC-32 stands in a local header. */
export const CRC_OFFSET = 14;
const ZIP64_FIELD_BYTES = 20;
/** Readers of zip64 count from version 4.5 on. */
const VERSION = 45;
const MADE_BY_UNIX = 3 << 8;
/** 1980-01-01, the first day there is: the same content gives the same bytes. */
const DATE = (1 << 5) | 1;
const REGULAR_FILE = 0o100600;

/** A member to be written. */
export interface NewMember {
  readonly name: string;
  /** Bytes in the archive. */
  readonly byteLength: number;
  /** How they are packed, and how many they are unpacked, where they are. */
  readonly packed?: { readonly method: number; readonly byteLength: number } | undefined;
  readonly comment?: Uint8Array | undefined;
}

export interface PlacedMember extends NewMember {
  readonly headerAt: number;
  /** Bytes of the local header. */
  readonly headerBytes: number;
  /** Where the content starts. */
  readonly dataAt: number;
}

export interface ZipPlan {
  readonly members: readonly PlacedMember[];
  /** Where the members end, and what {@link behindMembers} gives starts. */
  readonly membersEnd: number;
  /** The record of extra data, with its header; empty for none. */
  readonly extra: Uint8Array;
  /** Bytes of the whole archive. */
  readonly byteLength: number;
  readonly comment: Uint8Array;
}

function nameBytesOf(name: string): Uint8Array {
  const bytes = encodeText(name);
  if (bytes.length <= MOST_16) return bytes;
  throw new UnsupportedError(`a zip cannot hold a name of ${bytes.length} bytes; the most is ${MOST_16}`, 'name size');
}

const isAscii = (bytes: Uint8Array): boolean => bytes.every((byte) => byte < 0x80);
const flagsOf = (name: Uint8Array): number => (isAscii(name) ? 0 : UTF8);

const methodOf = ({ packed }: NewMember): number => packed?.method ?? STORED;
/** Bytes when unpacked, then bytes in the archive. */
const sizesOf = ({ packed, byteLength }: NewMember): [number, number] => [packed?.byteLength ?? byteLength, byteLength];

/** The local header of a member, with a CRC-32 of 0. */
export function localHeader(member: NewMember): Uint8Array {
  const name = nameBytesOf(member.name);
  const bytes = new Uint8Array(LOCAL_BYTES + name.length + ZIP64_FIELD_BYTES);
  const view = viewOf(bytes);
  view.setUint32(0, LOCAL_SIGNATURE, true);
  view.setUint16(4, VERSION, true);
  view.setUint16(6, flagsOf(name), true);
  view.setUint16(8, methodOf(member), true);
  view.setUint16(12, DATE, true);
  view.setUint32(18, ALL_32, true);
  view.setUint32(22, ALL_32, true);
  view.setUint16(26, name.length, true);
  view.setUint16(28, ZIP64_FIELD_BYTES, true);
  bytes.set(name, LOCAL_BYTES);
  const extra = LOCAL_BYTES + name.length;
  view.setUint16(extra, ZIP64_ID, true);
  view.setUint16(extra + 2, ZIP64_FIELD_BYTES - 4, true);
  for (const [i, size] of sizesOf(member).entries()) view.setBigUint64(extra + 4 + 8 * i, BigInt(size), true);
  return bytes;
}

/** The values of an entry that do not fit in 32 bits, in the order of the zip64 field. */
function wideValues(member: PlacedMember): number[] {
  return [...sizesOf(member), member.headerAt].filter((value) => value >= ALL_32);
}

const entryBytes = (member: PlacedMember): number => {
  const wide = wideValues(member).length;
  const name = member.headerBytes - LOCAL_BYTES - ZIP64_FIELD_BYTES;
  return ENTRY_BYTES + name + (wide === 0 ? 0 : 4 + 8 * wide) + (member.comment?.length ?? 0);
};

const needsWideEnd = (entries: number, directoryBytes: number, directoryAt: number): boolean =>
  entries >= ALL_16 || directoryBytes >= ALL_32 || directoryAt >= ALL_32;

function extraRecord(data: Uint8Array): Uint8Array {
  if (data.length === 0) return data;
  const bytes = new Uint8Array(EXTRA_BYTES + data.length);
  viewOf(bytes).setUint32(0, EXTRA_SIGNATURE, true);
  viewOf(bytes).setUint32(4, data.length, true);
  bytes.set(data, EXTRA_BYTES);
  return bytes;
}

/** Lays members out one behind the other, then `extraData`. */
export function planZip(
  members: readonly NewMember[],
  comment: Uint8Array = new Uint8Array(0),
  extraData: Uint8Array = new Uint8Array(0),
): ZipPlan {
  if (comment.length > MOST_16)
    throw new UnsupportedError(`a comment of ${comment.length} bytes is too long`, 'comment');
  let at = 0;
  const placed = members.map((member): PlacedMember => {
    const headerBytes = LOCAL_BYTES + nameBytesOf(member.name).length + ZIP64_FIELD_BYTES;
    const headerAt = at;
    const dataAt = headerAt + headerBytes;
    const { name, byteLength, packed, comment } = member;
    at = dataAt + byteLength;
    return { name, byteLength, packed, comment, headerAt, headerBytes, dataAt };
  });
  const directoryBytes = placed.reduce((sum, member) => sum + entryBytes(member), 0);
  const extra = extraRecord(extraData);
  const directoryAt = at + extra.length;
  const wide = needsWideEnd(placed.length, directoryBytes, directoryAt) ? END64_BYTES + LOCATOR_BYTES : 0;
  const byteLength = directoryAt + directoryBytes + wide + END_BYTES + comment.length;
  return { members: placed, membersEnd: at, extra, byteLength, comment };
}

function directoryEntry(member: PlacedMember, crc32: number): Uint8Array {
  const { headerAt, comment = new Uint8Array(0) } = member;
  const [unpackedBytes, archiveBytes] = sizesOf(member);
  const name = nameBytesOf(member.name);
  const wide = wideValues(member);
  const bytes = new Uint8Array(entryBytes(member));
  const view = viewOf(bytes);
  view.setUint32(0, ENTRY_SIGNATURE, true);
  view.setUint16(4, MADE_BY_UNIX | VERSION, true);
  view.setUint16(6, VERSION, true);
  view.setUint16(8, flagsOf(name), true);
  view.setUint16(10, methodOf(member), true);
  view.setUint16(14, DATE, true);
  view.setUint32(16, crc32, true);
  view.setUint32(20, Math.min(archiveBytes, ALL_32), true);
  view.setUint32(24, Math.min(unpackedBytes, ALL_32), true);
  view.setUint16(28, name.length, true);
  view.setUint16(30, wide.length === 0 ? 0 : 4 + 8 * wide.length, true);
  view.setUint16(32, comment.length, true);
  view.setUint32(38, REGULAR_FILE * 2 ** 16, true);
  view.setUint32(42, Math.min(headerAt, ALL_32), true);
  bytes.set(name, ENTRY_BYTES);
  if (wide.length > 0) {
    const extra = ENTRY_BYTES + name.length;
    view.setUint16(extra, ZIP64_ID, true);
    view.setUint16(extra + 2, 8 * wide.length, true);
    for (const [i, value] of wide.entries()) view.setBigUint64(extra + 4 + 8 * i, BigInt(value), true);
  }
  bytes.set(comment, bytes.length - comment.length);
  return bytes;
}

/** What stands behind the members, in pieces: extra data, the directory with the CRC-32 of each member, and the end. */
export function* behindMembers(plan: ZipPlan, crc32Of: (member: number) => number): Generator<Uint8Array> {
  if (plan.extra.length > 0) yield plan.extra;
  let directoryBytes = 0;
  for (const [i, member] of plan.members.entries()) {
    const entry = directoryEntry(member, crc32Of(i));
    directoryBytes += entry.length;
    yield entry;
  }
  const { members, comment } = plan;
  const directoryAt = plan.membersEnd + plan.extra.length;
  const wide = needsWideEnd(members.length, directoryBytes, directoryAt);
  if (wide) yield wideEnd(members.length, directoryBytes, directoryAt);
  const end = new Uint8Array(END_BYTES + comment.length);
  const view = viewOf(end);
  view.setUint32(0, END_SIGNATURE, true);
  for (const at of [8, 10]) view.setUint16(at, Math.min(members.length, ALL_16), true);
  view.setUint32(12, Math.min(directoryBytes, ALL_32), true);
  view.setUint32(16, Math.min(directoryAt, ALL_32), true);
  view.setUint16(20, comment.length, true);
  end.set(comment, END_BYTES);
  yield end;
}

/** The zip64 end and its locator. */
function wideEnd(entries: number, directoryBytes: number, directoryAt: number): Uint8Array {
  const bytes = new Uint8Array(END64_BYTES + LOCATOR_BYTES);
  const view = viewOf(bytes);
  view.setUint32(0, END64_SIGNATURE, true);
  view.setBigUint64(4, BigInt(END64_BYTES - 12), true);
  view.setUint16(12, MADE_BY_UNIX | VERSION, true);
  view.setUint16(14, VERSION, true);
  for (const at of [24, 32]) view.setBigUint64(at, BigInt(entries), true);
  view.setBigUint64(40, BigInt(directoryBytes), true);
  view.setBigUint64(48, BigInt(directoryAt), true);
  view.setUint32(END64_BYTES, LOCATOR_SIGNATURE, true);
  view.setBigUint64(END64_BYTES + 8, BigInt(directoryAt + directoryBytes), true);
  view.setUint32(END64_BYTES + 16, 1, true);
  return bytes;
}
