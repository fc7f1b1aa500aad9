/** Building a block's contents: keys prefix-compressed against the one before, a restart every so many entries. */
import { ByteWriter } from '../bytes/byte-writer.ts';

export class BlockBuilder {
  readonly #writer = new ByteWriter(4096);
  #restarts: number[] = [0];
  #sinceRestart = 0;
  #lastKey: Uint8Array = new Uint8Array(0);

  constructor(readonly restartInterval: number) {}

  /** Bytes the block would take if it were finished now. */
  get sizeEstimate(): number {
    return this.#writer.length + 4 * this.#restarts.length + 4;
  }

  get isEmpty(): boolean {
    return this.#writer.length === 0;
  }

  /** Appends an entry; keys come in ascending order. */
  add(key: Uint8Array, value: Uint8Array): void {
    let shared = 0;
    if (this.#sinceRestart < this.restartInterval) {
      const most = Math.min(this.#lastKey.length, key.length);
      while (shared < most && key[shared] === this.#lastKey[shared]) shared++;
    } else {
      this.#restarts.push(this.#writer.length);
      this.#sinceRestart = 0;
    }
    this.#writer
      .varint(shared)
      .varint(key.length - shared)
      .varint(value.length)
      .bytes(key.subarray(shared))
      .bytes(value);
    this.#lastKey = key;
    this.#sinceRestart++;
  }

  /** The finished contents, borrowed until the next `add`; the builder is empty again. */
  finish(): Uint8Array {
    for (const restart of this.#restarts) this.#writer.uint32(restart);
    this.#writer.uint32(this.#restarts.length);
    const contents = this.#writer.view();
    this.#writer.clear();
    this.#restarts = [0];
    this.#sinceRestart = 0;
    this.#lastKey = new Uint8Array(0);
    return contents;
  }
}
