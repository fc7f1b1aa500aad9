/** Carrying out the plan of a bundle: content first, then the index; the files take their names when all are on the disk. */
import { maskCrc } from '../../bytes/crc32c.ts';
import { compareBytes, compareText, encodeText } from '../../bytes/text.ts';
import { AtomicFiles } from '../../io/atomic-files.ts';
import { encodeBundleEntry, encodeBundleHeader } from '../../proto/bundle.ts';
import { TableWriter } from '../../sstable/table-writer.ts';
import { encodeSliceKey } from '../../tensor/slice-key.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import type { WriteOptions, WritePlan } from '../write-plan.ts';
import { type Placed, writeData } from './write-data.ts';

interface KeyedEntry {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

function entryOfPiece({ piece, shard, crc32c: crc }: Placed): Uint8Array {
  const { tensor, offset } = piece;
  return encodeBundleEntry({
    dtype: tensor.dtype.number,
    shape: tensor.shape,
    shardId: shard,
    offset,
    size: tensor.byteLength,
    crc32c: maskCrc(crc),
    slices: [],
  });
}

/** The entry that lists the parts. TensorFlow's merge leaves the first part's shard in it, and nothing else that counts. */
function entryOfWhole(tensor: Tensor, firstShard: number): Uint8Array {
  return encodeBundleEntry({
    dtype: tensor.dtype.number,
    shape: tensor.shape,
    shardId: firstShard,
    offset: 0,
    size: 0,
    crc32c: 0,
    slices: (tensor.parts ?? []).map(({ slice }) => slice),
  });
}

/** Every entry under its key, in key order. */
function indexEntries(plan: WritePlan, placed: readonly Placed[]): KeyedEntry[] {
  const shardOfFirstPart = new Map<string, number>();
  const entries: { key: Uint8Array; text: string; value: Uint8Array }[] = [];
  for (const at of placed) {
    const { name, slice } = at.piece;
    if (slice === undefined) {
      entries.push({ key: encodeText(name), text: name, value: entryOfPiece(at) });
      continue;
    }
    const known = shardOfFirstPart.get(name);
    shardOfFirstPart.set(name, Math.min(known ?? at.shard, at.shard));
    entries.push({ key: encodeSliceKey(name, slice), text: '\0', value: entryOfPiece(at) });
  }
  for (const [name, shard] of shardOfFirstPart) {
    const tensor = plan.tensors.get(name);
    if (tensor !== undefined) entries.push({ key: encodeText(name), text: name, value: entryOfWhole(tensor, shard) });
  }
  const special = (text: string): boolean => text.startsWith('\0');
  return entries.sort((a, b) =>
    special(a.text) || special(b.text) ? compareBytes(a.key, b.key) : compareText(a.text, b.text),
  );
}

function writeIndex(plan: WritePlan, placed: readonly Placed[], files: AtomicFiles): void {
  const table = new TableWriter(files.create(plan.indexPath));
  table.add(new Uint8Array(0), encodeBundleHeader(plan.data.length));
  for (const { key, value } of indexEntries(plan, placed)) table.add(key, value);
  table.finish();
}

/** Carries a plan out; on any failure nothing of it stays. */
export async function writeBundle(plan: WritePlan, options: WriteOptions = {}): Promise<void> {
  const files = new AtomicFiles();
  try {
    const placed = await writeData(plan, files, options);
    writeIndex(plan, placed, files);
    files.commit(plan.obsolete);
  } catch (error) {
    files.discard();
    throw error;
  }
}
