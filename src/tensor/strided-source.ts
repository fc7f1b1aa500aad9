/**
 * A slice of a tensor as a source of its own: numpy's basic slicing over bytes. A read touches only the runs that the
 * slice needs; runs that lie closer than a page are fetched together, since the kernel reads whole pages anyway.
 */
import { assertWithin, type ByteSource, CHUNK_BYTES, type Run } from '../bytes/source.ts';
import { elementCount, type Shape, stridesOf } from './shape.ts';

/** Every `step`-th element from `start`, `count` of them; the step may be negative. */
export interface AxisRange {
  readonly start: number;
  readonly step: number;
  readonly count: number;
}

const PAGE_BYTES = 4096;

/** Ranges that wait to be read in one go. */
interface Batch {
  low: number;
  high: number;
  readonly runs: { readonly from: number; readonly to: number; readonly length: number }[];
}

/** Holds a batch while its runs are taken out. */
export interface BatchRoom {
  bytes: Uint8Array;
}

export class StridedSource implements ByteSource {
  readonly byteLength: number;
  readonly #strides: readonly number[];
  /** Bytes that lie together both here and in the parent. */
  readonly #runBytes: number;
  /** Axes that the runs are counted by. */
  readonly #outer: number;
  constructor(
    readonly parent: ByteSource,
    parentShape: Shape,
    readonly ranges: readonly AxisRange[],
    width: number,
    /** Kept, as one read follows another; several sources that are read one after the other may have one. */
    readonly room: BatchRoom = { bytes: new Uint8Array(0) },
  ) {
    this.byteLength = elementCount(ranges.map(({ count }) => count)) * width;
    this.#strides = stridesOf(parentShape).map((stride) => stride * width);
    let outer = ranges.length;
    let runBytes = width;
    while (outer > 0) {
      const { step, count } = ranges[outer - 1] as AxisRange;
      if (step !== 1 && count !== 1) break;
      outer--;
      runBytes *= count;
      if (count !== parentShape[outer]) break;
    }
    this.#outer = outer;
    this.#runBytes = runBytes;
  }

  /** Where run `index` starts in the parent. */
  #runStart(index: number): number {
    let at = 0;
    for (let axis = this.ranges.length - 1, rest = index; axis >= 0; axis--) {
      const { start, step, count } = this.ranges[axis] as AxisRange;
      const position = axis < this.#outer ? rest % count : 0;
      if (axis < this.#outer) rest = Math.floor(rest / count);
      at += (start + position * step) * (this.#strides[axis] as number);
    }
    return at;
  }

  readInto(target: Uint8Array, offset: number): void {
    assertWithin(this, offset, target.length, 'slice');
    for (const batch of this.#batches(offset, target.length)) this.#fetch(batch, target);
  }

  expect(runs: readonly Run[]): void {
    if (this.parent.expect === undefined) return;
    const wanted: Run[] = [];
    for (const { offset, length } of runs) {
      for (const { low, high } of this.#batches(offset, length)) wanted.push({ offset: low, length: high - low });
    }
    this.parent.expect(wanted);
  }

  /** The runs between two places of the slice, those that lie close together as one. */
  *#batches(offset: number, length: number): Generator<Batch> {
    let batch: Batch | undefined;
    for (let done = 0; done < length; ) {
      const run = Math.floor((offset + done) / this.#runBytes);
      const skip = offset + done - run * this.#runBytes;
      const bytes = Math.min(this.#runBytes - skip, length - done);
      const from = this.#runStart(run) + skip;
      if (batch === undefined || !this.#joins(batch, from, bytes)) {
        if (batch !== undefined) yield batch;
        batch = { low: from, high: from + bytes, runs: [] };
      }
      batch.low = Math.min(batch.low, from);
      batch.high = Math.max(batch.high, from + bytes);
      batch.runs.push({ from, to: done, length: bytes });
      done += bytes;
    }
    if (batch !== undefined) yield batch;
  }

  #joins(batch: Batch, from: number, length: number): boolean {
    const near = from <= batch.high + PAGE_BYTES && from + length >= batch.low - PAGE_BYTES;
    return near && Math.max(batch.high, from + length) - Math.min(batch.low, from) <= CHUNK_BYTES;
  }

  #fetch(batch: Batch, target: Uint8Array): void {
    const [only] = batch.runs;
    if (batch.runs.length === 1 && only !== undefined) {
      this.parent.readInto(target.subarray(only.to, only.to + only.length), only.from);
      return;
    }
    const size = batch.high - batch.low;
    // What is little for one batch may be too little for the next.
    if (this.room.bytes.length < size)
      this.room.bytes = new Uint8Array(size * 2 > CHUNK_BYTES ? Math.max(size, CHUNK_BYTES) : size);
    const bytes = this.room.bytes.subarray(0, size);
    this.parent.readInto(bytes, batch.low);
    for (const { from, to, length } of batch.runs) {
      target.set(bytes.subarray(from - batch.low, from - batch.low + length), to);
    }
  }
}
