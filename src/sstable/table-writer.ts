/**
 * Writing a table byte for byte as TensorFlow's TableBuilder does: plain blocks, cut by its rule, with its separators.
 * Memory is one block plus an index entry a block; a value that has a block to itself is not held.
 */
import { ByteWriter } from '../bytes/byte-writer.ts';
import { checksumBytes } from '../bytes/checksum.ts';
import { maskCrc } from '../bytes/crc32c.ts';
import type { ByteSink } from '../bytes/source.ts';
import { NameError, UsageError } from '../errors.ts';
import { BlockBuilder } from './block-builder.ts';
import {
  BLOCK_BYTES,
  type BlockHandle,
  encodeFooter,
  encodeHandle,
  entryOf,
  RESTART_INTERVAL,
  type TableEntry,
  TRAILER_BYTES,
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

/** What stands before the value in a block of one entry, and what stands behind: one restart, at 0. */
function largeBlockHead(key: Uint8Array, valueLength: number): ByteWriter {
  return new ByteWriter(key.length + 16).varint(0).varint(key.length).varint(valueLength).bytes(key);
}
const LARGE_BLOCK_TAIL = new ByteWriter(8).uint32(0).uint32(1).toBytes();

function descending(key: Uint8Array): NameError {
  return new NameError('table keys must ascend, each once', { colliding: [new TextDecoder().decode(key)] });
}

/** A value that is being put together; only a small one is gathered. */
interface OpenValue {
  readonly key: Uint8Array;
  left: number;
  readonly gathered: ByteWriter | undefined;
}

export class TableWriter {
  readonly #block = new BlockBuilder(RESTART_INTERVAL);
  readonly #index = new BlockBuilder(1);
  /** The key before, copied; its length is -1 before the first. */
  #lastKey: Uint8Array = new Uint8Array(128);
  #lastLength = -1;
  #pending: BlockHandle | undefined;
  #offset = 0;
  #value: OpenValue | undefined;
  /** Start and running checksum of the block that a large value has to itself. */
  #blockStart = 0;
  #blockCrc = 0;

  /** Without a sink nothing is written: the table is measured. */
  constructor(
    readonly sink: ByteSink | undefined,
    readonly blockBytes: number = BLOCK_BYTES,
  ) {}

  /** Appends an entry; throws {@link NameError} unless the key is above the one before. */
  add(key: Uint8Array, value: Uint8Array): void {
    if (!this.append(entryOf(key, value))) throw descending(key);
  }

  /** Appends an entry; false, and nothing is done, unless the key is above the one before. */
  append(entry: TableEntry): boolean {
    const { key, keyLength } = entry;
    const common = this.#startEntry(key, keyLength, entry.valueEnd - entry.valueStart);
    if (common < 0) return false;
    this.#block.add(entry, common);
    if (this.#block.sizeEstimate >= this.blockBytes) this.#flush();
    return true;
  }

  /**
   * Starts an entry whose value of `length` bytes follows by {@link putValue}. A value that TensorFlow's rule gives a block of
   * its own goes out as it comes and is never held. Throws {@link NameError} unless the key is above the one before.
   */
  beginValue(key: Uint8Array, length: number): void {
    this.#checkComplete();
    const large = this.#isLarge(key.length, length);
    if (large) {
      if (this.#startEntry(key, key.length, length) < 0) throw descending(key);
      this.#blockStart = this.#offset;
      this.#blockCrc = 0;
      this.#writeSummed(largeBlockHead(key, length).view());
    }
    this.#value = { key, left: length, gathered: large ? undefined : new ByteWriter(length) };
    this.#endValue();
  }

  /** The next bytes of the value that was begun; throws {@link UsageError} for more than it has. */
  putValue(bytes: Uint8Array): void {
    const value = this.#value;
    if (value === undefined || bytes.length > value.left) throw new UsageError('more bytes than the value has');
    value.left -= bytes.length;
    if (value.gathered === undefined) this.#writeSummed(bytes);
    else value.gathered.bytes(bytes);
    this.#endValue();
  }

  #endValue(): void {
    const value = this.#value;
    if (value === undefined || value.left > 0) return;
    this.#value = undefined;
    if (value.gathered !== undefined) this.add(value.key, value.gathered.view());
    else {
      this.#writeSummed(LARGE_BLOCK_TAIL);
      this.#pending = { offset: this.#blockStart, length: this.#offset - this.#blockStart };
      this.#writeTrailer(this.#blockCrc);
    }
  }

  /** Takes the room of an entry whose value is not known yet, and returns where the value will start in the file. */
  measure(key: Uint8Array, length: number): number {
    const common = this.#startEntry(key, key.length, length);
    if (common < 0) throw descending(key);
    if (!this.#isLarge(key.length, length)) {
      this.#block.skip(key.length, length, common);
      const at = this.#offset + this.#block.length - length;
      if (this.#block.sizeEstimate >= this.blockBytes) this.#flush();
      return at;
    }
    const at = this.#offset + largeBlockHead(key, length).length;
    this.#pending = { offset: this.#offset, length: at + length + LARGE_BLOCK_TAIL.length - this.#offset };
    this.#offset += this.#pending.length + TRAILER_BYTES;
    return at;
  }

  #checkComplete(): void {
    if (this.#value !== undefined) throw new UsageError('a value is not complete');
  }

  #isLarge(keyLength: number, valueLength: number): boolean {
    return keyLength + valueLength >= 2 * this.blockBytes;
  }

  /** Makes way for an entry: how many bytes its key shares with the one before, or -1 if it is not above that one. */
  #startEntry(key: Uint8Array, keyLength: number, valueLength: number): number {
    const last = this.#lastKey;
    const most = Math.max(Math.min(this.#lastLength, keyLength), 0);
    let common = 0;
    while (common < most && key[common] === last[common]) common++;
    const ascends = common === most ? keyLength > this.#lastLength : (key[common] as number) > (last[common] as number);
    if (!ascends) return -1;
    if (this.#isLarge(keyLength, valueLength)) this.#flush();
    if (this.#pending !== undefined) {
      this.#addIndexEntry(separatorBetween(this.#last(), key.subarray(0, keyLength)), this.#pending);
      this.#pending = undefined;
    }
    this.#remember(key, common, keyLength);
    return common;
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
    this.sink?.write(bytes);
    this.#offset += bytes.length;
  }

  #writeSummed(bytes: Uint8Array): void {
    this.#blockCrc = checksumBytes(bytes, this.#blockCrc);
    this.#write(bytes);
  }

  #writeTrailer(contentsCrc: number): void {
    const type = Uint8Array.of(TYPE_PLAIN);
    this.#write(
      new ByteWriter(TRAILER_BYTES)
        .bytes(type)
        .uint32(maskCrc(checksumBytes(type, contentsCrc)))
        .view(),
    );
  }

  #writeBlock(contents: Uint8Array): BlockHandle {
    const handle = { offset: this.#offset, length: contents.length };
    this.#write(contents);
    this.#writeTrailer(this.sink === undefined ? 0 : checksumBytes(contents));
    return handle;
  }

  /** Writes what is left, the two inner blocks and the footer; returns the length of the file. */
  finish(): number {
    this.#checkComplete();
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
