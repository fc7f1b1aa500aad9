/**
 * The header of a safetensors file, checked as the reference checks it (`SafeTensors::read_metadata` and
 * `Metadata::validate` in safetensors/src/tensor.rs), and beyond it where JSON lets two readers see two files.
 *
 *     8 bytes      length of the header, little-endian
 *     header       JSON: {"name": {"dtype", "shape", "data_offsets": [begin, end]}, ..., "__metadata__": {text: text}},
 *                  with blanks behind it, so that what follows starts at a multiple of 8
 *     the rest     content; the offsets count from here, and cover it without gap or overlap
 */
import { type ByteSource, readBytes } from '../../bytes/source.ts';
import { objectOf, parseStrictJson } from '../../bytes/strict-json.ts';
import { CorruptError } from '../../errors.ts';
import { type HeaderEntries, ParsedEntries } from './header-entries.ts';
import { damaged, METADATA_KEY, NO_WHOLE_NUMBER, parseEntry, parseMetadata } from './header-entry.ts';
import { scanHeader } from './scan-header.ts';

/** The reference reads and writes no longer header. */
export const MOST_HEADER_BYTES = 100_000_000;
export const LENGTH_BYTES = 8;
/** A header up to this length is parsed at once. */
const SHORT_BYTES = 1 << 20;

export interface Header {
  readonly entries: HeaderEntries;
  /** Texts by name; undefined where the header has none. */
  readonly metadata: ReadonlyMap<string, string> | undefined;
  /** Where the content starts in the file. */
  readonly contentStart: number;
}

/**
 * Reads and checks the header of a file; throws {@link CorruptError}, or `UnsupportedError` for a dtype that is not known. One that
 * is longer than `shortBytes` is gone through byte by byte.
 */
export function readHeader(file: ByteSource, shortBytes = SHORT_BYTES): Header {
  const length = headerLength(file);
  const bytes = readBytes(file, LENGTH_BYTES, length);
  const contentStart = LENGTH_BYTES + length;
  if (bytes[0] !== 0x7b) throw damaged('the header does not begin with {', LENGTH_BYTES);
  const { entries, metadata } = length <= shortBytes ? parseHeader(bytes) : scanUtf8(bytes);
  const end = checkCoverage(entries);
  if (contentStart + end !== file.byteLength) {
    const found = file.byteLength - contentStart;
    const what =
      found < end ? `it was cut off: ${end - found} bytes are missing` : `${found - end} bytes belong to none`;
    throw damaged(`the tensors take ${end} bytes of content and the file has ${found}; ${what}`, contentStart);
  }
  return { entries, metadata, contentStart };
}

function headerLength(file: ByteSource): number {
  if (file.byteLength < LENGTH_BYTES) throw damaged(`the file has ${file.byteLength} bytes, too few for a header`, 0);
  const word = readBytes(file, 0, LENGTH_BYTES);
  const length = new DataView(word.buffer).getBigUint64(0, true);
  if (length > BigInt(MOST_HEADER_BYTES)) {
    throw damaged(`the header claims a length of ${length} bytes; the most is ${MOST_HEADER_BYTES}`, 0);
  }
  if (Number(length) > file.byteLength - LENGTH_BYTES) {
    throw damaged(`the header claims ${length} bytes, and the file has ${file.byteLength - LENGTH_BYTES} behind it`, 0);
  }
  return Number(length);
}

function utf8<T>(decode: (decoder: InstanceType<typeof TextDecoder>) => T): T {
  try {
    return decode(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }));
  } catch (cause) {
    throw new CorruptError('the header is no UTF-8', { where: 'header', offset: LENGTH_BYTES }, { cause });
  }
}

/** Decoded at a time, to see whether it can be. */
const PIECE_BYTES = 1 << 16;

function scanUtf8(bytes: Uint8Array): Pick<Header, 'entries' | 'metadata'> {
  utf8((decoder) => {
    for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
      decoder.decode(bytes.subarray(at, at + PIECE_BYTES), { stream: true });
    }
    decoder.decode();
  });
  return scanHeader(bytes);
}

function parseHeader(bytes: Uint8Array): Pick<Header, 'entries' | 'metadata'> {
  const entries = new ParsedEntries();
  const text = utf8((decoder) => decoder.decode(bytes)).trimEnd();
  let metadata: ReadonlyMap<string, string> | undefined;
  const members = objectOf(parseStrictJson(text, 'the header', NO_WHOLE_NUMBER), 'the header');
  Object.keys(members).forEach((name) => {
    if (name === METADATA_KEY) metadata = parseMetadata(members[name]);
    else entries.add(parseEntry(name, members[name]));
  });
  return { entries, metadata };
}

/** Throws unless each tensor starts where the one before it ends; returns where the last one ends. */
function checkCoverage(entries: HeaderEntries): number {
  let at = 0;
  let before: number | undefined;
  const rows = entries.byPlace();
  for (let place = 0; place < rows.length; place++) {
    const row = rows[place] as number;
    const begin = entries.begin(row);
    if (begin !== at) {
      const ended = before === undefined ? 'nothing' : entries.name(before);
      const how = begin < at ? `begins inside ${ended}` : `leaves a gap of ${begin - at} bytes`;
      throw damaged(`tensor ${entries.name(row)}: its content at ${begin} ${how}, which ends at ${at}`);
    }
    at = entries.end(row);
    before = row;
  }
  return at;
}
