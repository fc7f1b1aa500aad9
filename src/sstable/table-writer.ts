/**
 * Writing a table byte for byte as TensorFlow's TableBuilder does: plain blocks, cut by its rule, with its separators.
 * Memory is one block plus an index entry a block.
 */
import { ByteWriter } from '../bytes/byte-writer.ts';
import { checksumBytes } from '../bytes/checksum.ts';
import { maskCrc } from '../bytes/crc32c.ts';
import type { ByteSink } from '../bytes/source.ts';
import { NameError } from '../errors.ts';
import { BlockBuilder } from './block-builder.ts';
import {
  BLOCK_BYTES,
  type BlockHandle,
  encodeFooter,
  encodeHandle,
  entryOf,
  RESTART_INTERVAL,
  type TableEntry,
  TYPE_PLAIN,
} from './format.ts';

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
  /** The key before, copied; its length is -1 before the first. */
  #lastKey: Uint8Array = new Uint8Array(128);
  #lastLength = -1;
  #pending: BlockHandle | undefined;
  #offset = 0;

  constructor(
    readonly sink: ByteSink,
    readonly blockBytes: number = BLOCK_BYTES,
  ) {}

  /** Appends an entry; throws {@link NameError} unless the key is above the one before. */
  add(key: Uint8Array, value: Uint8Array): void {
    if (!this.append(entryOf(key, value))) {
      throw new NameError('table keys must ascend, each once', { colliding: [new TextDecoder().decode(key)] });
    }
  }

  /** Appends an entry; false, and nothing is done, unless the key is above the one before. */
  append(entry: TableEntry): boolean {
    const { key, keyLength } = entry;
    const last = this.#lastKey;
    const most = Math.max(Math.min(this.#lastLength, keyLength), 0);
    let common = 0;
    while (common < most && key[common] === last[common]) common++;
    const ascends = common === most ? keyLength > this.#lastLength : (key[common] as number) > (last[common] as number);
    if (!ascends) return false;
    if (keyLength + entry.valueEnd - entry.valueStart >= 2 * this.blockBytes) this.#flush();
    if (this.#pending !== undefined) {
      this.#addIndexEntry(separatorBetween(this.#last(), key.subarray(0, keyLength)), this.#pending);
      this.#pending = undefined;
    }
    this.#block.add(entry, common);
    this.#remember(key, common, keyLength);
    if (this.#block.sizeEstimate >= this.blockBytes) this.#flush();
    return true;
  }

  #last(): Uint8Array {
    return this.#lastKey.subarray(0, Math.max(this.#lastLength, 0));
  }

  #remember(key: Uint8Array, common: number, length: number): void {
    if (length > this.#lastKey.length) {
      const grown = new Uint8Array(length * 2);
      grown.set(this.#lastKey.subarray(0, common));
      this.#lastKey = grown;
    }
    for (let i = common; i < length; i++) this.#lastKey[i] = key[i] as number;
    this.#lastLength = length;
  }

  #flush(): void {
    if (this.#block.isEmpty) return;
    this.#pending = this.#writeBlock(this.#block.finish());
  }

  #addIndexEntry(key: Uint8Array, handle: BlockHandle): void {
    const value = new ByteWriter(20);
    encodeHandle(value, handle);
    this.#index.add(entryOf(key, value.view()), 0);
  }

  #write(bytes: Uint8Array): void {
    this.sink.write(bytes);
    this.#offset += bytes.length;
  }

  #writeBlock(contents: Uint8Array): BlockHandle {
    const handle = { offset: this.#offset, length: contents.length };
    const type = Uint8Array.of(TYPE_PLAIN);
    const trailer = new ByteWriter(5).bytes(type).uint32(maskCrc(checksumBytes(type, checksumBytes(contents))));
    this.#write(contents);
    this.#write(trailer.view());
    return handle;
  }

  /** Writes what is left, the two inner blocks and the footer; returns the length of the file. */
  finish(): number {
    this.#flush();
    const metaindex = this.#writeBlock(new BlockBuilder(1).finish());
    if (this.#pending !== undefined) this.#addIndexEntry(successorOf(this.#last()), this.#pending);
    const index = this.#writeBlock(this.#index.finish());
    const footer = new ByteWriter(48);
    encodeFooter(footer, { metaindex, index });
    this.#write(footer.view());
    return this.#offset;
  }
}
