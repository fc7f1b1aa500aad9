/**
 * Work on many ranges of bytes in files, shared by threads: each range is read, written to its place in another file where it
 * has one, and summed. A thread claims the next unit with an atomic counter, so a slow one never holds the other up. What the
 * threads write lies in shared memory; the table of ranges is only read.
 */
import { readSync } from 'node:fs';
import type { RangeCrc32 } from '../bytes/crc32-engine.ts';
import { type ChecksumBuffer, createChecksumBuffer } from '../bytes/crc32c-engine.ts';
import { OpenFiles } from './open-files.ts';
import { writeAll } from './write-all.ts';

/** A gap up to this size is read over instead of starting another read. */
const SMALL_GAP = 32 * 1024;

/**
 * Bytes that lie in a page of memory as they will lie in a page of the file are written a sixth faster than others: content of
 * safetensors and .npy begins anywhere.
 */
const PAGE_BYTES = 4096;

/** What became of a range. */
export const SOUND = 0;
/** Its file does not hold all of its bytes. */
export const UNREADABLE = 1;
/** The system does not give its file, which says nothing of the bytes. */
export const WITHHELD = 2;

export interface RangeTask {
  readonly paths: readonly string[];
  /** Files that ranges are copied to, which exist; without them nothing is written. */
  readonly targets: readonly string[] | undefined;
  /** Bytes handled at a time; memory is bounded by it. */
  readonly chunkBytes: number;
  /** Whether to sum what is read. */
  readonly sum: boolean;
  /** Whether to take the CRC-32 of zip beside. */
  readonly zipSum: boolean;
  /** Columns of the table of ranges. */
  readonly file: Int32Array;
  readonly offset: Float64Array;
  readonly length: Float64Array;
  readonly target: Int32Array;
  readonly place: Float64Array;
  /** The rows of the table to work on, in the order in which they are read. */
  readonly rows: ArrayLike<number>;
  /** Units of work: the first of its `rows`, the one past its last, and where in the first it begins: a long range has several. */
  readonly unitFirst: Uint32Array;
  readonly unitEnd: Uint32Array;
  readonly unitSkip: Float64Array;
  /** The most bytes of a unit. */
  readonly unitBytes: number;
  /** CRC-32C of each row that lies in one unit, and of the piece of a range that a unit has. */
  readonly results: Uint32Array;
  readonly pieces: Uint32Array;
  /** The same of zip's CRC-32; empty where it is not asked for. */
  readonly zipResults: Uint32Array;
  readonly zipPieces: Uint32Array;
  /** {@link SOUND}, {@link UNREADABLE} or {@link WITHHELD}, for each row. */
  readonly failed: Uint8Array;
  /** [0] next unit to claim. */
  readonly counters: Int32Array;
  /** [0] bytes done, in KiB. */
  readonly progress: Int32Array;
}

/** Whether a failure tells of the system and not of the file: no handles left, no leave. */
function isWithheld(error: unknown): boolean {
  return ['EMFILE', 'ENFILE', 'ENOMEM', 'EACCES', 'EPERM'].includes(`${(error as { code?: string }).code}`);
}

/** One thread's side of the work. A range that cannot be read is a result; one that cannot be written is thrown. */
export class RangeWorker {
  readonly #buffer: ChecksumBuffer;
  readonly #files = new OpenFiles();

  readonly #zipCrc32: RangeCrc32;

  /** `crc32Of` makes the sums of zip; loading it takes time, so it is handed in where it is asked for. */
  constructor(
    readonly task: RangeTask,
    crc32Of: (buffer: ChecksumBuffer) => RangeCrc32 = () => () => 0,
  ) {
    this.#buffer = createChecksumBuffer(task.chunkBytes + (task.targets === undefined ? 0 : PAGE_BYTES));
    this.#zipCrc32 = task.zipSum ? crc32Of(this.#buffer) : () => 0;
  }

  /** Claims and does one unit; false when none is left. */
  step(): boolean {
    const { counters, unitFirst, unitEnd, unitSkip, unitBytes, length } = this.task;
    const unit = Atomics.add(counters, 0, 1);
    if (unit >= unitFirst.length) return false;
    const first = unitFirst[unit] as number;
    const bytes = length[this.#row(first)] as number;
    if (bytes <= unitBytes) this.#unit(first, unitEnd[unit] as number);
    else {
      const skip = unitSkip[unit] as number;
      const { crc32c, crc32 } = this.#long(first, skip, Math.min(unitBytes, bytes - skip));
      this.task.pieces[unit] = crc32c;
      this.task.zipPieces[unit] = crc32;
    }
    return true;
  }

  close(): void {
    this.#files.close();
  }

  #row(at: number): number {
    return this.task.rows[at] as number;
  }

  /** Rows `from` to `to`: neighbours are read together, a long one in pieces. */
  #unit(from: number, to: number): void {
    const { file, offset, length, chunkBytes, results, zipResults } = this.task;
    for (let at = from; at < to; ) {
      const row = this.#row(at);
      const start = offset[row] as number;
      let last = at;
      let end = start + (length[row] as number);
      while (last + 1 < to) {
        const other = this.#row(last + 1);
        const next = offset[other] as number;
        const nextEnd = next + (length[other] as number);
        if (file[other] !== file[row] || next < end || next > end + SMALL_GAP || nextEnd - start > chunkBytes) break;
        end = nextEnd;
        last++;
      }
      if (end - start <= chunkBytes) this.#together(at, last, start, end);
      else {
        const { crc32c, crc32 } = this.#long(at, 0, end - start);
        results[at] = crc32c;
        zipResults[at] = crc32;
      }
      at = last + 1;
    }
  }

  /** Reads `length` bytes to a place of the buffer; says how that went. */
  #read(row: number, offset: number, length: number, to = 0): number {
    try {
      const fd = this.#files.fd(this.task.paths[this.task.file[row] as number] as string, 'r');
      for (let done = 0; done < length; ) {
        const read = readSync(fd, this.#buffer.buffer, to + done, length - done, offset + done);
        if (read === 0) return UNREADABLE;
        done += read;
      }
      return SOUND;
    } catch (error) {
      return isWithheld(error) ? WITHHELD : UNREADABLE;
    } finally {
      Atomics.add(this.task.progress, 0, length >>> 10);
    }
  }

  /** Writes bytes `at` to `at + length` of the buffer to a place of the file that a row goes to. */
  #write(row: number, place: number, at: number, length: number): void {
    const { targets, target } = this.task;
    if (targets === undefined) return;
    const path = targets[target[row] as number] as string;
    const fd = this.#files.fd(path, 'r+');
    writeAll(fd, this.#buffer.buffer.subarray(at, at + length), place, path);
  }

  #together(first: number, last: number, start: number, end: number): void {
    const { task } = this;
    const state = this.#read(this.#row(first), start, end - start);
    if (state !== SOUND) task.failed.fill(state, first, last + 1);
    else {
      if (task.targets !== undefined) this.#writeTogether(first, last, start);
      this.#sumTogether(first, last, start);
    }
  }

  /** Ranges that lie end to end on both sides go out in one write. */
  #writeTogether(first: number, last: number, start: number): void {
    const { offset, length, target, place } = this.task;
    for (let at = first; at <= last; ) {
      const row = this.#row(at);
      const from = offset[row] as number;
      const to = place[row] as number;
      let end = from + (length[row] as number);
      for (at++; at <= last; at++) {
        const next = this.#row(at);
        if (offset[next] !== end || target[next] !== target[row] || (place[next] as number) - to !== end - from) break;
        end += length[next] as number;
      }
      this.#write(row, to, from - start, end - from);
    }
  }

  #sumTogether(first: number, last: number, start: number): void {
    const { offset, length, results, sum, zipResults, zipSum } = this.task;
    for (let at = first; at <= last; at++) {
      const row = this.#row(at);
      const [from, size] = [(offset[row] as number) - start, length[row] as number];
      if (zipSum) zipResults[at] = this.#zipCrc32(from, size, 0);
      if (sum) results[at] = this.#buffer.crc32cDestroying(from, size, 0);
    }
  }

  /** Bytes `skip` to `skip + size` of one range, chunk by chunk; returns their checksums. */
  #long(first: number, skip: number, size: number): { crc32c: number; crc32: number } {
    const { chunkBytes, sum, zipSum, offset, place, failed, targets } = this.task;
    const row = this.#row(first);
    let [crc32c, crc32] = [0, 0];
    for (let done = skip; done < skip + size; done += chunkBytes) {
      const bytes = Math.min(chunkBytes, skip + size - done);
      const to = (place[row] as number) + done;
      const at = targets === undefined ? 0 : to % PAGE_BYTES;
      const state = this.#read(row, (offset[row] as number) + done, bytes, at);
      if (state !== SOUND) {
        failed[first] = state;
        return { crc32c: 0, crc32: 0 };
      }
      this.#write(row, to, at, bytes);
      if (zipSum) crc32 = this.#zipCrc32(at, bytes, crc32);
      if (sum) crc32c = this.#buffer.crc32cDestroying(at, bytes, crc32c);
    }
    return { crc32c, crc32 };
  }
}
