/**
 * Checksums of ranges that may overlap, as those of a damaged or hostile index: bytes that lie in several ranges are read and
 * summed once. Where a range starts or ends they are cut into pieces, and the checksum of a range is made of those of what
 * comes before its end and before its start.
 */
import { crc32cCombine } from '../bytes/crc32c.ts';
import { copyRanges, type RangeOptions, type RangeResults } from './range-copy.ts';
import { NO_CHECKSUM, RangeTable } from './range-table.ts';
import { SOUND } from './range-task.ts';

type Sums = Pick<RangeResults, 'crc32c' | 'failed'>;

/** Whether a range begins before all before it in its file have ended; rows come by file and offset. */
function overlap({ file, offset, length }: RangeTable, rows: readonly number[]): boolean {
  let [last, end] = [-1, 0];
  for (const row of rows) {
    if (file.at(row) !== last) [last, end] = [file.at(row), 0];
    if (offset.at(row) < end) return true;
    end = Math.max(end, offset.at(row) + length.at(row));
  }
  return false;
}

/** The ranges of a file cut where any of them starts or ends. */
class Pieces extends RangeTable {
  /** The first piece and the one past the last of each range. */
  readonly first: Uint32Array;
  readonly end: Uint32Array;

  constructor(
    readonly table: RangeTable,
    readonly rows: readonly number[],
  ) {
    super(true);
    for (const path of table.paths) this.paths.push(path);
    this.first = new Uint32Array(rows.length);
    this.end = new Uint32Array(rows.length);
    for (let at = 0; at < rows.length; ) at = this.#cut(at);
  }

  /** Cuts the ranges from `from` on that hang together; returns which is the next. */
  #cut(from: number): number {
    const { file, offset, length } = this.table;
    const row = (at: number): number => this.rows[at] as number;
    const start = (at: number): number => offset.at(row(at));
    const endOf = (at: number): number => start(at) + length.at(row(at));
    let to = from + 1;
    for (let end = endOf(from); to < this.rows.length && file.at(row(to)) === file.at(row(from)); to++) {
      if (start(to) >= end) break;
      end = Math.max(end, endOf(to));
    }
    const all = new Float64Array(2 * (to - from));
    for (let at = from; at < to; at++) all.set([start(at), endOf(at)], 2 * (at - from));
    const edges = all.sort().filter((edge, i) => i === 0 || edge !== all[i - 1]);
    const base = this.count;
    for (let i = 0; i + 1 < edges.length; i++)
      this.#add(file.at(row(from)), edges[i] as number, edges[i + 1] as number);
    for (let at = from; at < to; at++) {
      this.first[at] = base + placeOf(start(at), edges);
      this.end[at] = base + placeOf(endOf(at), edges);
    }
    return to;
  }

  #add(file: number, start: number, end: number): void {
    this.file.push(file);
    this.offset.push(start);
    this.length.push(end - start);
    this.crc32c.push(NO_CHECKSUM);
  }
}

/** Which of the sorted edges this is. */
function placeOf(edge: number, edges: Float64Array): number {
  let [low, high] = [0, edges.length - 1];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((edges[middle] as number) < edge) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The checksum of each range from those of the pieces; one of which a piece failed has failed as that did. */
function joined(pieces: Pieces, sums: Sums): Sums {
  const { count, length, first, end, rows, table } = pieces;
  // The checksum of all pieces before this one, and the last of those that failed.
  const before = new Uint32Array(count + 1);
  const lastFailed = new Int32Array(count + 1).fill(-1);
  for (let i = 0; i < count; i++) {
    before[i + 1] = crc32cCombine(before[i] as number, sums.crc32c[i] as number, length.at(i));
    lastFailed[i + 1] = sums.failed[i] === SOUND ? (lastFailed[i] as number) : i;
  }
  const crc32c = new Uint32Array(rows.length);
  const failed = new Uint8Array(rows.length);
  for (const [at, row] of rows.entries()) {
    const [from, to] = [first[at] as number, end[at] as number];
    crc32c[at] = (before[to] as number) ^ crc32cCombine(before[from] as number, 0, table.length.at(row));
    const bad = lastFailed[to] as number;
    failed[at] = bad >= from ? (sums.failed[bad] as number) : SOUND;
  }
  return { crc32c, failed };
}

/** As {@link copyRanges} without targets, of ranges that may overlap. */
export async function sumRanges(
  table: RangeTable,
  rows: readonly number[],
  options: Pick<RangeOptions, 'onProgress' | 'threadBytes'> = {},
): Promise<Sums> {
  if (!overlap(table, rows)) return copyRanges(table, rows, options);
  const pieces = new Pieces(table, rows);
  const all = Uint32Array.from({ length: pieces.count }, (_, piece) => piece);
  return joined(pieces, await copyRanges(pieces, all, options));
}
