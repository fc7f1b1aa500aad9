/**
 * The table in the place of a damaged file: the file as it is, and behind it, in memory, an index of the blocks that are
 * sound, and a list of no tensors where the file's own is lost. No content is copied.
 */
import { ByteWriter } from '../../bytes/byte-writer.ts';
import { checksumBytes } from '../../bytes/checksum.ts';
import { maskCrc } from '../../bytes/crc32c.ts';
import { assertWithin, type ByteSource, type Run } from '../../bytes/source.ts';
import { compareBytes } from '../../bytes/text.ts';
import { CorruptError } from '../../errors.ts';
import { encodeSavedMeta } from '../../proto/saved-slices.ts';
import { BlockBuilder } from '../../sstable/block-builder.ts';
import { type BlockHandle, encodeFooter, encodeHandle, entryOf, TYPE_PLAIN } from '../../sstable/format.ts';
import { type OnDamage, soundHandles } from '../../sstable/sound-blocks.ts';

const NO_KEY = new Uint8Array(0);

/** A source with bytes in memory behind it. */
class ExtendedSource implements ByteSource {
  readonly byteLength: number;

  constructor(
    readonly source: ByteSource,
    readonly tail: Uint8Array,
  ) {
    this.byteLength = source.byteLength + tail.length;
  }

  readInto(target: Uint8Array, offset: number): void {
    assertWithin(this, offset, target.length, 'table');
    const own = Math.min(Math.max(this.source.byteLength - offset, 0), target.length);
    if (own > 0) this.source.readInto(target.subarray(0, own), offset);
    const from = offset + own - this.source.byteLength;
    if (own < target.length) target.set(this.tail.subarray(from, from + target.length - own), own);
  }

  expect(runs: readonly Run[]): void {
    const { byteLength } = this.source;
    const own = runs.filter(({ offset }) => offset < byteLength);
    this.source.expect?.(own.map(({ offset, length }) => ({ offset, length: Math.min(length, byteLength - offset) })));
  }
}

/** Puts blocks behind a source. */
class Tail {
  readonly #writer = new ByteWriter(4096);

  constructor(readonly source: ByteSource) {}

  add(block: BlockBuilder): BlockHandle {
    const contents = block.finish();
    const handle = { offset: this.source.byteLength + this.#writer.length, length: contents.length };
    const type = Uint8Array.of(TYPE_PLAIN);
    const crc = checksumBytes(type, checksumBytes(contents));
    this.#writer.bytes(contents).bytes(type).uint32(maskCrc(crc));
    return handle;
  }

  finish(metaindex: BlockHandle, index: BlockHandle): ByteSource {
    encodeFooter(this.#writer, { metaindex, index });
    return new ExtendedSource(this.source, this.#writer.toBytes());
  }
}

function emptyList(): BlockBuilder {
  const block = new BlockBuilder(1);
  block.add(entryOf(NO_KEY, encodeSavedMeta([])), 0);
  return block;
}

/** A table of the sound blocks of a file; `onDamage` hears of the others, `onListLost` of a list that none of them holds. */
export function soundTable(file: ByteSource, path: string, onDamage: OnDamage, onListLost: () => void): ByteSource {
  const tail = new Tail(file);
  const index = new BlockBuilder(1);
  const addToIndex = (last: Uint8Array, handle: BlockHandle): void => {
    const value = new ByteWriter(20);
    encodeHandle(value, handle);
    index.add(entryOf(last, value.view()), 0);
  };
  let before: Uint8Array | undefined;
  const addList = (): void => {
    onListLost();
    before = NO_KEY;
    addToIndex(NO_KEY, tail.add(emptyList()));
  };
  for (const { handle, keys } of soundHandles(file, path, onDamage)) {
    if (keys === undefined) continue;
    if (before === undefined && keys.first.length > 0) addList();
    if (before !== undefined && compareBytes(keys.first, before) <= 0) {
      const message = `${path}: data block at ${handle.offset}: a key out of order`;
      onDamage(new CorruptError(message, { where: 'table', path, offset: handle.offset }), true);
      continue;
    }
    addToIndex(keys.last, handle);
    before = keys.last;
  }
  if (before === undefined) addList();
  return tail.finish(tail.add(new BlockBuilder(1)), tail.add(index));
}
