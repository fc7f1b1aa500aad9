/**
 * Opening a bundle whose index is damaged: its sound blocks are copied into a new table in memory, which then stands in
 * the place of the index. What a block with a wrong checksum says is not believed, not even in part.
 */
import { expectAll } from '../../bytes/missing.ts';
import { type ByteSource, MemorySink, MemorySource } from '../../bytes/source.ts';
import { type CkptError, CorruptError } from '../../errors.ts';
import { listShardFiles } from '../../io/shard-files.ts';
import { indexName } from '../../io/shard-names.ts';
import type { Store, StoredFile } from '../../io/store.ts';
import { withFile } from '../../io/stored.ts';
import { encodeBundleHeader } from '../../proto/bundle.ts';
import { soundBlocks } from '../../sstable/sound-blocks.ts';
import { TableWriter } from '../../sstable/table-writer.ts';
import type { DamagedCheckpoint, Found } from '../format.ts';
import { openBundle } from './open.ts';

/** No name of a data file is believed that counts more than this. */
const MOST_SHARDS = 100_000;

const NO_KEY = new Uint8Array(0);

/** Opens what is sound of a bundle; throws a `CkptError` when no block of its index is. */
export function openDamagedBundle(store: Store, found: Found): DamagedCheckpoint {
  const damage: CkptError[] = [];
  const table = withFile(store, indexName(found.prefix), (file) => soundTable(store, file, found.prefix, damage));
  return Object.assign(openBundle(store, found, table), { damage });
}

/** A table of the sound blocks; nothing when the index needs none, being sound. */
function soundTable(store: Store, file: StoredFile, prefix: string, damage: CkptError[]): ByteSource | undefined {
  const path = indexName(prefix);
  expectAll(file);
  let blocks = 0;
  for (const _ of soundBlocks(file, path, (error) => damage.push(error))) blocks++;
  const [problem] = damage;
  if (problem === undefined) return undefined;
  if (blocks === 0) throw problem;
  const sink = new MemorySink();
  const writer = new TableWriter(sink);
  let first = true;
  for (const block of soundBlocks(file, path, () => {})) {
    while (block.next()) {
      if (first && block.keyLength > 0) writer.add(NO_KEY, standInHeader(store, prefix, damage));
      first = false;
      writer.append(block);
    }
  }
  writer.finish();
  return new MemorySource(sink.toBytes());
}

/** For a header that is lost: the shards are those that are there, the byte order is that of nearly every machine. */
function standInHeader(store: Store, prefix: string, damage: CkptError[]): Uint8Array {
  damage.push(
    new CorruptError('the header of the index is lost; the numbers are taken to be little-endian', {
      where: 'bundle header',
      path: indexName(prefix),
    }),
  );
  const counts = listShardFiles(store, prefix).map(({ shards }) => shards);
  return encodeBundleHeader(counts.reduce((most, count) => (count > most && count <= MOST_SHARDS ? count : most), 1));
}
