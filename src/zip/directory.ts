/** Reading the directory of a zip archive: what is in it and where, checked against itself and the size of the file. */

import { type ByteSource, readBytes } from '../bytes/source.ts';
import { decodeText } from '../bytes/text.ts';
import { TextSet } from '../bytes/text-map.ts';
import { CorruptError, UnsupportedError } from '../errors.ts';
import {
  ALL_16,
  ALL_32,
  ENCRYPTED,
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
  viewOf,
  wideNumber,
  ZIP64_ID,
  type ZipMember,
} from './format.ts';

/** A directory takes at most so much: that of a million members with long names. */
const MOST_DIRECTORY_BYTES = 512 << 20;

export interface ZipDirectory {
  /** In the order of the directory. */
  readonly members: readonly ZipMember[];
  readonly comment: Uint8Array;
  /** Where it starts. */
  readonly directoryAt: number;
}

function damaged(message: string, offset?: number): CorruptError {
  return new CorruptError(message, offset === undefined ? { where: 'zip' } : { where: 'zip', offset });
}

/** Where the directory lies, and how many entries it has. */
interface DirectoryPlace {
  readonly at: number;
  readonly byteLength: number;
  readonly entries: number;
  /** What comes behind it. */
  readonly end: number;
  readonly comment: Uint8Array;
}

/** The end record: the last one whose comment reaches to the end of the file. */
function findEnd(file: ByteSource): DirectoryPlace {
  const length = Math.min(file.byteLength, END_BYTES + MOST_16);
  const start = file.byteLength - length;
  const tail = readBytes(file, start, length);
  const view = viewOf(tail);
  for (let at = length - END_BYTES; at >= 0; at--) {
    if (tail[at] !== 0x50 || view.getUint32(at, true) !== END_SIGNATURE) continue;
    if (at + END_BYTES + view.getUint16(at + 20, true) !== length) continue;
    const narrow = {
      at: view.getUint32(at + 16, true),
      byteLength: view.getUint32(at + 12, true),
      entries: view.getUint16(at + 10, true),
      end: start + at,
      comment: tail.subarray(at + END_BYTES),
    };
    if (view.getUint16(at + 4, true) !== 0 && view.getUint16(at + 4, true) !== ALL_16) {
      throw new UnsupportedError('the archive is split over several files, which is not read', 'split zip');
    }
    return wideEnd(file, narrow);
  }
  throw damaged('the archive has no end record: it was cut off, or is no zip');
}

/** The zip64 end, where there is one: a locator lies right before the end record. */
function wideEnd(file: ByteSource, narrow: DirectoryPlace): DirectoryPlace {
  const locatorAt = narrow.end - LOCATOR_BYTES;
  if (locatorAt < 0) return narrow;
  const locator = viewOf(readBytes(file, locatorAt, LOCATOR_BYTES));
  if (locator.getUint32(0, true) !== LOCATOR_SIGNATURE) return narrow;
  const at = wideNumber(locator, 8, 'the locator of the zip64 end');
  if (at + END64_BYTES > locatorAt) throw damaged(`the zip64 end is said to lie at ${at}, past its own locator`, at);
  const view = viewOf(readBytes(file, at, END64_BYTES));
  if (view.getUint32(0, true) !== END64_SIGNATURE) throw damaged('there is no zip64 end where the locator says', at);
  return {
    at: wideNumber(view, 48, 'the zip64 end'),
    byteLength: wideNumber(view, 40, 'the zip64 end'),
    entries: wideNumber(view, 32, 'the zip64 end'),
    end: at,
    comment: narrow.comment,
  };
}

/** Reads the directory of an archive; throws {@link CorruptError} where it cannot be, `UnsupportedError` for encryption. */
export function readDirectory(file: ByteSource): ZipDirectory {
  const place = findEnd(file);
  if (place.at + place.byteLength > place.end) {
    throw damaged(
      `the directory at ${place.at} with ${place.byteLength} bytes runs past the end record at ${place.end}`,
    );
  }
  // What stands before an archive, as in one that unpacks itself, moves all of its offsets.
  const shift = place.end - (place.at + place.byteLength);
  if (place.byteLength > MOST_DIRECTORY_BYTES || place.entries * ENTRY_BYTES > place.byteLength) {
    throw damaged(`a directory of ${place.byteLength} bytes cannot hold ${place.entries} entries`);
  }
  const bytes = readBytes(file, place.at + shift, place.byteLength);
  const members: ZipMember[] = [];
  const names = new TextSet();
  for (let at = 0; members.length < place.entries; ) {
    const { member, end } = parseEntry(bytes, at, place.at + shift, shift);
    if (names.has(member.name)) throw damaged(`the archive has two members called ${member.name}`, place.at + at);
    names.add(member.name);
    members.push(member);
    at = end;
  }
  checkOverlap(members, place.at + shift);
  return { members, comment: place.comment, directoryAt: place.at + shift };
}

/** The extra data of `byteLength` bytes right before the directory; undefined where there is none of that length. */
export function extraData(file: ByteSource, directoryAt: number, byteLength: number): Uint8Array | undefined {
  const at = directoryAt - byteLength - EXTRA_BYTES;
  if (!Number.isSafeInteger(byteLength) || byteLength <= 0 || at < 0) return undefined;
  const head = viewOf(readBytes(file, at, EXTRA_BYTES));
  if (head.getUint32(0, true) !== EXTRA_SIGNATURE || head.getUint32(4, true) !== byteLength) return undefined;
  return readBytes(file, at + EXTRA_BYTES, byteLength);
}

/** Whether a member would lie in the folder that its archive is unpacked to. */
export function liesInside(member: string): boolean {
  return !/(^|[/\\])\.\.([/\\]|$)|^[/\\]|^[a-zA-Z]:[/\\]/.test(member);
}

/** Throws {@link CorruptError} for a member of an archive that would lie outside the folder it is unpacked to. */
export function checkMemberName({ name: member }: ZipMember): void {
  if (liesInside(member)) return;
  const where = `member ${member}`;
  throw new CorruptError(`${where} lies outside the archive by its name; it is not read`, { where });
}

function parseEntry(
  bytes: Uint8Array,
  at: number,
  directoryAt: number,
  shift: number,
): { member: ZipMember; end: number } {
  if (at + ENTRY_BYTES > bytes.length) throw damaged('the directory ends in the midst of an entry', directoryAt + at);
  const view = viewOf(bytes);
  if (view.getUint32(at, true) !== ENTRY_SIGNATURE)
    throw damaged('an entry of the directory is none', directoryAt + at);
  const [nameBytes, extraBytes, commentBytes] = [28, 30, 32].map((field) => view.getUint16(at + field, true)) as [
    number,
    number,
    number,
  ];
  const extraAt = at + ENTRY_BYTES + nameBytes;
  const commentAt = extraAt + extraBytes;
  const end = commentAt + commentBytes;
  if (end > bytes.length) throw damaged('the directory ends in the midst of an entry', directoryAt + at);
  const name = decodeText(bytes, at + ENTRY_BYTES, extraAt);
  const flags = view.getUint16(at + 8, true);
  if ((flags & ENCRYPTED) !== 0) {
    throw new UnsupportedError(`member ${name} is encrypted, which is not read`, 'encrypted zip');
  }
  const wide = wideFields(viewOf(bytes.subarray(extraAt, commentAt)), name, [
    view.getUint32(at + 24, true),
    view.getUint32(at + 20, true),
    view.getUint32(at + 42, true),
  ]);
  const member: ZipMember = {
    name,
    method: view.getUint16(at + 10, true),
    flags,
    crc32: view.getUint32(at + 16, true),
    byteLength: wide[0],
    packedBytes: wide[1],
    headerAt: wide[2] + shift,
    comment: bytes.slice(commentAt, end),
  };
  return { member, end };
}

/** Size, packed size and offset: from the zip64 field where the narrow ones are all ones. */
function wideFields(
  extra: DataView,
  name: string,
  narrow: readonly [number, number, number],
): [number, number, number] {
  const values: [number, number, number] = [...narrow];
  if (!values.includes(ALL_32)) return values;
  for (let at = 0; at + 4 <= extra.byteLength; ) {
    const size = extra.getUint16(at + 2, true);
    const end = at + 4 + size;
    if (end > extra.byteLength) break;
    if (extra.getUint16(at, true) === ZIP64_ID) {
      let from = at + 4;
      for (const [i, value] of values.entries()) {
        if (value !== ALL_32 || from + 8 > end) continue;
        values[i] = wideNumber(extra, from, `member ${name}`);
        from += 8;
      }
    }
    at = end;
  }
  return values;
}

/** Members that share bytes are a bomb: each would be unpacked anew. */
function checkOverlap(members: readonly ZipMember[], directoryAt: number): void {
  const ordered = members.toSorted((a, b) => a.headerAt - b.headerAt);
  for (const [i, { name, headerAt, packedBytes }] of ordered.entries()) {
    const next = ordered[i + 1];
    const end = next?.headerAt ?? directoryAt;
    if (headerAt + LOCAL_BYTES + packedBytes <= end) continue;
    const what = next === undefined ? 'the directory' : `member ${next.name}`;
    throw damaged(`member ${name}: its ${packedBytes} bytes at ${headerAt} run into ${what} at ${end}`, headerAt);
  }
}

/** Where the data of a member starts. Its local header is checked; of its sizes the directory's count. */
export function dataStart(file: ByteSource, member: ZipMember): number {
  const { headerAt, name, packedBytes } = member;
  // As many bytes as the header has where its name is ASCII.
  const header = readBytes(file, headerAt, Math.min(LOCAL_BYTES + name.length, file.byteLength - headerAt));
  const view = viewOf(header);
  if (header.length < LOCAL_BYTES || view.getUint32(0, true) !== LOCAL_SIGNATURE)
    throw damaged(`member ${name}: its local header is none`, headerAt);
  if (view.getUint16(8, true) !== member.method) {
    throw damaged(`member ${name}: local header and directory name different methods`, headerAt);
  }
  const nameBytes = view.getUint16(26, true);
  const start = headerAt + LOCAL_BYTES + nameBytes + view.getUint16(28, true);
  if (start + packedBytes > file.byteLength) {
    throw damaged(
      `member ${name}: its bytes ${start} to ${start + packedBytes} run past the end of the file`,
      headerAt,
    );
  }
  const end = LOCAL_BYTES + nameBytes;
  const named = end <= header.length ? header : readBytes(file, headerAt, end);
  const localName = decodeText(named.subarray(LOCAL_BYTES, end));
  if (localName !== name) throw damaged(`member ${name} is called ${localName} by its local header`, headerAt);
  return start;
}
