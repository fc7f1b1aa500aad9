/** The entries of an index that own bytes, column by column: there may be a million, and names are found again when needed. */
import { SmallColumn, WideColumn } from '../../bytes/column.ts';
import { unmaskCrc } from '../../bytes/crc32c.ts';
import type { BundleEntry } from '../../proto/bundle.ts';

export class ContentTable {
  readonly shard = new SmallColumn();
  readonly offset = new WideColumn();
  readonly size = new WideColumn();
  /** As recorded, unmasked. */
  readonly crc32c = new WideColumn();
  /** Enum number of the dtype. */
  readonly dtype = new SmallColumn();
  readonly elements = new WideColumn();
  /** Place of the entry in the walk over the whole index. */
  readonly ordinal = new SmallColumn();

  get length(): number {
    return this.shard.length;
  }

  add(entry: BundleEntry, elements: number, ordinal: number): void {
    this.shard.push(entry.shardId);
    this.offset.push(entry.offset);
    this.size.push(entry.size);
    this.crc32c.push(unmaskCrc(entry.crc32c));
    this.dtype.push(entry.dtype);
    this.elements.push(elements);
    this.ordinal.push(ordinal);
  }

  /** Row numbers in the order in which the content lies in the files. */
  inFileOrder(): Uint32Array {
    const { shard, offset } = this;
    const rows = Uint32Array.from(shard.view(), (_, row) => row);
    const below = (a: number, b: number): number => shard.at(a) - shard.at(b) || offset.at(a) - offset.at(b);
    const ordered = rows.every((row) => row === 0 || below(row - 1, row) <= 0);
    return ordered ? rows : rows.sort(below);
  }
}
