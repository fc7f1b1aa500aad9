/** The entries of an index that own bytes, column by column: there may be a million, and names are found again when needed. */
import { SmallColumn, WideColumn } from '../../bytes/column.ts';
import { unmaskCrc } from '../../bytes/crc32c.ts';
import { sortInTurns } from '../../bytes/sort-in-turns.ts';
import type { Turns } from '../../bytes/turns.ts';
import { NO_CHECKSUM, RangeTable } from '../../io/range-table.ts';
import type { BundleEntry } from '../../proto/bundle.ts';

/** The place in the index of bytes that no entry claims. */
export const UNCLAIMED = -1;

/** Ranges of data files, which a copy of whole files leaves where they are. Files are numbered as their shards are met. */
export class ContentTable extends RangeTable {
  /** The shard of each file. */
  readonly shards: number[] = [];
  /** Enum number of the dtype. */
  readonly dtype = new SmallColumn();
  readonly elements = new WideColumn();
  /** Place of the entry in the walk over the whole index, or {@link UNCLAIMED}. */
  readonly ordinal = new SmallColumn();
  readonly #files = new Map<number, number>();

  constructor(readonly pathOf: (shard: number) => string) {
    super(true);
  }

  /** The number of the file of a shard. */
  fileOf(shard: number): number {
    let file = this.#files.get(shard);
    if (file === undefined) {
      file = this.paths.push(this.pathOf(shard)) - 1;
      this.shards.push(shard);
      this.#files.set(shard, file);
    }
    return file;
  }

  shardAt(row: number): number {
    return this.shards[this.file.at(row)] as number;
  }

  /** Adds what an entry owns; the recorded checksum comes masked. */
  add(entry: BundleEntry, elements: number, ordinal: number): void {
    this.#push(this.fileOf(entry.shardId), entry.offset, entry.size, unmaskCrc(entry.crc32c));
    this.dtype.push(entry.dtype);
    this.elements.push(elements);
    this.ordinal.push(ordinal);
  }

  /** Adds bytes that no entry claims; returns the number of their row. */
  addUnclaimed(file: number, offset: number, length: number): number {
    this.#push(file, offset, length, NO_CHECKSUM);
    this.dtype.push(0);
    this.elements.push(0);
    return this.ordinal.push(UNCLAIMED) - 1;
  }

  #push(file: number, offset: number, length: number, crc32c: number): void {
    this.file.push(file);
    this.offset.push(offset);
    this.length.push(length);
    this.crc32c.push(crc32c);
  }

  /** Row numbers in the order in which the content lies in the files, these in the order of their shards. */
  async inFileOrder(turns: Turns): Promise<Uint32Array> {
    const { offset } = this;
    const rows = Uint32Array.from(this.file.view(), (_, row) => row);
    const below = (a: number, b: number): number => this.shardAt(a) - this.shardAt(b) || offset.at(a) - offset.at(b);
    const ordered = rows.every((row) => row === 0 || below(row - 1, row) <= 0);
    return ordered ? rows : sortInTurns(rows.length, below, turns);
  }
}
