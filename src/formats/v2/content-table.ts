/** The entries of an index that own bytes, column by column: there may be a million, and names are found again when needed. */
import { unmaskCrc } from '../../bytes/crc32c.ts';
import type { BundleEntry } from '../../proto/bundle.ts';

export class ContentTable {
  readonly shard: number[] = [];
  readonly offset: number[] = [];
  readonly size: number[] = [];
  /** As recorded, unmasked. */
  readonly crc32c: number[] = [];
  /** Enum number of the dtype. */
  readonly dtype: number[] = [];
  readonly elements: number[] = [];
  /** Place of the entry in the walk over the whole index. */
  readonly ordinal: number[] = [];

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
    const rows = Uint32Array.from(shard, (_, row) => row);
    const below = (a: number, b: number): number =>
      (shard[a] as number) - (shard[b] as number) || (offset[a] as number) - (offset[b] as number);
    const ordered = rows.every((row) => row === 0 || below(row - 1, row) <= 0);
    return ordered ? rows : rows.sort(below);
  }
}
