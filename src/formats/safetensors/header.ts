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
import { membersOf, parseStrictJson } from '../../bytes/strict-json.ts';
import { compareText, encodeText } from '../../bytes/text.ts';
import { CorruptError, UnsupportedError } from '../../errors.ts';
import { formatShape, MAX_RANK, type Shape } from '../../tensor/shape.ts';
import { dtypeOfTag, type SafetensorsDType } from './dtypes.ts';

/** The reference reads and writes no longer header. */
export const MOST_HEADER_BYTES = 100_000_000;
export const LENGTH_BYTES = 8;
export const METADATA_KEY = '__metadata__';

export interface HeaderEntry {
  readonly name: string;
  readonly type: SafetensorsDType;
  readonly shape: Shape;
  /** Bytes from the start of the content. */
  readonly begin: number;
  readonly end: number;
}

export interface Header {
  /** In the order in which their content lies. */
  readonly entries: readonly HeaderEntry[];
  /** Texts by name; undefined where the header has none. */
  readonly metadata: ReadonlyMap<string, string> | undefined;
  /** Where the content starts in the file. */
  readonly contentStart: number;
}

/** Reads and checks the header of a file; throws {@link CorruptError}, or `UnsupportedError` for a dtype that is not known. */
export function readHeader(file: ByteSource): Header {
  const length = headerLength(file);
  const bytes = readBytes(file, LENGTH_BYTES, length);
  const contentStart = LENGTH_BYTES + length;
  const { entries, metadata } = parseHeader(headerText(bytes));
  const end = checkCoverage(entries);
  if (contentStart + end !== file.byteLength) {
    const found = file.byteLength - contentStart;
    const what =
      found < end ? `it was cut off: ${end - found} bytes are missing` : `${found - end} bytes belong to none`;
    throw damaged(`the tensors take ${end} bytes of content and the file has ${found}; ${what}`, contentStart);
  }
  return { entries, metadata, contentStart };
}

function damaged(message: string, offset?: number): CorruptError {
  return new CorruptError(message, offset === undefined ? { where: 'header' } : { where: 'header', offset });
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

function headerText(bytes: Uint8Array): string {
  if (bytes[0] !== 0x7b) throw damaged('the header does not begin with {', LENGTH_BYTES);
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes).trimEnd();
  } catch (cause) {
    throw new CorruptError('the header is no UTF-8', { where: 'header', offset: LENGTH_BYTES }, { cause });
  }
}

function parseHeader(text: string): Pick<Header, 'entries' | 'metadata'> {
  const entries: HeaderEntry[] = [];
  let metadata: ReadonlyMap<string, string> | undefined;
  for (const [name, value] of membersOf(parseStrictJson(text, 'the header'), 'the header')) {
    if (name === METADATA_KEY) metadata = parseMetadata(value);
    else entries.push(parseEntry(name, value));
  }
  const above = (a: HeaderEntry, b: HeaderEntry): number => a.begin - b.begin || a.end - b.end;
  if (entries.some((entry, i) => i > 0 && above(entries[i - 1] as HeaderEntry, entry) > 0)) entries.sort(above);
  return { entries, metadata };
}

function parseMetadata(value: unknown): ReadonlyMap<string, string> {
  const texts = new Map<string, string>();
  for (const [key, text] of membersOf(value, METADATA_KEY)) {
    if (typeof text !== 'string')
      throw damaged(`${METADATA_KEY} holds texts alone, and ${JSON.stringify(key)} is none`);
    texts.set(key, text);
  }
  return texts;
}

const isSize = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const HALF_PAIR = /[\ud800-\udfff]/u;

function parseEntry(name: string, value: unknown): HeaderEntry {
  const where = `tensor ${name}`;
  if (HALF_PAIR.test(name)) throw damaged(`the name ${JSON.stringify(name)} holds half of a surrogate pair`);
  if (!isObject(value)) throw damaged(`${where} is no JSON object`);
  const { dtype, shape, data_offsets: offsets } = value;
  if (typeof dtype !== 'string') throw damaged(`${where}: the header gives it no dtype`);
  const type = dtypeOfTag(dtype);
  if (type === undefined) {
    throw new UnsupportedError(`${where}: dtype ${JSON.stringify(dtype)} is none that this version knows`, 'dtype');
  }
  if (!Array.isArray(shape) || !shape.every(isSize)) {
    throw damaged(`${where}: ${JSON.stringify(shape)?.slice(0, 80)} is no shape; it takes whole numbers from 0 on`);
  }
  if (shape.length > MAX_RANK)
    throw damaged(`${where}: the shape has ${shape.length} dimensions, the most is ${MAX_RANK}`);
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isSize)) {
    throw damaged(
      `${where}: ${JSON.stringify(offsets)?.slice(0, 80)} are no data_offsets; they take two whole numbers from 0 on`,
    );
  }
  const [begin, end] = offsets as [number, number];
  checkSize(name, type, shape, end - begin);
  return { name, type, shape, begin, end };
}

/** The bytes of a tensor fill its shape exactly; a product that is not exact is refused, as the reference refuses overflow. */
function checkSize(name: string, { bits, tag }: SafetensorsDType, shape: Shape, bytes: number): void {
  let elements = 1;
  for (const size of shape) {
    elements *= size;
    if (elements * bits > Number.MAX_SAFE_INTEGER) {
      throw damaged(`tensor ${name}: the shape ${formatShape(shape)} has more elements than can be counted`);
    }
  }
  const wanted = (elements * bits) / 8;
  if (bytes === wanted) return;
  if (!Number.isInteger(wanted)) {
    throw damaged(`tensor ${name}: ${tag}${formatShape(shape)} does not end at a whole byte`);
  }
  throw damaged(
    `tensor ${name}: its data_offsets span ${bytes} bytes, and ${tag}${formatShape(shape)} takes ${wanted}`,
  );
}

/** Throws unless each tensor starts where the one before it ends; returns where the last one ends. */
function checkCoverage(entries: readonly HeaderEntry[]): number {
  let at = 0;
  let before: HeaderEntry | undefined;
  for (const entry of entries) {
    if (entry.begin !== at) {
      const how = entry.begin < at ? `begins inside ${before?.name}` : `leaves a gap of ${entry.begin - at} bytes`;
      throw damaged(`tensor ${entry.name}: its content at ${entry.begin} ${how}, which ends at ${at}`);
    }
    at = entry.end;
    before = entry;
  }
  return at;
}

/** A header to be written: what the reference would write for the same tensors. */
export interface PlannedHeader {
  /** Length, JSON and blanks: the file up to its content. */
  readonly bytes: Uint8Array;
  /** Of each tensor, where its content starts in the file, in the order of the content. */
  readonly entries: readonly HeaderEntry[];
}

/** What a header says of a tensor before it has a place. */
export type UnplacedEntry = Pick<HeaderEntry, 'name' | 'type' | 'shape'>;

/** Bytes that a tensor's content takes in a file. */
export function contentBytes({ type, shape }: UnplacedEntry): number {
  return (shape.reduce((product, size) => product * size, 1) * type.bits) / 8;
}

/** Content by descending alignment and then by name, as the reference sorts it (`prepare`). */
export function inReferenceOrder<T extends UnplacedEntry>(entries: readonly T[]): T[] {
  return entries.toSorted((a, b) => b.type.rank - a.type.rank || compareText(a.name, b.name));
}

/** Lays tensors out in the order given; throws `UnsupportedError` where the header would be longer than readers take. */
export function planHeader(
  tensors: readonly UnplacedEntry[],
  metadata: ReadonlyMap<string, string> | undefined,
): PlannedHeader {
  let at = 0;
  const entries = tensors.map((tensor): HeaderEntry => {
    const begin = at;
    at += contentBytes(tensor);
    return { ...tensor, begin, end: at };
  });
  const members = entries.map(
    ({ name, type, shape, begin, end }) =>
      `${JSON.stringify(name)}:{"dtype":"${type.tag}","shape":[${shape}],"data_offsets":[${begin},${end}]}`,
  );
  if (metadata !== undefined) members.unshift(`"${METADATA_KEY}":${JSON.stringify(Object.fromEntries(metadata))}`);
  const text = encodeText(`{${members.join(',')}}`);
  const length = Math.ceil(text.length / LENGTH_BYTES) * LENGTH_BYTES;
  if (length > MOST_HEADER_BYTES) {
    throw new UnsupportedError(
      `the header would take ${length} bytes, and readers take ${MOST_HEADER_BYTES}; write several files: --max-shard-size`,
      'header size',
    );
  }
  const bytes = new Uint8Array(LENGTH_BYTES + length).fill(0x20);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true);
  bytes.set(text, LENGTH_BYTES);
  return { bytes, entries };
}
