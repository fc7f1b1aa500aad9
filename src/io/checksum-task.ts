/**
 * Checksums of many runs of bytes in files, as work that threads share. All of it lies in shared memory: the runs, sorted
 * by file and offset; the units, each a stretch of runs worth claiming; and one result a run. A thread claims the next
 * unit with an atomic counter, so a slow one never holds the other up.
 */
import { closeSync, openSync, readSync } from 'node:fs';
import { type ChecksumBuffer, createChecksumBuffer } from '../bytes/crc32c-engine.ts';

/** Reading more than this at once is no faster, and memory is bounded by it. */
export const READ_BYTES = 2 << 20;
/** A gap up to this size is read over instead of starting another read. */
const SMALL_GAP = 32 * 1024;

export interface ChecksumTask {
  readonly paths: readonly string[];
  /** Three numbers a run: file, offset, length. */
  readonly runs: Float64Array;
  /** First run of each unit, and one past the last. */
  readonly units: Uint32Array;
  /** CRC-32C of each run. */
  readonly results: Uint32Array;
  /** 1 where a run could not be read. */
  readonly failed: Uint8Array;
  /** [0] next unit to claim, [1] units done. */
  readonly counters: Int32Array;
  /** [0] bytes done, in KiB. */
  readonly progress: Int32Array;
}

/** One thread's side of the work. */
export class ChecksumWorker {
  readonly #buffer: ChecksumBuffer = createChecksumBuffer(READ_BYTES);
  readonly #open = new Map<number, number | undefined>();

  constructor(readonly task: ChecksumTask) {}

  /** Claims and does one unit; false when none is left. */
  step(): boolean {
    const unit = Atomics.add(this.task.counters, 0, 1);
    if (unit + 1 >= this.task.units.length) return false;
    this.#unit(this.task.units[unit] as number, this.task.units[unit + 1] as number);
    Atomics.add(this.task.counters, 1, 1);
    return true;
  }

  close(): void {
    for (const fd of this.#open.values()) if (fd !== undefined) closeSync(fd);
    this.#open.clear();
  }

  #fd(file: number): number | undefined {
    if (!this.#open.has(file)) {
      let fd: number | undefined;
      try {
        fd = openSync(this.task.paths[file] as string, 'r');
      } catch {
        fd = undefined;
      }
      this.#open.set(file, fd);
    }
    return this.#open.get(file);
  }

  /** Runs `from` to `to`: neighbours are read together, a long one in pieces. */
  #unit(from: number, to: number): void {
    const { runs } = this.task;
    let run = from;
    while (run < to) {
      const file = runs[run * 3] as number;
      const start = runs[run * 3 + 1] as number;
      let last = run;
      let end = start + (runs[run * 3 + 2] as number);
      while (last + 1 < to && runs[(last + 1) * 3] === file) {
        const next = runs[(last + 1) * 3 + 1] as number;
        const nextEnd = next + (runs[(last + 1) * 3 + 2] as number);
        if (next < end || next > end + SMALL_GAP || nextEnd - start > READ_BYTES) break;
        end = nextEnd;
        last++;
      }
      if (end - start <= READ_BYTES) this.#together(run, last, file, start, end);
      else this.#long(run, file, start, end - start);
      run = last + 1;
    }
  }

  /** Reads `length` bytes to the front of the buffer; false when the file does not hold them. */
  #read(file: number, offset: number, length: number): boolean {
    const fd = this.#fd(file);
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

  #together(first: number, last: number, file: number, start: number, end: number): void {
    const { runs, results, failed } = this.task;
    const sound = this.#read(file, start, end - start);
    for (let run = first; run <= last; run++) {
      if (!sound) failed[run] = 1;
      else {
        const at = (runs[run * 3 + 1] as number) - start;
        results[run] = this.#buffer.crc32cDestroying(at, runs[run * 3 + 2] as number, 0);
      }
    }
  }

  #long(run: number, file: number, start: number, length: number): void {
    let crc = 0;
    for (let done = 0; done < length; done += READ_BYTES) {
      const size = Math.min(READ_BYTES, length - done);
      if (!this.#read(file, start + done, size)) {
        this.task.failed[run] = 1;
        return;
      }
      crc = this.#buffer.crc32cDestroying(0, size, crc);
    }
    this.task.results[run] = crc;
  }
}
