/** Tables put together byte by byte, with checksums that are right and anything else as it is told. */
import { ByteWriter } from '../../src/bytes/byte-writer.ts';
import { crc32c, maskCrc } from '../../src/bytes/crc32c.ts';
import { type BlockHandle, encodeFooter, encodeHandle } from '../../src/sstable/format.ts';

export interface RawEntry {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
  /** What the entry says that it shares with the key before; nothing when left out. `key` is what is its own. */
  readonly shared?: number;
}

/** The contents of a block; one restart unless told otherwise. */
export function rawBlock(entries: Iterable<RawEntry>, restarts: readonly number[] = [0]): Uint8Array {
  const writer = new ByteWriter();
  for (const { key, value, shared = 0 } of entries) {
    writer.varint(shared).varint(key.length).varint(value.length).bytes(key).bytes(value);
  }
  for (const restart of restarts) writer.uint32(restart);
  return writer.uint32(restarts.length).toBytes();
}

export class RawTable {
  readonly #writer = new ByteWriter();

  /** Stores a block behind the others. */
  block(contents: Uint8Array, type = 0): BlockHandle {
    const offset = this.#writer.length;
    const stored = new ByteWriter().bytes(contents).byte(type).toBytes();
    this.#writer.bytes(stored).uint32(maskCrc(crc32c(stored)));
    return { offset, length: contents.length };
  }

  /** The table, of which the index names these blocks. */
  finish(blocks: readonly (readonly [separator: Uint8Array, handle: BlockHandle])[]): Uint8Array {
    const metaindex = this.block(rawBlock([]));
    const handleBytes = (handle: BlockHandle): Uint8Array => {
      const writer = new ByteWriter();
      encodeHandle(writer, handle);
      return writer.toBytes();
    };
    const index = this.block(rawBlock(blocks.map(([key, handle]) => ({ key, value: handleBytes(handle) }))));
    encodeFooter(this.#writer, { metaindex, index });
    return this.#writer.toBytes();
  }
}
