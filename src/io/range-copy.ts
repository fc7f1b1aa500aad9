/**
 * Many runs of bytes in files, checked or copied as fast as the machine reads and writes: neighbours in one read, large work
 * shared with a second thread, runs cut where threads meet and their checksums joined again.
 */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { crc32cCombine } from '../bytes/crc32c.ts';
import { RANGE_FIELDS, type RangeTask, RangeWorker } from './range-task.ts';

/** ByteRanges by file and offset, ascending; column by column, since there may be a million. */
export interface ByteRanges {
  readonly paths: readonly string[];
  readonly file: ArrayLike<number>;
  readonly offset: ArrayLike<number>;
  readonly length: ArrayLike<number>;
  /** Where each run is copied to; without it nothing is written. */
  readonly copy?: {
    /** Files that exist and are written at the given places. */
    readonly targets: readonly string[];
    readonly file: ArrayLike<number>;
    readonly offset: ArrayLike<number>;
  };
}

export interface RangeResults {
  /** Unmasked CRC-32C of each run; zeros where `sum` was off. */
  readonly crc32c: Uint32Array;
  /** 1 for a run whose bytes could not be read. */
  readonly failed: Uint8Array;
}

export interface RangeOptions {
  /** Hears of the bytes done so far. */
  readonly onProgress?: ((bytesDone: number) => void) | undefined;
  /** Whether to sum what is read; true unless said otherwise. */
  readonly sum?: boolean | undefined;
  /** From this many bytes on a second thread helps. */
  readonly threadBytes?: number | undefined;
}

/** What a thread claims at a time: large enough to read ahead, small enough to share evenly. */
const UNIT_BYTES = 16 << 20;
/** Below this a second thread costs more than it saves. */
const THREAD_BYTES = 192 << 20;
/** Reading alone gains nothing from more than this at once; a copy is summed while it is still in the processor's cache. */
const READ_CHUNK_BYTES = 2 << 20;
const COPY_CHUNK_BYTES = 512 << 10;
/** How long the event loop waits for the other thread before it reports progress again, in milliseconds. */
const WAIT_MS = 50;

/** Where the second thread's code lies: beside this module in the bundle, in the bundle's folder otherwise. */
const THREAD_FILES = ['./range-thread.cjs', '../cli/range-thread.cjs', '../../dist/cli/range-thread.cjs'];

function threadFile(): string | undefined {
  return THREAD_FILES.map((name) => fileURLToPath(new URL(name, import.meta.url))).find((path) => existsSync(path));
}

function shared<T>(make: (buffer: SharedArrayBuffer) => T, bytes: number): T {
  return make(new SharedArrayBuffer(bytes));
}

interface CutRanges {
  readonly table: Float64Array;
  /** Which run each piece belongs to. */
  readonly owner: Uint32Array;
  readonly unitStarts: readonly number[];
  readonly bytes: number;
}

/** Cuts runs at {@link UNIT_BYTES} and groups the pieces into units. */
function cut(runs: ByteRanges): CutRanges {
  const count = runs.length.length;
  let pieces = 0;
  for (let i = 0; i < count; i++) pieces += Math.max(1, Math.ceil((runs.length[i] as number) / UNIT_BYTES));
  const table = shared((buffer) => new Float64Array(buffer), pieces * RANGE_FIELDS * 8);
  const owner = new Uint32Array(pieces);
  const unitStarts: number[] = [];
  let piece = 0;
  let unitBytes = Number.POSITIVE_INFINITY;
  let bytes = 0;
  for (let i = 0; i < count; i++) {
    const total = runs.length[i] as number;
    for (let done = 0; done < total || done === 0; done += UNIT_BYTES) {
      const size = Math.min(UNIT_BYTES, total - done);
      if (unitBytes + size > UNIT_BYTES) {
        unitStarts.push(piece);
        unitBytes = 0;
      }
      const at = piece * RANGE_FIELDS;
      table[at] = runs.file[i] as number;
      table[at + 1] = (runs.offset[i] as number) + done;
      table[at + 2] = size;
      table[at + 3] = runs.copy === undefined ? -1 : (runs.copy.file[i] as number);
      table[at + 4] = runs.copy === undefined ? 0 : (runs.copy.offset[i] as number) + done;
      owner[piece++] = i;
      unitBytes += size;
      bytes += size;
    }
  }
  unitStarts.push(piece);
  return { table, owner, unitStarts, bytes };
}

function taskOf(runs: ByteRanges, { table, owner, unitStarts }: CutRanges, sum: boolean): RangeTask {
  const task: RangeTask = {
    paths: runs.paths,
    targets: runs.copy?.targets ?? [],
    chunkBytes: runs.copy === undefined ? READ_CHUNK_BYTES : COPY_CHUNK_BYTES,
    sum,
    runs: table,
    units: shared((buffer) => new Uint32Array(buffer), unitStarts.length * 4),
    results: shared((buffer) => new Uint32Array(buffer), owner.length * 4),
    failed: shared((buffer) => new Uint8Array(buffer), owner.length),
    counters: shared((buffer) => new Int32Array(buffer), 4),
    progress: shared((buffer) => new Int32Array(buffer), 4),
  };
  task.units.set(unitStarts);
  return task;
}

/** Starts the second thread; undefined where it is not worth it or not to be had. */
function startThread(task: RangeTask, worthIt: boolean): Promise<void> | undefined {
  const file = worthIt ? threadFile() : undefined;
  if (file === undefined) return undefined;
  const worker = new Worker(file, { workerData: task });
  const ended = new Promise<void>((resolve, reject) => {
    worker.once('error', reject);
    worker.once('exit', () => resolve());
  });
  ended.catch(() => undefined); // awaited later; until then a failure must not end the process
  return ended;
}

/** Joins the results of the pieces of each run. */
function join(task: RangeTask, owner: Uint32Array, count: number): RangeResults {
  const crc32c = new Uint32Array(count);
  const failed = new Uint8Array(count);
  for (let piece = 0; piece < owner.length; piece++) {
    const run = owner[piece] as number;
    const first = piece === 0 || owner[piece - 1] !== run;
    const own = task.results[piece] as number;
    const length = task.runs[piece * RANGE_FIELDS + 2] as number;
    crc32c[run] = first ? own : crc32cCombine(crc32c[run] as number, own, length);
    if (task.failed[piece] === 1) failed[run] = 1;
  }
  return { crc32c, failed };
}

/** Reads all runs, sums them, and copies those that have a place to go. Throws what the system throws when a write fails. */
export async function copyRanges(runs: ByteRanges, options: RangeOptions = {}): Promise<RangeResults> {
  const pieces = cut(runs);
  const task = taskOf(runs, pieces, options.sum !== false);
  const thread = startThread(task, pieces.bytes >= (options.threadBytes ?? THREAD_BYTES));
  const worker = new RangeWorker(task);
  const report = (): void => options.onProgress?.((task.progress[0] as number) * 1024);
  try {
    while (worker.step()) {
      report();
      await new Promise(setImmediate);
    }
  } finally {
    worker.close();
    if (thread !== undefined) {
      const timer = setInterval(report, WAIT_MS);
      await thread.finally(() => clearInterval(timer));
    }
  }
  return join(task, pieces.owner, runs.length.length);
}
