/**
 * Many ranges of bytes in files, checked or copied as fast as the machine reads and writes: neighbours in one read, large work
 * shared with a second thread, ranges cut where threads meet and their checksums joined again.
 */
import { crc32Combine } from '../bytes/crc32.ts';
import { crc32cCombine } from '../bytes/crc32c.ts';
import type { RangeTable } from './range-table.ts';
import { type RangeTask, RangeWorker } from './range-task.ts';
import { startThread, workBeside } from './second-thread.ts';

export interface RangeResults {
  /** Unmasked CRC-32C of each range; zeros where `sum` was off. */
  readonly crc32c: Uint32Array;
  /** CRC-32 of each range, as zip has it; zeros unless it was asked for. */
  readonly crc32: Uint32Array;
  /** `SOUND`, or why a range was not read, by the words of range-task.ts. */
  readonly failed: Uint8Array;
}

export interface RangeOptions {
  /** Files that exist and take the ranges at their places, by the numbers in the table; without them nothing is written. */
  readonly targets?: readonly string[] | undefined;
  /** Hears of the bytes done so far. */
  readonly onProgress?: ((bytesDone: number) => void) | undefined;
  /** Whether to sum what is read; true unless said otherwise. */
  readonly sum?: boolean | undefined;
  /** Whether to take the CRC-32 of zip too. */
  readonly zipSum?: boolean | undefined;
  /** From this many bytes on a second thread helps. */
  readonly threadBytes?: number | undefined;
}

/** What a thread claims at a time: large enough to read ahead, small enough to share evenly. */
const UNIT_BYTES = 16 << 20;
/** Of small ranges it claims so many: signals are heard in between. */
const UNIT_ROWS = 1 << 16;
/** Below this a second thread costs more than it saves. */
const THREAD_BYTES = 192 << 20;
/** Reading alone gains nothing from more than this at once; a copy is summed while it is still in the processor's cache. */
const READ_CHUNK_BYTES = 2 << 20;
const COPY_CHUNK_BYTES = 512 << 10;
interface Units {
  readonly first: Uint32Array;
  readonly end: Uint32Array;
  readonly skip: Float64Array;
  readonly bytes: number;
}

/** Groups rows into units of work, and cuts a range that is longer than one. */
function unitsOf({ length }: RangeTable, rows: ArrayLike<number>): Units {
  const [first, end, skip]: [number[], number[], number[]] = [[], [], []];
  const start = (at: number, from: number): void => {
    first.push(at);
    end.push(at + 1);
    skip.push(from);
  };
  let room = 0;
  let bytes = 0;
  for (let at = 0; at < rows.length; at++) {
    const size = length.at(rows[at] as number);
    bytes += size;
    if (size > UNIT_BYTES) {
      for (let done = 0; done < size; done += UNIT_BYTES) start(at, done);
      room = 0;
    } else if (size > room || first.length === 0 || at - (first.at(-1) as number) >= UNIT_ROWS) {
      start(at, 0);
      room = UNIT_BYTES - size;
    } else {
      end[end.length - 1] = at + 1;
      room -= size;
    }
  }
  return { first: Uint32Array.from(first), end: Uint32Array.from(end), skip: Float64Array.from(skip), bytes };
}

function taskOf(table: RangeTable, rows: ArrayLike<number>, units: Units, options: RangeOptions): RangeTask {
  const { targets, sum = true, zipSum = false } = options;
  const shared = (count: number): Uint32Array => new Uint32Array(new SharedArrayBuffer(count * 4));
  return {
    paths: table.paths,
    targets,
    chunkBytes: targets === undefined ? READ_CHUNK_BYTES : COPY_CHUNK_BYTES,
    sum,
    zipSum,
    file: table.file.view(),
    offset: table.offset.view(),
    length: table.length.view(),
    target: table.target.view(),
    place: table.place.view(),
    rows,
    unitFirst: units.first,
    unitEnd: units.end,
    unitSkip: units.skip,
    unitBytes: UNIT_BYTES,
    results: shared(rows.length),
    pieces: shared(units.first.length),
    zipResults: shared(zipSum ? rows.length : 0),
    zipPieces: shared(zipSum ? units.first.length : 0),
    failed: new Uint8Array(new SharedArrayBuffer(rows.length)),
    counters: new Int32Array(new SharedArrayBuffer(4)),
    progress: new Int32Array(new SharedArrayBuffer(4)),
  };
}

/** Joins the checksums of the pieces of each range that was cut. */
function join(task: RangeTask): RangeResults {
  const { results, pieces, zipResults, zipPieces, zipSum, failed, length, rows, unitFirst, unitSkip, unitBytes } = task;
  for (let unit = 0; unit < unitFirst.length; unit++) {
    const at = unitFirst[unit] as number;
    const bytes = length[rows[at] as number] as number;
    if (bytes <= unitBytes) continue;
    const skip = unitSkip[unit] as number;
    const own = pieces[unit] as number;
    const size = Math.min(unitBytes, bytes - skip);
    results[at] = skip === 0 ? own : crc32cCombine(results[at] as number, own, size);
    if (!zipSum) continue;
    const zipOwn = zipPieces[unit] as number;
    zipResults[at] = skip === 0 ? zipOwn : crc32Combine(zipResults[at] as number, zipOwn, size);
  }
  return { crc32c: results, crc32: zipResults, failed };
}

/**
 * Reads the ranges of some rows of a table, sums them, and copies them where there are targets. Rows come by file and offset,
 * ascending. Results are in the order of the rows. Throws what the system throws when a write fails.
 */
export async function copyRanges(
  table: RangeTable,
  rows: ArrayLike<number>,
  options: RangeOptions = {},
): Promise<RangeResults> {
  const units = unitsOf(table, rows);
  const task = taskOf(table, rows, units, options);
  const thread = startThread('range-thread.cjs', task, units.bytes >= (options.threadBytes ?? THREAD_BYTES));
  const report = (): void => options.onProgress?.((task.progress[0] as number) * 1024);
  const worker = new RangeWorker(task, task.zipSum ? (await import('./crc32.ts')).crc32Of : undefined);
  await workBeside(thread, worker, report);
  return join(task);
}
