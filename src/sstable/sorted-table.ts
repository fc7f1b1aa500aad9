/**
 * Writing a table from entries that may come in any order. While they ascend nothing is held; otherwise they are walked
 * again, held as compactly as they can be, and sorted.
 */
import { ByteWriter } from '../bytes/byte-writer.ts';
import type { ByteSink } from '../bytes/source.ts';
import { decodeBytes, encodeBytes } from '../bytes/text.ts';
import { entryOf, type TableEntry } from './format.ts';
import { TableWriter } from './table-writer.ts';

/** A sink that can forget what was written. */
export interface RestartableSink extends ByteSink {
  restart(): void;
}

/** Keys as text, values end to end in one array: an entry costs little more than its bytes. */
class HeldEntries {
  readonly #keys: string[] = [];
  readonly #ends: number[] = [];
  readonly #values = new ByteWriter(1 << 16);

  add({ key, keyLength, bytes, valueStart, valueEnd }: TableEntry): void {
    this.#keys.push(decodeBytes(key.subarray(0, keyLength)));
    this.#values.range(bytes, valueStart, valueEnd);
    this.#ends.push(this.#values.length);
  }

  *sorted(): Generator<TableEntry> {
    const keys = this.#keys;
    const order = Uint32Array.from(keys, (_, i) => i);
    order.sort((a, b) => ((keys[a] as string) < (keys[b] as string) ? -1 : 1));
    const values = this.#values.view();
    for (const i of order) {
      yield entryOf(encodeBytes(keys[i] as string), values.subarray(i === 0 ? 0 : this.#ends[i - 1], this.#ends[i]));
    }
  }
}

function writeAscending(sink: ByteSink, walk: () => Iterable<TableEntry>): boolean {
  const table = new TableWriter(sink);
  for (const entry of walk()) if (!table.append(entry)) return false;
  table.finish();
  return true;
}

/**
 * Writes all entries that `walk` gives, which may lend one object again and again; it is called a second time when they do
 * not ascend. Throws what `duplicate` makes of a key that comes twice.
 */
export function writeSortedTable(
  sink: RestartableSink,
  walk: () => Iterable<TableEntry>,
  duplicate: (key: Uint8Array) => Error,
): void {
  if (writeAscending(sink, walk)) return;
  sink.restart();
  const held = new HeldEntries();
  for (const entry of walk()) held.add(entry);
  const table = new TableWriter(sink);
  for (const entry of held.sorted()) if (!table.append(entry)) throw duplicate(entry.key);
  table.finish();
}
