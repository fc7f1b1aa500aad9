/** Building a block's contents: keys prefix-compressed against the one before, a restart every so many entries. */
import { ByteWriter } from '../bytes/byte-writer.ts';
import type { TableEntry } from './format.ts';

export class BlockBuilder {
  readonly #writer = new ByteWriter(4096);
  #restarts: number[] = [0];
  #sinceRestart = 0;

  constructor(readonly restartInterval: number) {}

  /** Bytes the block would take if it were finished now. */
  get sizeEstimate(): number {
    return this.#writer.length + 4 * this.#restarts.length + 4;
  }

  get isEmpty(): boolean {
    return this.#writer.length === 0;
  }

  /** Bytes of the entries so far. */
  get length(): number {
    return this.#writer.length;
  }

  /** Appends an entry, whose key has its first `common` bytes in common with the key that was added before. */
  add(entry: TableEntry, common: number): void {
    const shared = this.#begin(entry.keyLength, entry.valueEnd - entry.valueStart, common);
    this.#writer.range(entry.key, shared, entry.keyLength).range(entry.bytes, entry.valueStart, entry.valueEnd);
  }

  /** Takes the room of an entry whose value is not known yet: for measuring. */
  skip(keyLength: number, valueLength: number, common: number): void {
    const shared = this.#begin(keyLength, valueLength, common);
    this.#writer.skip(keyLength - shared + valueLength);
  }

  /** Writes what stands before an entry's key; returns how many of its bytes are left out. */
  #begin(keyLength: number, valueLength: number, common: number): number {
    let shared = this.isEmpty ? 0 : common;
    if (this.#sinceRestart >= this.restartInterval) {
      this.#restarts.push(this.#writer.length);
      this.#sinceRestart = 0;
      shared = 0;
    }
    this.#writer
      .varint(shared)
      .varint(keyLength - shared)
      .varint(valueLength);
    this.#sinceRestart++;
    return shared;
  }

  /** The finished contents, borrowed until the next `add`; the builder is empty again. */
  finish(): Uint8Array {
    for (const restart of this.#restarts) this.#writer.uint32(restart);
    this.#writer.uint32(this.#restarts.length);
    const contents = this.#writer.view();
    this.#writer.clear();
    this.#restarts = [0];
    this.#sinceRestart = 0;
    return contents;
  }
}
