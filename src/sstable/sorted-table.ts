/**
 * Writing a table from entries that may come in any order. While they ascend nothing is held; otherwise they are walked
 * again, held as compactly as they can be, and sorted.
 */
import { ByteWriter } from '../bytes/byte-writer.ts';
import { sortInTurns } from '../bytes/sort-in-turns.ts';
import type { ByteSink } from '../bytes/source.ts';
import { decodeBytes, encodeBytes } from '../bytes/text.ts';
import { Turns } from '../bytes/turns.ts';
import { entryOf, type TableEntry } from './format.ts';
import { TableWriter } from './table-writer.ts';

/** A sink that can forget what was written. */
export interface RestartableSink extends ByteSink {
  restart(): void;
}

/** Entries between two looks at the clock. */
const STRETCH = 1 << 10;

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

  async *sorted(turns: Turns): AsyncGenerator<Iterable<TableEntry>> {
    const keys = this.#keys;
    const order = await sortInTurns(keys.length, (a, b) => ((keys[a] as string) < (keys[b] as string) ? -1 : 1), turns);
    for (let at = 0; at < order.length; at += STRETCH) {
      yield this.#entries(order.subarray(at, at + STRETCH));
      await turns.give();
    }
  }

  *#entries(order: Uint32Array): Generator<TableEntry> {
    const values = this.#values.view();
    for (const i of order) {
      const start = i === 0 ? 0 : this.#ends[i - 1];
      yield entryOf(encodeBytes(this.#keys[i] as string), values.subarray(start, this.#ends[i]));
    }
  }
}

async function writeAscending(sink: ByteSink, walk: () => Iterable<TableEntry>, turns: Turns): Promise<boolean> {
  const table = new TableWriter(sink);
  let count = 0;
  for (const entry of walk()) {
    if (!table.append(entry)) return false;
    if (++count % STRETCH === 0) await turns.give();
  }
  table.finish();
  return true;
}

/**
 * Writes all entries that `walk` gives, which may lend one object again and again; it is called a second time when they do
 * not ascend. Throws what `duplicate` makes of a key that comes twice.
 */
export async function writeSortedTable(
  sink: RestartableSink,
  walk: () => Iterable<TableEntry>,
  duplicate: (key: Uint8Array) => Error,
): Promise<void> {
  const turns = new Turns();
  if (await writeAscending(sink, walk, turns)) return;
  sink.restart();
  const held = new HeldEntries();
  let count = 0;
  for (const entry of walk()) {
    held.add(entry);
    if (++count % STRETCH === 0) await turns.give();
  }
  const table = new TableWriter(sink);
  for await (const entries of held.sorted(turns)) {
    for (const entry of entries) if (!table.append(entry)) throw duplicate(entry.key);
  }
  table.finish();
}
