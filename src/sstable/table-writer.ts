/**
 * Writing a table byte for byte as TensorFlow's TableBuilder does: plain blocks, cut by its rule, with its separators.
 * Memory is one block plus an index entry a block.
 */
import { ByteWriter } from '../bytes/byte-writer.ts';
import { crc32c, maskCrc } from '../bytes/crc32c.ts';
import type { ByteSink } from '../bytes/source.ts';
import { compareBytes } from '../bytes/text.ts';
import { NameError } from '../errors.ts';
import { BlockBuilder } from './block-builder.ts';
import { BLOCK_BYTES, type BlockHandle, encodeFooter, encodeHandle, RESTART_INTERVAL, TYPE_PLAIN } from './format.ts';

const NO_KEY = new Uint8Array(0);

/** The shortest key that is not below `last` and below `next`, as TensorFlow chooses it (FindShortestSeparator). */
export function separatorBetween(last: Uint8Array, next: Uint8Array): Uint8Array {
  const most = Math.min(last.length, next.length);
  let i = 0;
  while (i < most && last[i] === next[i]) i++;
  const byte = last[i] as number;
  if (i < most && byte < 0xff && byte + 1 < (next[i] as number)) return incremented(last, i);
  return last;
}

/** A short key that is not below `last` (FindShortSuccessor). */
export function successorOf(last: Uint8Array): Uint8Array {
  const i = last.findIndex((byte) => byte !== 0xff);
  return i < 0 ? last : incremented(last, i);
}

function incremented(key: Uint8Array, at: number): Uint8Array {
  const short = key.slice(0, at + 1);
  short[at] = (short[at] as number) + 1;
  return short;
}

export class TableWriter {
  readonly #block = new BlockBuilder(RESTART_INTERVAL);
  readonly #index = new BlockBuilder(1);
  #lastKey: Uint8Array = NO_KEY;
  #started = false;
  #pending: BlockHandle | undefined;
  #offset = 0;

  constructor(
    readonly sink: ByteSink,
    readonly blockBytes: number = BLOCK_BYTES,
  ) {}

  /** Whether a key may come next: it must be above the one before. */
  follows(key: Uint8Array): boolean {
    return !this.#started || compareBytes(key, this.#lastKey) > 0;
  }

  /** Appends an entry; throws {@link NameError} unless the key is above the one before. Keeps `key`, so hand over a copy. */
  add(key: Uint8Array, value: Uint8Array): void {
    if (!this.follows(key)) {
      throw new NameError('table keys must ascend, each once', { colliding: [new TextDecoder().decode(key)] });
    }
    if (this.#started && key.length + value.length >= 2 * this.blockBytes) this.#flush();
    if (this.#pending !== undefined) {
      this.#addIndexEntry(separatorBetween(this.#lastKey, key), this.#pending);
      this.#pending = undefined;
    }
    this.#started = true;
    this.#lastKey = key;
    this.#block.add(key, value);
    if (this.#block.sizeEstimate >= this.blockBytes) this.#flush();
  }

  #flush(): void {
    if (this.#block.isEmpty) return;
    this.#pending = this.#writeBlock(this.#block.finish());
  }

  #addIndexEntry(key: Uint8Array, handle: BlockHandle): void {
    const value = new ByteWriter(20);
    encodeHandle(value, handle);
    this.#index.add(key, value.view());
  }

  #write(bytes: Uint8Array): void {
    this.sink.write(bytes);
    this.#offset += bytes.length;
  }

  #writeBlock(contents: Uint8Array): BlockHandle {
    const handle = { offset: this.#offset, length: contents.length };
    const type = Uint8Array.of(TYPE_PLAIN);
    const trailer = new ByteWriter(5).bytes(type).uint32(maskCrc(crc32c(type, crc32c(contents))));
    this.#write(contents);
    this.#write(trailer.view());
    return handle;
  }

  /** Writes what is left, the two inner blocks and the footer; returns the length of the file. */
  finish(): number {
    this.#flush();
    const metaindex = this.#writeBlock(new BlockBuilder(1).finish());
    if (this.#pending !== undefined) this.#addIndexEntry(successorOf(this.#lastKey), this.#pending);
    const index = this.#writeBlock(this.#index.finish());
    const footer = new ByteWriter(48);
    encodeFooter(footer, { metaindex, index });
    this.#write(footer.view());
    return this.#offset;
  }
}
