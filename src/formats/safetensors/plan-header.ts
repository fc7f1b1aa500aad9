/** A header to be written: what the reference would write for the same tensors. */
import { compareText, encodeText } from '../../bytes/text.ts';
import { UnsupportedError } from '../../errors.ts';
import { LENGTH_BYTES, MOST_HEADER_BYTES } from './header.ts';
import type { HeaderEntry } from './header-entries.ts';
import { METADATA_KEY } from './header-entry.ts';

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
