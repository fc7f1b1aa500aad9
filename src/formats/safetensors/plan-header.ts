/** A header to be written: what the reference would write for the same tensors. */
import { ByteWriter } from '../../bytes/byte-writer.ts';
import { compareText, encodeText } from '../../bytes/text.ts';
import { UnsupportedError } from '../../errors.ts';
import { LENGTH_BYTES, MOST_HEADER_BYTES } from './header.ts';
import type { HeaderEntry } from './header-entries.ts';
import { METADATA_KEY } from './header-entry.ts';

const [OPEN, CLOSE, COMMA, BLANK] = [0x7b, 0x7d, 0x2c, 0x20];

/** What a header says of a tensor; it has a place when the header is planned. */
export interface PlannedEntry extends UnplacedEntry {
  begin: number;
  end: number;
  /** Which of the tensors to be written it is. */
  readonly row: number;
}

export interface PlannedHeader {
  /** Length, JSON and blanks: the file up to its content. */
  readonly bytes: Uint8Array;
  /** Of each tensor, where its content starts in the file, in the order of the content. */
  readonly entries: readonly PlannedEntry[];
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
  entries: readonly PlannedEntry[],
  metadata: ReadonlyMap<string, string> | undefined,
): PlannedHeader {
  const writer = new ByteWriter(1 << 12).zeros(LENGTH_BYTES).byte(OPEN);
  const add = (text: string): void => {
    if (writer.length > LENGTH_BYTES + 1) writer.byte(COMMA);
    const start = writer.length;
    if (writer.ascii(text)) return;
    writer.length = start;
    writer.bytes(encodeText(text));
  };
  if (metadata !== undefined) add(`"${METADATA_KEY}":${JSON.stringify(Object.fromEntries(metadata))}`);
  let at = 0;
  for (const entry of entries) {
    entry.begin = at;
    at += contentBytes(entry);
    entry.end = at;
    const { name, type, shape, begin, end } = entry;
    add(`${JSON.stringify(name)}:{"dtype":"${type.tag}","shape":[${shape}],"data_offsets":[${begin},${end}]}`);
  }
  const written = writer.byte(CLOSE).length - LENGTH_BYTES;
  const length = Math.ceil(written / LENGTH_BYTES) * LENGTH_BYTES;
  if (length > MOST_HEADER_BYTES) {
    throw new UnsupportedError(
      `the header would take ${length} bytes, and readers take ${MOST_HEADER_BYTES}; write several files: --max-shard-size`,
      'header size',
    );
  }
  for (let blanks = written; blanks < length; blanks++) writer.byte(BLANK);
  const bytes = writer.view();
  new DataView(bytes.buffer, bytes.byteOffset).setBigUint64(0, BigInt(length), true);
  return { bytes, entries };
}
