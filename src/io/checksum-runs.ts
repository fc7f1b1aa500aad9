/**
 * The CRC-32C of many runs of bytes in files, as fast as the machine reads: neighbours in one read, large work shared
 * with a second thread, runs cut where threads meet and their checksums joined again.
 */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { crc32cCombine } from '../bytes/crc32c.ts';
import { type ChecksumTask, ChecksumWorker } from './checksum-task.ts';

/** Runs by file and offset, ascending; column by column, since there may be a million. */
export interface Runs {
  readonly paths: readonly string[];
  readonly file: ArrayLike<number>;
  readonly offset: ArrayLike<number>;
  readonly length: ArrayLike<number>;
}

export interface RunChecksums {
  /** Unmasked CRC-32C of each run. */
  readonly crc32c: Uint32Array;
  /** 1 for a run whose bytes could not be read. */
  readonly failed: Uint8Array;
}

/** What a thread claims at a time: large enough to read ahead, small enough to share evenly. */
const UNIT_BYTES = 16 << 20;
/** Below this a second thread costs more than it saves. */
const THREAD_BYTES = 192 << 20;
/** How long the event loop waits for the other thread before it reports progress again, in milliseconds. */
const WAIT_MS = 50;

/** Where the second thread's code lies: beside this module in the bundle, in the bundle's folder otherwise. */
const THREAD_FILES = ['./checksum-thread.cjs', '../cli/checksum-thread.cjs', '../../dist/cli/checksum-thread.cjs'];

function threadFile(): string | undefined {
  return THREAD_FILES.map((name) => fileURLToPath(new URL(name, import.meta.url))).find((path) => existsSync(path));
}

function shared<T>(make: (buffer: SharedArrayBuffer) => T, bytes: number): T {
  return make(new SharedArrayBuffer(bytes));
}

/** Cuts runs at {@link UNIT_BYTES} and groups them into units; `owner` tells which run a piece belongs to. */
function makeTask(runs: Runs): { task: ChecksumTask; owner: Uint32Array; bytes: number } {
  let pieces = 0;
  for (let i = 0; i < runs.length.length; i++)
    pieces += Math.max(1, Math.ceil((runs.length[i] as number) / UNIT_BYTES));
  const table = shared((buffer) => new Float64Array(buffer), pieces * 24);
  const owner = new Uint32Array(pieces);
  const unitStarts: number[] = [];
  let piece = 0;
  let unitBytes = Number.POSITIVE_INFINITY;
  let bytes = 0;
  for (let i = 0; i < runs.length.length; i++) {
    const total = runs.length[i] as number;
    for (let done = 0; done < total || done === 0; done += UNIT_BYTES) {
      const size = Math.min(UNIT_BYTES, total - done);
      if (unitBytes + size > UNIT_BYTES) {
        unitStarts.push(piece);
        unitBytes = 0;
      }
      table.set([runs.file[i] as number, (runs.offset[i] as number) + done, size], piece * 3);
      owner[piece++] = i;
      unitBytes += size;
      bytes += size;
    }
  }
  unitStarts.push(piece);
  const task: ChecksumTask = {
    paths: runs.paths,
    runs: table,
    units: shared((buffer) => new Uint32Array(buffer), unitStarts.length * 4),
    results: shared((buffer) => new Uint32Array(buffer), pieces * 4),
    failed: shared((buffer) => new Uint8Array(buffer), pieces),
    counters: shared((buffer) => new Int32Array(buffer), 8),
    progress: shared((buffer) => new Int32Array(buffer), 4),
  };
  task.units.set(unitStarts);
  return { task, owner, bytes };
}

/** Starts the second thread; undefined where it is not worth it or not to be had. */
function startThread(task: ChecksumTask, worthIt: boolean): Promise<void> | undefined {
  const file = !worthIt ? undefined : threadFile();
  if (file === undefined) return undefined;
  const worker = new Worker(file, { workerData: task });
  const ended = new Promise<void>((resolve, reject) => {
    worker.once('error', reject);
    worker.once('exit', () => resolve());
  });
  ended.catch(() => undefined); // awaited later; until then a failure must not end the process
  return ended;
}

/** Joins the checksums of the pieces of each run. */
function join(task: ChecksumTask, owner: Uint32Array, count: number): RunChecksums {
  const crc32c = new Uint32Array(count);
  const failed = new Uint8Array(count);
  for (const [piece, run] of owner.entries()) {
    const first = piece === 0 || owner[piece - 1] !== run;
    const own = task.results[piece] as number;
    crc32c[run] = first ? own : crc32cCombine(crc32c[run] as number, own, task.runs[piece * 3 + 2] as number);
    if (task.failed[piece] === 1) failed[run] = 1;
  }
  return { crc32c, failed };
}

/** Checksums of all runs; `onProgress` hears of the bytes read so far. */
export async function checksumRuns(
  runs: Runs,
  onProgress?: (bytesDone: number) => void,
  threadBytes: number = THREAD_BYTES,
): Promise<RunChecksums> {
  const { task, owner, bytes } = makeTask(runs);
  const thread = startThread(task, bytes >= threadBytes);
  const worker = new ChecksumWorker(task);
  const report = (): void => onProgress?.((task.progress[0] as number) * 1024);
  while (worker.step()) {
    report();
    await new Promise(setImmediate);
  }
  worker.close();
  if (thread !== undefined) {
    const timer = setInterval(report, WAIT_MS);
    await thread.finally(() => clearInterval(timer));
  }
  return join(task, owner, runs.length.length);
}
