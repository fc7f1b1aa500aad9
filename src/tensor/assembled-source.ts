/**
 * A partitioned tensor read as the whole. Each part fills a box; in row-major order the box's elements come in runs that
 * are contiguous both in the part and in the whole. A read finds the runs it meets, reads each part once, and scatters.
 */
import { expectAll, missTogether } from '../bytes/missing.ts';
import { assertWithin, type ByteSource, CHUNK_BYTES, readBytes } from '../bytes/source.ts';
import { CorruptError } from '../errors.ts';
import { overlappingPair } from './overlapping-boxes.ts';
import { elementCount, formatShape, type Shape, stridesOf } from './shape.ts';
import type { Box } from './tensor-slice.ts';

export interface PlacedPart {
  readonly box: Box;
  readonly source: ByteSource;
}

export interface CoverageProblem {
  readonly kind: 'overlap' | 'incomplete';
  readonly message: string;
}

/** Why boxes do not cover a shape, each element once; undefined when they do. */
export function coverageProblem(boxes: readonly Box[], full: Shape): CoverageProblem | undefined {
  const filled = boxes.filter((box) => elementCount(box.shape) > 0);
  const pair = overlappingPair(filled);
  if (pair !== undefined)
    return { kind: 'overlap', message: `parts overlap: ${describe(pair[0])} and ${describe(pair[1])}` };
  const covered = filled.reduce((sum, box) => sum + elementCount(box.shape), 0);
  const wanted = elementCount(full);
  if (covered === wanted) return undefined;
  const message = `the parts hold ${covered} of the ${wanted} elements of shape ${formatShape(full)}; a part is missing`;
  return { kind: 'incomplete', message };
}

function describe(box: Box): string {
  return `${formatShape(box.shape)} at ${formatShape(box.start)}`;
}

/** How a box's elements lie in the whole: `runLength` at a time, the runs counted by the outer axes of the box. */
interface ByteRanges {
  readonly runLength: number;
  readonly count: number;
  /** First element, in the whole, of run `index`. */
  startOf(index: number): number;
}

function runsOf(box: Box, full: Shape): ByteRanges {
  const strides = stridesOf(full);
  let axis = full.length;
  let runLength = 1;
  while (axis > 0) {
    axis--;
    runLength *= box.shape[axis] as number;
    if (box.shape[axis] !== full[axis]) break;
  }
  const outer = box.shape.slice(0, axis);
  const base = box.start.reduce((sum, start, i) => sum + start * (strides[i] as number), 0);
  const startOf = (index: number): number => {
    let at = base;
    for (let i = axis - 1, rest = index; i >= 0; i--) {
      const size = outer[i] as number;
      at += (rest % size) * (strides[i] as number);
      rest = Math.floor(rest / size);
    }
    return at;
  };
  return { runLength, count: elementCount(outer), startOf };
}

/** The first run that reaches past `element`; runs ascend, so halving finds it. */
function firstRunPast(runs: ByteRanges, element: number): number {
  let low = 0;
  let high = runs.count;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (runs.startOf(middle) + runs.runLength > element) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** How many of the parts begin before `element`. */
function firstFrom(parts: readonly { readonly first: number }[], element: number): number {
  let low = 0;
  let high = parts.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((parts[middle] as { first: number }).first < element) low = middle + 1;
    else high = middle;
  }
  return low;
}

export class AssembledSource implements ByteSource {
  readonly byteLength: number;
  /** Bytes that the read under way has found. */
  #copied = 0;
  /** In the order of their first elements. */
  readonly #parts: readonly { readonly runs: ByteRanges; readonly source: ByteSource; readonly first: number }[];
  /** Where the parts up to each end, the latest of them. */
  readonly #ends: Float64Array;

  constructor(
    parts: readonly PlacedPart[],
    readonly shape: Shape,
    readonly width: number,
    /** What is thrown for elements that no part holds. */
    readonly absent: () => Error = () =>
      new CorruptError('no part holds all of what is read', { where: 'partitioned tensor' }),
  ) {
    this.byteLength = elementCount(shape) * width;
    this.#parts = parts
      .filter(({ box }) => elementCount(box.shape) > 0)
      .map(({ box, source }) => {
        const runs = runsOf(box, shape);
        return { runs, source, first: runs.startOf(0) };
      })
      .sort((a, b) => a.first - b.first);
    this.#ends = new Float64Array(this.#parts.length);
    for (const [i, { runs }] of this.#parts.entries()) {
      const end = runs.startOf(runs.count - 1) + runs.runLength;
      this.#ends[i] = i === 0 ? end : Math.max(end, this.#ends[i - 1] as number);
    }
  }

  readInto(target: Uint8Array, offset: number): void {
    assertWithin(this, offset, target.length, 'partitioned tensor');
    if (target.length === 0) return;
    this.#copied = 0;
    const [element, end] = [Math.floor(offset / this.width), Math.ceil((offset + target.length) / this.width)];
    for (let i = firstFrom(this.#parts, end) - 1; i >= 0 && (this.#ends[i] as number) > element; i--) {
      const { runs, source } = this.#parts[i] as { runs: ByteRanges; source: ByteSource };
      this.#scatter(runs, source, target, offset);
    }
    if (this.#copied < target.length) throw this.absent();
  }

  /** Parts are fetched whole: whoever reads one run of the whole mostly reads the next. */
  expect(): void {
    missTogether(
      this.#parts.map(
        ({ source }) =>
          () =>
            expectAll(source),
      ),
    );
  }

  /** Copies every byte that the part shares with `offset` to `offset + target.length` of the whole. */
  #scatter(runs: ByteRanges, source: ByteSource, target: Uint8Array, offset: number): void {
    const end = offset + target.length;
    const runBytes = runs.runLength * this.width;
    let run = firstRunPast(runs, Math.floor(offset / this.width));
    while (run < runs.count && runs.startOf(run) * this.width < end) {
      const batch = Math.max(1, Math.floor(CHUNK_BYTES / runBytes));
      run = this.#scatterBatch(runs, source, target, offset, run, Math.min(runs.count, run + batch));
    }
  }

  /** Runs `from` to `to` of the part lie end to end in it: one read, then a copy for each; returns the next run. */
  #scatterBatch(
    runs: ByteRanges,
    source: ByteSource,
    target: Uint8Array,
    offset: number,
    from: number,
    to: number,
  ): number {
    const end = offset + target.length;
    const runBytes = runs.runLength * this.width;
    let last = from;
    while (last + 1 < to && runs.startOf(last + 1) * this.width < end) last++;
    const skipped = Math.max(0, offset - runs.startOf(from) * this.width);
    const readEnd = last * runBytes + Math.min(runBytes, end - runs.startOf(last) * this.width);
    const bytes = readBytes(source, from * runBytes + skipped, readEnd - from * runBytes - skipped);
    this.#copied += bytes.length;
    for (let run = from; run <= last; run++) {
      const start = Math.max(runs.startOf(run) * this.width, offset);
      const stop = Math.min(runs.startOf(run) * this.width + runBytes, end);
      const at = run * runBytes + (start - runs.startOf(run) * this.width) - from * runBytes - skipped;
      target.set(bytes.subarray(at, at + stop - start), start - offset);
    }
    return last + 1;
  }
}
