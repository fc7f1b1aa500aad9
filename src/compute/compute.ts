/** Content computed from files on two threads: cut into units, done, and the checksums of the units joined again. */

import { crc32cCombine } from '../bytes/crc32c.ts';
import { largestOf } from '../bytes/largest.ts';
import { SOUND } from '../io/range-task.ts';
import { startThread, workBeside } from '../io/second-thread.ts';
import { DifferenceFigures } from '../tensor/differences.ts';
import { Moments } from '../tensor/moments.ts';
import type { ComputeLosses } from '../tensor/tensor.ts';
import {
  type ComputeJob,
  type ComputeTask,
  ComputeWorker,
  FIGURES_WIDTH,
  figuresOf,
  UNIT_ELEMENTS,
} from './compute-task.ts';
import { COUNTS } from './moments-loop.ts';

/** What became of one job. */
export interface ComputeResult {
  /** Unmasked CRC-32C of what was written, and of each input; zeros where inputs were not summed. */
  readonly crc32c: number;
  readonly inputs: readonly number[];
  readonly losses: ComputeLosses;
  /** Where moments were asked for, or differences: they, and the table of counts if any. */
  readonly moments: Moments;
  readonly differences: DifferenceFigures;
  readonly counts: Uint32Array | undefined;
  /** `SOUND`, or why an input could not be read, by the words of io/range-task.ts. */
  readonly state: number;
}

export interface ComputeOptions {
  readonly onProgress?: ((bytesDone: number) => void) | undefined;
  /** Whether to sum inputs; true unless said otherwise. */
  readonly sum?: boolean | undefined;
  /** From so many bytes of input on a second thread helps. */
  readonly threadBytes?: number | undefined;
}

const THREAD_BYTES = 48 << 20;

function taskOf(jobs: readonly ComputeJob[], sum: boolean): ComputeTask {
  const [unitJob, unitFirst]: [number[], number[]] = [[], []];
  for (const [i, { count }] of jobs.entries()) {
    for (let first = 0; first < count; first += UNIT_ELEMENTS) {
      unitJob.push(i);
      unitFirst.push(first);
    }
  }
  const mostInputs = largestOf(jobs, ({ inputs }) => inputs.length);
  const units = unitJob.length;
  const tables = largestOf(jobs, ({ kernel }) => (kernel.kind === 'moments' ? kernel.table + 1 : 0));
  const hasFigures = jobs.some(({ kernel }) => kernel.kind === 'moments' || kernel.kind === 'difference');
  return {
    jobs,
    unitJob: Uint32Array.from(unitJob),
    unitFirst: Float64Array.from(unitFirst),
    sum,
    mostInputs,
    checksums: new Uint32Array(new SharedArrayBuffer(units * (mostInputs + 1) * 4)),
    losses: new Float64Array(new SharedArrayBuffer(units * 3 * 8)),
    figures: new Float64Array(new SharedArrayBuffer(hasFigures ? units * FIGURES_WIDTH * 8 : 0)),
    counts: new Uint32Array(new SharedArrayBuffer(tables * COUNTS * 4)),
    failed: new Uint8Array(new SharedArrayBuffer(units)),
    counters: new Int32Array(new SharedArrayBuffer(4)),
    progress: new Int32Array(new SharedArrayBuffer(4)),
  };
}

function resultsOf(task: ComputeTask): ComputeResult[] {
  const { jobs, unitJob, unitFirst, mostInputs, checksums, losses, failed } = task;
  const results = jobs.map(({ inputs, kernel }) => {
    const table = kernel.kind === 'moments' ? kernel.table : -1;
    return {
      moments: new Moments(),
      differences: new DifferenceFigures(),
      counts: table < 0 ? undefined : task.counts.subarray(table * COUNTS, (table + 1) * COUNTS),
      crc32c: 0,
      inputs: inputs.map(() => 0),
      losses: { overflow: 0, underflow: 0, largestError: 0 },
      state: SOUND,
    };
  });
  for (let unit = 0; unit < unitJob.length; unit++) {
    const number = unitJob[unit] as number;
    const [job, result] = [jobs[number] as ComputeJob, results[number] as (typeof results)[0]];
    const count = Math.min(UNIT_ELEMENTS, job.count - (unitFirst[unit] as number));
    const at = unit * (mostInputs + 1);
    const join = (before: number, own: number, width: number): number =>
      unitFirst[unit] === 0 ? own : crc32cCombine(before, own, count * width);
    result.crc32c = join(result.crc32c, checksums[at + mostInputs] as number, job.width);
    for (const [i, before] of result.inputs.entries()) {
      result.inputs[i] = join(before, checksums[at + i] as number, job.inputWidth);
    }
    result.losses.overflow += losses[unit * 3] as number;
    result.losses.underflow += losses[unit * 3 + 1] as number;
    result.losses.largestError = Math.max(result.losses.largestError, losses[unit * 3 + 2] as number);
    const { kind } = (jobs[number] as ComputeJob).kernel;
    if (kind === 'moments') result.moments.join(Moments.from(figuresOf(task, unit)));
    else if (kind === 'difference') result.differences.join(DifferenceFigures.from(figuresOf(task, unit)));
    if (failed[unit] !== SOUND) result.state = failed[unit] as number;
  }
  return results;
}

/** Does the jobs, none of which is empty. Throws what the system throws when a write fails. */
export async function compute(jobs: readonly ComputeJob[], options: ComputeOptions = {}): Promise<ComputeResult[]> {
  const task = taskOf(jobs, options.sum !== false);
  const bytes = jobs.reduce((sum, { count, inputs, inputWidth }) => sum + count * inputs.length * inputWidth, 0);
  const thread = startThread('compute-thread.cjs', task, bytes >= (options.threadBytes ?? THREAD_BYTES));
  const report = (): void => options.onProgress?.((task.progress[0] as number) * 1024);
  await workBeside(thread, new ComputeWorker(task), report);
  return resultsOf(task);
}
