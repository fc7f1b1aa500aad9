/** What a table is for, by the value under its first key, whatever the file is called. */
import { type ByteSource, RegionSource, readBytes } from '../bytes/source.ts';
import { type Cursor, readVarint } from '../bytes/varint.ts';
import { CkptError } from '../errors.ts';
import { HEAD_BYTES } from '../io/recognise.ts';
import type { Store } from '../io/store.ts';
import { isFile, withFile } from '../io/stored.ts';
import { generatorBundleOf } from '../proto/generator-bundle.ts';
import { readTag, skipField } from '../proto/wire.ts';
import { FOOTER_BYTES, hasMagic, MAGIC, type TableEntry } from '../sstable/format.ts';
import { TableReader } from '../sstable/table-reader.ts';

/** First byte of the value under the empty key: a V1 file's list, or a bundle's header. */
export const V1_TAG = 0x0a;
const V2_TAG = 0x08;

/** The table in a file: itself, or in a Magenta bundle the checkpoint. */
function tableIn(file: ByteSource): ByteSource {
  const [run] = generatorBundleOf(file)?.checkpoints ?? [];
  return run === undefined ? file : new RegionSource(file, run.offset, run.length);
}

/** What the first entry of a table gives; undefined for what is no table, or has no entry. */
function firstEntry<T>(store: Store, path: string, look: (entry: TableEntry) => T): T | undefined {
  if (!isFile(store, path)) return undefined;
  return withFile(store, path, (file) => {
    try {
      for (const cursor of new TableReader(tableIn(file), path).entries()) return look(cursor);
    } catch (error) {
      if (!(error instanceof CkptError)) throw error;
    }
    return undefined;
  });
}

/** The first byte of the value under the empty key, with which all tables of TensorFlow begin; undefined for other files. */
export function firstTag(store: Store, path: string): number | undefined {
  return firstEntry(store, path, ({ keyLength, bytes, valueStart }) =>
    keyLength === 0 ? bytes[valueStart] : undefined,
  );
}

/** Whether a file is a sorted table of something else: LevelDB's files end as TensorFlow's do. */
export function isOtherTable(store: Store, path: string): boolean {
  return firstEntry(store, path, ({ keyLength }) => keyLength > 0) === true;
}

/** Whether a file is the index of a bundle, whatever it is called. */
export function isIndexTable(store: Store, path: string): boolean {
  return firstTag(store, path) === V2_TAG;
}

/** A bundle's header has a count, a byte order and a version: it is never long. */
const MOST_HEADER_BYTES = 64;

/** Whether a value is the header of a bundle: whole, of fields that messages have, and the next key shares nothing with it. */
function isHeader(cursor: Cursor, length: number): boolean {
  const { bytes, at } = cursor;
  if (length > MOST_HEADER_BYTES || at + length > bytes.length || bytes[at] !== V2_TAG) return false;
  const value: Cursor = { bytes, at, end: at + length };
  while (value.at < value.end) skipField(value, readTag(value));
  return value.at === value.end && (bytes[value.end] ?? 0) === 0;
}

/** Whether a value is the list of a V1 file: one message that fills it, with a tensor or a version in front. */
function isList(cursor: Cursor, length: number): boolean {
  const start = cursor.at;
  if (readTag(cursor) !== V1_TAG) return false;
  const listed = readVarint(cursor);
  if (cursor.at - start + listed !== length) return false;
  const inside = cursor.bytes[cursor.at];
  return inside === undefined || inside === 0x0a || inside === 0x12;
}

/**
 * Whether a file is a V1 checkpoint that is damaged somewhere: it begins as one, or it ends as a table and has a list in front,
 * whatever the length of that says.
 */
export function isDamagedV1(store: Store, path: string): boolean {
  return withFile(store, path, (whole) => {
    const file = tableIn(whole);
    const head = readBytes(file, 0, Math.min(HEAD_BYTES, file.byteLength));
    if (tableBeginning(head) === 'v1') return true;
    if (file.byteLength < FOOTER_BYTES || !hasMagic(readBytes(file, file.byteLength - MAGIC.length, MAGIC.length)))
      return false;
    let at = 2;
    while (at < 7 && (head[at] ?? 0) >= 0x80) at++;
    return head[0] === 0 && head[1] === 0 && head[2] !== 0 && head[at + 1] === V1_TAG;
  });
}

/**
 * What a file begins as whatever comes behind: one that is cut off has no footer. Two zeros, for the empty key, begin many a
 * file; what is under that key tells.
 */
export function tableBeginning(head: Uint8Array): 'v1' | 'v2' | undefined {
  if (head.length < 4 || head[0] !== 0 || head[1] !== 0) return undefined;
  try {
    const cursor: Cursor = { bytes: head, at: 2, end: head.length };
    const length = readVarint(cursor);
    if (isHeader({ ...cursor }, length)) return 'v2';
    return isList(cursor, length) ? 'v1' : undefined;
  } catch (error) {
    if (error instanceof CkptError) return undefined;
    throw error;
  }
}
