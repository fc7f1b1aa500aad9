/** The index of a bundle that is laid out anew: an entry for each tensor and each part, when all content has its checksum. */
import { ByteWriter } from '../../bytes/byte-writer.ts';
import { maskCrc } from '../../bytes/crc32c.ts';
import { encodeAsciiInto, encodeText } from '../../bytes/text.ts';
import { NameError } from '../../errors.ts';
import { type BundleEntry, encodeBundleHeader, writeBundleEntry } from '../../proto/bundle.ts';
import { entryOf, type TableEntry } from '../../sstable/format.ts';
import { type RestartableSink, writeSortedTable } from '../../sstable/sorted-table.ts';
import { encodeSliceKey } from '../../tensor/slice-key.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import type { EntryTable } from '../entry-table.ts';

function entryFor(tensor: Tensor, entries: EntryTable, number: number): BundleEntry {
  return {
    dtype: tensor.dtype.number,
    shape: tensor.shape,
    shardId: entries.target.at(number),
    offset: entries.place.at(number),
    size: tensor.byteLength,
    crc32c: maskCrc(Math.max(entries.crc32c.at(number), 0)),
    slices: [],
  };
}

/** The entry that lists the parts. TensorFlow's merge leaves the first part's shard in it, and nothing else that counts. */
function entryForWhole({ dtype, shape, parts = [] }: Tensor, firstShard: number): BundleEntry {
  const slices = parts.map(({ slice }) => slice);
  return { dtype: dtype.number, shape, shardId: firstShard, offset: 0, size: 0, crc32c: 0, slices };
}

/** Names of more units have arrays of their own. */
const MOST_KEY_UNITS = 1024;

/** Every entry, in the order of the map; the parts of a tensor come before the tensor. Each is good until the next is asked for. */
function* indexEntries(entries: EntryTable, shards: number): Generator<TableEntry> {
  const value = new ByteWriter(256);
  const ascii = new Uint8Array(MOST_KEY_UNITS);
  const written = (entry: BundleEntry): Uint8Array => {
    value.clear();
    writeBundleEntry(value, entry);
    return value.view();
  };
  const named = (name: string, entry: BundleEntry): TableEntry => {
    const bytes = written(entry);
    if (!encodeAsciiInto(name, ascii)) return entryOf(encodeText(name), bytes);
    return { key: ascii, keyLength: name.length, bytes, valueStart: 0, valueEnd: bytes.length };
  };
  yield entryOf(new Uint8Array(0), encodeBundleHeader(shards));
  let number = 0;
  for (const [name, tensor] of entries.map) {
    const { parts } = tensor;
    if (parts === undefined) {
      yield named(name, entryFor(tensor, entries, number++));
      continue;
    }
    let firstShard = Number.POSITIVE_INFINITY;
    for (const part of parts) {
      firstShard = Math.min(firstShard, entries.target.at(number));
      yield entryOf(encodeSliceKey(name, part.slice), written(entryFor(part.tensor, entries, number++)));
    }
    yield named(name, entryForWhole(tensor, parts.length === 0 ? 0 : firstShard));
  }
}

function duplicate(key: Uint8Array): NameError {
  const name = new TextDecoder().decode(key);
  return new NameError(`two tensors would both be called ${name}`, { colliding: [name] });
}

export async function writeIndex(sink: RestartableSink, entries: EntryTable, shards: number): Promise<void> {
  await writeSortedTable(sink, () => indexEntries(entries, shards), duplicate);
}
