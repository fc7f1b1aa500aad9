/**
 * Which elements of an array are looked at. A summary keeps some at both edges of each long axis; the rest is never
 * read. Elements come in chunks of bounded size, in row-major order.
 */
import type { ArrayValues, TypedValues } from '../tensor/values.ts';

/** How many indices an axis keeps at each end; an axis no longer than twice `edge` is kept whole. */
export interface Edges {
  readonly edge: number;
  readonly before: number;
  readonly after: number;
}

/** Keeps everything. */
export const WHOLE: Edges = { edge: Number.POSITIVE_INFINITY, before: 0, after: 0 };

/** What of one axis is kept: `before` indices, then, if there is a gap, the last `after` ones. */
export interface KeptAxis {
  readonly before: number;
  readonly gap: boolean;
  readonly after: number;
}

/** What of an axis of some length is kept. */
export function keptAxis(length: number, { edge, before, after }: Edges): KeptAxis {
  return length > 2 * edge ? { before, gap: true, after } : { before: length, gap: false, after: 0 };
}

/** Elements read at once. */
const CHUNK = 65536;

/** Elements that lie side by side. */
interface Run {
  readonly start: number;
  readonly length: number;
}

function* keptRuns(shape: readonly number[], edges: Edges): Generator<Run> {
  const kept = shape.map((length) => keptAxis(length, edges));
  const lastGap = kept.findLastIndex((axis) => axis.gap);
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, length) => product * length, 1));
  function* visit(axis: number, start: number): Generator<Run> {
    const { before, gap, after } = kept[axis]!;
    const stride = strides[axis]!;
    const tail = start + (shape[axis]! - after) * stride;
    if (axis >= lastGap) {
      yield { start, length: before * stride };
      if (gap) yield { start: tail, length: after * stride };
      return;
    }
    for (let i = 0; i < before; i++) yield* visit(axis + 1, start + i * stride);
    for (let i = 0; i < after; i++) yield* visit(axis + 1, tail + i * stride);
  }
  yield* visit(0, 0);
}

/** Decoded elements and how many there are. */
export interface Chunk {
  readonly values: TypedValues;
  readonly count: number;
}

/** The kept elements of an array of rank 1 or more, in order. */
export function* keptChunks(array: ArrayValues, edges: Edges): Generator<Chunk> {
  for (const { start, length } of keptRuns(array.shape, edges)) {
    for (let done = 0; done < length; done += CHUNK) {
      const count = Math.min(CHUNK, length - done);
      yield { values: array.read(start + done, count), count };
    }
  }
}
