/**
 * An index under other names, entry by entry: values are copied as they stand, only keys change. While the new names come
 * in order, as they do under a prefix and most substitutions, nothing is held; otherwise the names are sorted first.
 */
import { ByteWriter } from '../../bytes/byte-writer.ts';
import type { ByteSink } from '../../bytes/source.ts';
import { compareBytes, decodeBytes, encodeBytes, encodeText } from '../../bytes/text.ts';
import { NameError } from '../../errors.ts';
import type { BlockCursor } from '../../sstable/block.ts';
import { TableWriter } from '../../sstable/table-writer.ts';
import { decodeSliceKey, encodeSliceKey } from '../../tensor/slice-key.ts';
import type { BundleIndex } from './bundle-index.ts';
import { checkName } from './deal-out.ts';

/** A sink that can forget what was written. */
export interface RestartableSink extends ByteSink {
  restart(): void;
}

/** Gives every name its next one. */
export type Renamer = (name: string) => string;

/** The key that an entry goes under. */
function newKey(index: BundleIndex, cursor: BlockCursor, rename: Renamer): Uint8Array {
  if (cursor.keyLength === 0) return new Uint8Array(0);
  if (!index.isTensorAt(cursor)) {
    const { name, slice } = decodeSliceKey(cursor.key.slice(0, cursor.keyLength));
    return encodeSliceKey(rename(name), slice);
  }
  const name = rename(cursor.keyText());
  checkName(name);
  return encodeText(name);
}

const valueAt = (cursor: BlockCursor): Uint8Array => cursor.bytes.subarray(cursor.valueStart, cursor.valueEnd);

/** Writes the entries as they come; false as soon as a new key is not above the one before. */
function writeInOrder(index: BundleIndex, sink: ByteSink, rename: Renamer): boolean {
  const table = new TableWriter(sink);
  for (const cursor of index.table.entries()) {
    const key = newKey(index, cursor, rename);
    if (!table.follows(key)) return false;
    table.add(key, valueAt(cursor));
  }
  table.finish();
  return true;
}

/** Entries to be sorted: keys as text, values end to end in one array, so that each costs little more than its bytes. */
class Entries {
  readonly #keys: string[] = [];
  readonly #ends: number[] = [];
  readonly #values = new ByteWriter(1 << 16);

  add(key: Uint8Array, value: Uint8Array): void {
    this.#keys.push(decodeBytes(key));
    this.#values.bytes(value);
    this.#ends.push(this.#values.length);
  }

  /** Keys and values in key order. */
  *sorted(): Generator<readonly [Uint8Array, Uint8Array]> {
    const keys = this.#keys;
    const order = Uint32Array.from(keys, (_, i) => i);
    order.sort((a, b) => ((keys[a] as string) < (keys[b] as string) ? -1 : 1));
    const values = this.#values.view();
    for (const i of order) {
      yield [encodeBytes(keys[i] as string), values.subarray(i === 0 ? 0 : this.#ends[i - 1], this.#ends[i])];
    }
  }
}

/** Two old names that come to one new name. */
function collision(index: BundleIndex, rename: Renamer, key: Uint8Array): NameError {
  const old: string[] = [];
  for (const cursor of index.tensorEntries()) {
    const name = cursor.keyText();
    if (compareBytes(encodeText(rename(name)), key) === 0) old.push(name);
  }
  const to = new TextDecoder().decode(key);
  return new NameError(`${old.slice(0, 2).join(' and ')} would both be called ${to}; nothing was renamed`, {
    colliding: old,
  });
}

/** Writes the index of a bundle with every name passed through `rename`; throws {@link NameError} where two would meet. */
export function writeRenamedIndex(index: BundleIndex, sink: RestartableSink, rename: Renamer): void {
  if (writeInOrder(index, sink, rename)) return;
  sink.restart();
  const entries = new Entries();
  for (const cursor of index.table.entries()) entries.add(newKey(index, cursor, rename), valueAt(cursor));
  const table = new TableWriter(sink);
  for (const [key, value] of entries.sorted()) {
    if (!table.follows(key)) throw collision(index, rename, key);
    table.add(key, value);
  }
  table.finish();
}
