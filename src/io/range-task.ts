/**
 * Work on many runs of bytes in files, shared by threads: each run is read, written to its place in another file where it
 * has one, and summed. All of it lies in shared memory: the runs, sorted by file and offset; the units, each a stretch of
 * runs worth claiming; and one result a run. A thread claims the next unit with an atomic counter, so a slow one never
 * holds the other up.
 */
import { closeSync, openSync, readSync } from 'node:fs';
import { type ChecksumBuffer, createChecksumBuffer } from '../bytes/crc32c-engine.ts';
import { writeAll } from './write-all.ts';

/** Numbers that describe a run: file, offset, length; then the file and offset it is copied to, file -1 for nowhere. */
export const RANGE_FIELDS = 5;
/** A gap up to this size is read over instead of starting another read. */
const SMALL_GAP = 32 * 1024;

export interface RangeTask {
  readonly paths: readonly string[];
  /** Files that runs are copied to; they exist. */
  readonly targets: readonly string[];
  /** Bytes handled at a time; memory is bounded by it. */
  readonly chunkBytes: number;
  /** Whether to sum what is read. */
  readonly sum: boolean;
  /** {@link RANGE_FIELDS} numbers a run. */
  readonly runs: Float64Array;
  /** First run of each unit, and one past the last. */
  readonly units: Uint32Array;
  /** CRC-32C of each run. */
  readonly results: Uint32Array;
  /** 1 where a run could not be read. */
  readonly failed: Uint8Array;
  /** [0] next unit to claim. */
  readonly counters: Int32Array;
  /** [0] bytes done, in KiB. */
  readonly progress: Int32Array;
}

/** One thread's side of the work. A run that cannot be read is a result; one that cannot be written is thrown. */
export class RangeWorker {
  readonly #buffer: ChecksumBuffer;
  readonly #open = new Map<string, number | undefined>();

  constructor(readonly task: RangeTask) {
    this.#buffer = createChecksumBuffer(task.chunkBytes);
  }

  /** Claims and does one unit; false when none is left. */
  step(): boolean {
    const unit = Atomics.add(this.task.counters, 0, 1);
    if (unit + 1 >= this.task.units.length) return false;
    this.#unit(this.task.units[unit] as number, this.task.units[unit + 1] as number);
    return true;
  }

  close(): void {
    for (const fd of this.#open.values()) if (fd !== undefined) closeSync(fd);
    this.#open.clear();
  }

  #field(run: number, field: number): number {
    return this.task.runs[run * RANGE_FIELDS + field] as number;
  }

  /** ByteRanges `from` to `to`: neighbours are read together, a long one in pieces. */
  #unit(from: number, to: number): void {
    let run = from;
    while (run < to) {
      const file = this.#field(run, 0);
      const start = this.#field(run, 1);
      let last = run;
      let end = start + this.#field(run, 2);
      while (last + 1 < to && this.#field(last + 1, 0) === file) {
        const next = this.#field(last + 1, 1);
        const nextEnd = next + this.#field(last + 1, 2);
        if (next < end || next > end + SMALL_GAP || nextEnd - start > this.task.chunkBytes) break;
        end = nextEnd;
        last++;
      }
      if (end - start <= this.task.chunkBytes) this.#together(run, last, file, start, end);
      else this.#long(run, file, start, end - start);
      run = last + 1;
    }
  }

  #fd(path: string, flags: string): number | undefined {
    const key = flags + path;
    if (!this.#open.has(key)) {
      let fd: number | undefined;
      try {
        fd = openSync(path, flags);
      } catch (error) {
        if (flags !== 'r') throw error;
      }
      this.#open.set(key, fd);
    }
    return this.#open.get(key);
  }

  /** Reads `length` bytes to the front of the buffer; false when the file does not hold them. */
  #read(file: number, offset: number, length: number): boolean {
    const fd = this.#fd(this.task.paths[file] as string, 'r');
    if (fd === undefined) return false;
    try {
      for (let done = 0; done < length; ) {
        const read = readSync(fd, this.#buffer.buffer, done, length - done, offset + done);
        if (read === 0) return false;
        done += read;
      }
      return true;
    } catch {
      return false;
    } finally {
      Atomics.add(this.task.progress, 0, length >>> 10);
    }
  }

  /** Writes bytes `at` to `at + length` of the buffer. */
  #write(target: number, offset: number, at: number, length: number): void {
    const fd = this.#fd(this.task.targets[target] as string, 'r+') as number;
    writeAll(fd, this.#buffer.buffer.subarray(at, at + length), offset);
  }

  #together(first: number, last: number, file: number, start: number, end: number): void {
    const sound = this.#read(file, start, end - start);
    if (!sound) this.task.failed.fill(1, first, last + 1);
    else {
      this.#writeTogether(first, last, start);
      if (this.task.sum) this.#sumTogether(first, last, start);
    }
  }

  /** ByteRanges that lie end to end on both sides go out in one write. */
  #writeTogether(first: number, last: number, start: number): void {
    for (let run = first; run <= last; ) {
      const target = this.#field(run, 3);
      const from = this.#field(run, 1);
      const to = this.#field(run, 4);
      let end = from + this.#field(run, 2);
      run++;
      while (
        run <= last &&
        this.#field(run, 1) === end &&
        this.#field(run, 3) === target &&
        this.#field(run, 4) - to === end - from
      ) {
        end += this.#field(run, 2);
        run++;
      }
      if (target >= 0) this.#write(target, to, from - start, end - from);
    }
  }

  #sumTogether(first: number, last: number, start: number): void {
    for (let run = first; run <= last; run++) {
      this.task.results[run] = this.#buffer.crc32cDestroying(this.#field(run, 1) - start, this.#field(run, 2), 0);
    }
  }

  #long(run: number, file: number, start: number, length: number): void {
    const { chunkBytes, sum } = this.task;
    const target = this.#field(run, 3);
    let crc = 0;
    for (let done = 0; done < length; done += chunkBytes) {
      const size = Math.min(chunkBytes, length - done);
      if (!this.#read(file, start + done, size)) {
        this.task.failed[run] = 1;
        return;
      }
      if (target >= 0) this.#write(target, this.#field(run, 4) + done, 0, size);
      if (sum) crc = this.#buffer.crc32cDestroying(0, size, crc);
    }
    this.task.results[run] = crc;
  }
}
