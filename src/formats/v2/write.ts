/** Carrying out the plan of a bundle: content first, then the index; the files take their names when all are on the disk. */
import { maskCrc } from '../../bytes/crc32c.ts';
import { encodeText } from '../../bytes/text.ts';
import { NameError } from '../../errors.ts';
import { AtomicFiles } from '../../io/atomic-files.ts';
import { encodeBundleEntry, encodeBundleHeader } from '../../proto/bundle.ts';
import { entryOf, type TableEntry } from '../../sstable/format.ts';
import { writeSortedTable } from '../../sstable/sorted-table.ts';
import { encodeSliceKey } from '../../tensor/slice-key.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import type { EntryTable } from '../entry-table.ts';
import type { Written } from '../format.ts';
import type { WriteOptions } from '../write-plan.ts';
import type { BundlePlan } from './plan.ts';

function entryOfPiece(tensor: Tensor, pieces: EntryTable, piece: number): Uint8Array {
  return encodeBundleEntry({
    dtype: tensor.dtype.number,
    shape: tensor.shape,
    shardId: pieces.shard.at(piece),
    offset: pieces.offset.at(piece),
    size: tensor.byteLength,
    crc32c: maskCrc(Math.max(pieces.crc32c.at(piece), 0)),
    slices: [],
  });
}

/** The entry that lists the parts. TensorFlow's merge leaves the first part's shard in it, and nothing else that counts. */
function entryOfWhole({ dtype, shape, parts = [] }: Tensor, firstShard: number): Uint8Array {
  const slices = parts.map(({ slice }) => slice);
  return encodeBundleEntry({ dtype: dtype.number, shape, shardId: firstShard, offset: 0, size: 0, crc32c: 0, slices });
}

/** Every entry, in the order of the map; the parts of a tensor come before the tensor. */
function* entriesOf({ tensors, pieces, data }: BundlePlan): Generator<TableEntry> {
  yield entryOf(new Uint8Array(0), encodeBundleHeader(data.length));
  let piece = 0;
  for (const [name, tensor] of tensors) {
    const { parts } = tensor;
    if (parts === undefined) {
      yield entryOf(encodeText(name), entryOfPiece(tensor, pieces, piece++));
      continue;
    }
    let firstShard = Number.POSITIVE_INFINITY;
    for (const part of parts) {
      firstShard = Math.min(firstShard, pieces.shard.at(piece));
      yield entryOf(encodeSliceKey(name, part.slice), entryOfPiece(part.tensor, pieces, piece++));
    }
    yield entryOf(encodeText(name), entryOfWhole(tensor, parts.length === 0 ? 0 : firstShard));
  }
}

function duplicate(key: Uint8Array): NameError {
  const name = new TextDecoder().decode(key);
  return new NameError(`two tensors would both be called ${name}`, { colliding: [name] });
}

/** Carries a plan out; on any failure nothing of it stays. */
export async function writeBundle(plan: BundlePlan, options: WriteOptions = {}): Promise<Written> {
  const files = new AtomicFiles(options.sync);
  try {
    const { writeData } = await import('./write-data.ts');
    const bytesReused = await writeData(plan, files, options);
    writeSortedTable(files.create(plan.indexPath), () => entriesOf(plan), duplicate);
    files.commit(plan.obsolete);
    return { bytesCopied: plan.byteLength - bytesReused, bytesReused };
  } catch (error) {
    throw files.failed(error);
  }
}
