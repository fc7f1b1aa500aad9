/** An index under other names, entry by entry: values are copied as they stand, only keys change. */
import { compareBytes, encodeAsciiInto, encodeText } from '../../bytes/text.ts';
import { NameError } from '../../errors.ts';
import type { BlockCursor } from '../../sstable/block.ts';
import type { TableEntry } from '../../sstable/format.ts';
import { type RestartableSink, writeSortedTable } from '../../sstable/sorted-table.ts';
import { decodeSliceKey, encodeSliceKey } from '../../tensor/slice-key.ts';
import { checkName } from '../entry-table.ts';
import type { BundleIndex } from './bundle-index.ts';

/** Gives every name its next one. */
export type Renamer = (name: string) => string;

/** The entry under a cursor with its new key; one object serves a whole walk. */
class RenamedEntry implements TableEntry {
  key = new Uint8Array(512);
  keyLength = 0;
  bytes: Uint8Array = this.key;
  valueStart = 0;
  valueEnd = 0;
  tensors = 0;
  renamed = 0;

  constructor(
    readonly index: BundleIndex,
    readonly rename: Renamer,
  ) {}

  take(cursor: BlockCursor): void {
    this.bytes = cursor.bytes;
    this.valueStart = cursor.valueStart;
    this.valueEnd = cursor.valueEnd;
    if (this.index.isTensorAt(cursor)) this.#takeName(cursor.keyText());
    else this.#takeKey(cursor);
  }

  #takeName(name: string): void {
    const next = this.rename(name);
    this.tensors++;
    if (next !== name) this.renamed++;
    if (next === '') throw new NameError(`${name} would be left without a name`, { missing: [name] });
    if (encodeAsciiInto(next, this.key)) {
      this.keyLength = next.length;
      return;
    }
    checkName(next);
    this.#setKey(encodeText(next));
  }

  /** The header's key stays; that of a stored slice repeats the name of its tensor. */
  #takeKey(cursor: BlockCursor): void {
    const key = cursor.key.subarray(0, cursor.keyLength);
    if (key.length === 0) this.#setKey(key);
    else {
      const { name, slice } = decodeSliceKey(key.slice());
      this.#setKey(encodeSliceKey(this.rename(name), slice));
    }
  }

  #setKey(key: Uint8Array): void {
    if (key.length > this.key.length) this.key = new Uint8Array(key.length * 2);
    this.key.set(key);
    this.keyLength = key.length;
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

/** The index of a bundle with every name passed through `rename`. */
export class RenamedIndex {
  /** How many tensors there are, and how many of them have another name; known when the index has been written. */
  tensors = 0;
  renamed = 0;

  constructor(
    readonly index: BundleIndex,
    readonly rename: Renamer,
  ) {}

  *#walk(): Generator<TableEntry> {
    const entry = new RenamedEntry(this.index, this.rename);
    for (const cursor of this.index.blockCursors()) {
      while (cursor.next()) {
        entry.take(cursor);
        yield entry;
      }
    }
    this.tensors = entry.tensors;
    this.renamed = entry.renamed;
  }

  /** Throws {@link NameError} where two names would meet. */
  async write(sink: RestartableSink): Promise<void> {
    await writeSortedTable(
      sink,
      () => this.#walk(),
      (key) => collision(this.index, this.rename, key),
    );
  }
}
