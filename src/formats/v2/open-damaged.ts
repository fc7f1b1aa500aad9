/**
 * Opening a bundle whose index is damaged: its sound blocks are copied into a new table in memory, which then stands in
 * the place of the index. What a block says that is cut off, or does not match its checksum, is taken along as unproven: the
 * content of each tensor has a checksum of its own, which vouches for its place, but not for its name.
 */
import { expectAll } from '../../bytes/missing.ts';
import { type ByteSource, MemorySink, MemorySource } from '../../bytes/source.ts';
import { compareBytes, decodeText } from '../../bytes/text.ts';
import { TextMap } from '../../bytes/text-map.ts';
import { type CkptError, CorruptError } from '../../errors.ts';
import { listShardFiles } from '../../io/shard-files.ts';
import { indexName } from '../../io/shard-names.ts';
import type { Store, StoredFile } from '../../io/store.ts';
import { withFile } from '../../io/stored.ts';
import { encodeBundleHeader } from '../../proto/bundle.ts';
import { entryOf, type TableEntry } from '../../sstable/format.ts';
import { cursorAt, isSound, type LooseBlock, looseEntriesOf, tableBlocks } from '../../sstable/sound-blocks.ts';
import { TableWriter } from '../../sstable/table-writer.ts';
import type { DamagedCheckpoint, Found, Unproven } from '../format.ts';
import { openBundle } from './open.ts';

/** No name of a data file is believed that counts more than this. */
const MOST_SHARDS = 100_000;

const NO_KEY = new Uint8Array(0);

/** Opens what is left of a bundle; throws a `CkptError` when no entry of its index is. */
export function openDamagedBundle(store: Store, found: Found): DamagedCheckpoint {
  const index = withFile(store, indexName(found.prefix), (file) => new LeftIndex(store, file, found.prefix));
  const { damage, isComplete, unproven, table } = index;
  return Object.assign(openBundle(store, found, table), { damage, isComplete, unproven });
}

/** What is left of an index. */
class LeftIndex {
  readonly damage: CkptError[] = [];
  readonly unproven = new TextMap<Unproven>();
  isComplete = true;
  /** A table of what is left; nothing when the index needs none, being sound. */
  readonly table: ByteSource | undefined;
  readonly #sink = new MemorySink();
  readonly #writer = new TableWriter(this.#sink);
  #hasHeader = false;
  #tensors = 0;

  constructor(
    readonly store: Store,
    readonly file: StoredFile,
    readonly prefix: string,
  ) {
    const path = indexName(prefix);
    expectAll(file);
    const blocks = [...tableBlocks(file, path, (error, losesEntries) => this.#note(error, losesEntries))];
    const [problem] = this.damage;
    if (problem === undefined) return;
    for (const block of blocks) {
      if (!isSound(block)) this.#takeLoose(block);
      else for (const cursor = cursorAt(file, block.handle, path); cursor.next(); ) this.#add(cursor);
    }
    if (this.#tensors === 0) throw problem;
    this.#writer.finish();
    this.table = new MemorySource(this.#sink.toBytes());
  }

  #note(error: CkptError, losesEntries: boolean): void {
    this.damage.push(error);
    if (losesEntries) this.isComplete = false;
  }

  /** Adds an entry unless its key stands elsewhere; says whether it did. */
  #add(entry: TableEntry): boolean {
    if (entry.keyLength === 0) this.#hasHeader = true;
    else {
      if (!this.#hasHeader) this.#addStandIn();
      this.#tensors++;
    }
    return this.#writer.append(entry);
  }

  #takeLoose(block: LooseBlock): void {
    const { separator } = block;
    const { entries, isCut } = looseEntriesOf(this.file, block);
    for (const { key, value } of entries) {
      if (separator !== undefined && compareBytes(key, separator) > 0) continue;
      if (key.length === 0 && !isCut) continue;
      if (this.#add(entryOf(key, value)) && key.length > 0) {
        this.unproven.set(decodeText(key), isCut ? 'cut' : 'damaged');
      }
    }
  }

  /** For a header that is lost: the shards are those that are there, the byte order is that of nearly every machine. */
  #addStandIn(): void {
    const message = 'the header of the index is lost; the numbers are taken to be little-endian';
    this.#note(new CorruptError(message, { where: 'bundle header', path: indexName(this.prefix) }), true);
    const counts = listShardFiles(this.store, this.prefix).map(({ shards }) => shards);
    const shards = counts.reduce((most, count) => (count > most && count <= MOST_SHARDS ? count : most), 1);
    this.#hasHeader = true;
    this.#writer.add(NO_KEY, encodeBundleHeader(shards));
  }
}
