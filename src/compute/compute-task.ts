/**
 * Content that is computed from ranges of files and written to places of others, shared by threads: each reads a stretch of
 * every input into one memory, sums it, runs the loop there, writes what comes of it, and sums that. A thread claims the
 * next unit with an atomic counter. What the threads write lies in shared memory; the jobs are only read.
 */

import { type ChecksumBuffer, createChecksumBuffer } from '../bytes/crc32c-engine.ts';
import { largestOf } from '../bytes/largest.ts';
import { FileAccess } from '../io/file-access.ts';
import { SOUND } from '../io/range-task.ts';
import { type AlikeWithin, DIFFERENCES_WIDTH, DifferenceFigures } from '../tensor/differences.ts';
import { dtypeOf } from '../tensor/dtype.ts';
import { MOMENTS_WIDTH, Moments } from '../tensor/moments.ts';
import type { ComputeKernel } from '../tensor/tensor.ts';
import type { Loop } from './cast-loops.ts';
import { DifferenceLoop } from './difference-loop.ts';
import { loopOf } from './loops.ts';
import { COUNTS, MomentsLoop } from './moments-loop.ts';

/** Makes nothing: the moments of float32 are taken, and counts by their upper bits where there is a table for them. */
export interface MomentsKernel {
  readonly kind: 'moments';
  /** The number of its table of counts; -1 for none. */
  readonly table: number;
}

/** Makes nothing: the differences of float32 are taken. */
export interface DifferenceKernel {
  readonly kind: 'difference';
  readonly within: AlikeWithin;
}

/** One range of content, and what it is made of; or ranges that figures are taken of. */
export interface ComputeJob {
  readonly kernel: ComputeKernel | MomentsKernel | DifferenceKernel;
  /** Elements, as many in each input. */
  readonly count: number;
  readonly inputs: readonly { readonly path: string; readonly offset: number }[];
  /** A file that exists; of figures none. */
  readonly target: string;
  readonly place: number;
  /** Where its inputs' checksums begin among those of a unit. */
  readonly width: number;
  readonly inputWidth: number;
}

export interface ComputeTask {
  readonly jobs: readonly ComputeJob[];
  /** Units of work: the job, and the first of its elements; a unit has {@link UNIT_ELEMENTS}, or what is left. */
  readonly unitJob: Uint32Array;
  readonly unitFirst: Float64Array;
  /** Whether to sum the inputs. */
  readonly sum: boolean;
  /** The most inputs of a job; each unit has room for so many checksums, and one for what is written. */
  readonly mostInputs: number;
  readonly checksums: Uint32Array;
  /** Overflow, underflow and largest error of each unit. */
  readonly losses: Float64Array;
  /** The figures of each unit, and the tables of counts, one after the other. */
  readonly figures: Float64Array;
  readonly counts: Uint32Array;
  /** How each unit went, by the words of io/range-task.ts. */
  readonly failed: Uint8Array;
  /** [0] next unit to claim. */
  readonly counters: Int32Array;
  /** [0] bytes written, in KiB. */
  readonly progress: Int32Array;
}

/** What a thread claims at a time. */
export const UNIT_ELEMENTS = 1 << 22;
/** What lies in memory at a time, of all inputs together: little enough to stay in the processor's cache; and of each at least. */
const CHUNK_ELEMENTS = 1 << 18;
const LEAST_ELEMENTS = 1 << 14;

/** One thread's side of the work. */
export class ComputeWorker {
  readonly #files = new FileAccess();
  readonly #engine: ChecksumBuffer;
  /** Elements of each input that lie in memory at a time, and bytes between two such stretches. */
  readonly #atOnce: number;
  readonly #stride: number;
  readonly #loops = new Map<string, Loop>();
  #momentsLoop: MomentsLoop | undefined;
  #differenceLoop: DifferenceLoop | undefined;

  constructor(readonly task: ComputeTask) {
    const widest = largestOf(task.jobs, ({ inputWidth, width }) => Math.max(inputWidth, width));
    const inputs = Math.ceil(Math.log2(task.mostInputs));
    this.#atOnce = Math.max(LEAST_ELEMENTS, CHUNK_ELEMENTS >> inputs);
    this.#stride = this.#atOnce * widest;
    // The stretches of the inputs, of the result, and room for what a loop notes.
    this.#engine = createChecksumBuffer((task.mostInputs + 2) * this.#stride);
  }

  /** Claims and does one unit; false when none is left. */
  step(): boolean {
    const unit = Atomics.add(this.task.counters, 0, 1);
    if (unit >= this.task.unitJob.length) return false;
    this.#unit(unit);
    return true;
  }

  close(): void {
    this.#files.close();
  }

  #loop(kernel: ComputeKernel, job: ComputeJob): Loop {
    const key = JSON.stringify(kernel);
    let loop = this.#loops.get(key);
    if (loop === undefined) {
      loop = loopOf(kernel, this.#engine, this.#stride, job.inputs.length);
      this.#loops.set(key, loop);
    }
    return loop;
  }

  #unit(unit: number): void {
    const { task } = this;
    const job = task.jobs[task.unitJob[unit] as number] as ComputeJob;
    const first = task.unitFirst[unit] as number;
    const end = Math.min(job.count, first + UNIT_ELEMENTS);
    const at = unit * (task.mostInputs + 1);
    if (job.kernel.kind === 'moments') {
      this.#moments(unit, job, job.kernel, first, end);
      return;
    }
    if (job.kernel.kind === 'difference') {
      this.#difference(unit, job, job.kernel, first, end);
      return;
    }
    const losses = { overflow: 0, underflow: 0, largestError: 0 };
    const loop = this.#loop(job.kernel, job);
    for (let start = first; start < end; start += this.#atOnce) {
      const count = Math.min(this.#atOnce, end - start);
      if (!this.#read(job, start, count, unit, at)) return;
      loop(count, losses);
      const result = job.inputs.length * this.#stride;
      const length = count * job.width;
      this.#files.write(
        job.target,
        this.#engine.buffer.subarray(result, result + length),
        job.place + start * job.width,
      );
      const before = task.checksums[at + task.mostInputs] as number;
      task.checksums[at + task.mostInputs] = this.#engine.crc32cDestroying(result, length, before);
      Atomics.add(task.progress, 0, length >>> 10);
    }
    task.losses.set([losses.overflow, losses.underflow, losses.largestError], unit * 3);
  }

  #moments(unit: number, job: ComputeJob, { table }: MomentsKernel, first: number, end: number): void {
    const { task } = this;
    this.#momentsLoop ??= new MomentsLoop(this.#engine, this.#stride, 2 * this.#stride);
    const moments = new Moments();
    for (let start = first; start < end; start += this.#atOnce) {
      const count = Math.min(this.#atOnce, end - start);
      if (!this.#read(job, start, count, unit, unit * (task.mostInputs + 1))) return;
      this.#momentsLoop.add(count, moments, table >= 0);
      Atomics.add(task.progress, 0, (count * job.inputWidth) >>> 10);
    }
    moments.writeTo(figuresOf(task, unit));
    if (table >= 0) this.#momentsLoop.takeCounts(task.counts.subarray(table * COUNTS, (table + 1) * COUNTS));
  }

  #difference(unit: number, job: ComputeJob, { within }: DifferenceKernel, first: number, end: number): void {
    const { task } = this;
    this.#differenceLoop ??= new DifferenceLoop(this.#engine, this.#stride, 3 * this.#stride);
    const figures = new DifferenceFigures();
    for (let start = first; start < end; start += this.#atOnce) {
      const count = Math.min(this.#atOnce, end - start);
      if (!this.#read(job, start, count, unit, unit * (task.mostInputs + 1))) return;
      this.#differenceLoop.add(count, start, within, figures);
      Atomics.add(task.progress, 0, (count * job.inputWidth) >>> 10);
    }
    figures.writeTo(figuresOf(task, unit));
  }

  /** Reads a stretch of every input, and sums it; false where that cannot be. */
  #read(job: ComputeJob, start: number, count: number, unit: number, at: number): boolean {
    const { buffer } = this.#engine;
    const length = count * job.inputWidth;
    for (const [i, { path, offset }] of job.inputs.entries()) {
      const from = i * this.#stride;
      const state = this.#files.read(path, buffer.subarray(from, from + length), offset + start * job.inputWidth);
      if (state !== SOUND) {
        this.task.failed[unit] = state;
        return false;
      }
      if (!this.task.sum) continue;
      const before = this.task.checksums[at + i] as number;
      this.task.checksums[at + i] = this.#engine.crc32c(from, length, before);
    }
    return true;
  }
}

/** As many float64 as the moments of numbers take, and their differences. */
export const FIGURES_WIDTH = Math.max(MOMENTS_WIDTH, DIFFERENCES_WIDTH);

/** The place for the figures of a unit. */
export function figuresOf({ figures }: ComputeTask, unit: number): Float64Array {
  return figures.subarray(unit * FIGURES_WIDTH, (unit + 1) * FIGURES_WIDTH);
}

/** Bytes of an element that a kernel reads, and of one that it makes. */
export function widthsOf(kernel: ComputeKernel | MomentsKernel | DifferenceKernel): {
  readonly inputWidth: number;
  readonly width: number;
} {
  if (kernel.kind === 'moments' || kernel.kind === 'difference')
    return { inputWidth: dtypeOf('float32').width, width: 0 };
  if (kernel.kind === 'mean') {
    const { width } = dtypeOf(kernel.dtype);
    return { inputWidth: width, width };
  }
  return { inputWidth: dtypeOf(kernel.from).width, width: dtypeOf(kernel.to).width };
}
