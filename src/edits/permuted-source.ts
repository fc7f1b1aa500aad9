/**
 * A tensor with its axes in another order. A slab of the result is made at a time: the box of the input that it is made of is
 * read run by run, and each element put in its place.
 */
import { expectAll } from '../bytes/missing.ts';
import { assertWithin, type ByteSource, CHUNK_BYTES, type Run } from '../bytes/source.ts';
import { elementCount, type Shape, stridesOf } from '../tensor/shape.ts';
import { type AxisRange, type BatchRoom, StridedSource } from '../tensor/strided-source.ts';

/** As much as may lie in memory: the fewer slabs, the less often the input is gone through. */
const SLAB_BYTES = 20 << 20;

/** Neighbouring axes that stay neighbours are one axis, and axes of length 1 none. */
export function joinedAxes(
  shape: Shape,
  perm: readonly number[],
): { readonly shape: number[]; readonly perm: number[] } {
  const long = perm.filter((axis) => shape[axis] !== 1);
  const groups: number[][] = [];
  for (const axis of long) {
    const last = groups.at(-1);
    const next = shape.findIndex((size, i) => i > (last?.at(-1) ?? shape.length) && size !== 1);
    if (last !== undefined && next === axis) last.push(axis);
    else groups.push([axis]);
  }
  const inOrder = [...groups].sort((a, b) => (a[0] as number) - (b[0] as number));
  return {
    shape: inOrder.map((group) => group.reduce((size, axis) => size * (shape[axis] as number), 1)),
    perm: groups.map((group) => inOrder.indexOf(group)),
  };
}

/**
 * Puts elements that follow each other in a box, from number `first` on, to their places in a slab: `strides` says how far apart
 * neighbours along each axis of the box lie there. Each element is `lanes` units.
 */
function scatter<T extends Uint8Array | Uint16Array | Uint32Array>(
  from: T,
  to: T,
  first: number,
  counts: readonly number[],
  strides: readonly number[],
  lanes: number,
): void {
  const rank = counts.length;
  const inner = counts[rank - 1] as number;
  const step = (strides[rank - 1] as number) * lanes;
  const total = from.length / lanes;
  for (let done = 0; done < total; ) {
    let row = Math.floor((first + done) / inner);
    const skip = first + done - row * inner;
    let base = 0;
    for (let axis = rank - 2; axis >= 0; axis--) {
      const count = counts[axis] as number;
      base += (row % count) * (strides[axis] as number);
      row = Math.floor(row / count);
    }
    const end = Math.min(inner - skip, total - done);
    let target = base * lanes + skip * step;
    let at = done * lanes;
    if (lanes === 1) for (let i = 0; i < end; i++, target += step) to[target] = from[at++]!;
    else {
      for (let i = 0; i < end; i++, target += step) {
        for (let lane = 0; lane < lanes; lane++) to[target + lane] = from[at++]!;
      }
    }
    done += end;
  }
}

function scatterBytes(
  chunk: Uint8Array,
  slab: Uint8Array,
  width: number,
  first: number,
  counts: readonly number[],
  strides: readonly number[],
): void {
  if (width === 1) scatter(chunk, slab, first, counts, strides, 1);
  else if (width === 2) {
    const [from, to] = [
      new Uint16Array(chunk.buffer, 0, chunk.length / 2),
      new Uint16Array(slab.buffer, 0, slab.length / 2),
    ];
    scatter(from, to, first, counts, strides, 1);
  } else {
    const [from, to] = [
      new Uint32Array(chunk.buffer, 0, chunk.length / 4),
      new Uint32Array(slab.buffer, 0, slab.length / 4),
    ];
    scatter(from, to, first, counts, strides, width / 4);
  }
}

/** A tensor up to this size is expected whole. */
const MOST_EXPECTED = 128 << 20;

export class PermutedSource implements ByteSource {
  readonly byteLength: number;
  readonly #shape: Shape;
  readonly #perm: readonly number[];
  readonly #target: Shape;
  /** The axis of the result along which slabs follow one another; those before it have one index a slab. */
  readonly #axis: number;
  /** Indices along that axis in a slab. */
  readonly #thick: number;
  #held = -1;
  #slab = new Uint8Array(0);
  /** The memory of all slabs, of which the first is the largest. */
  #room = new Uint8Array(0);
  readonly #chunk: Uint8Array;
  readonly #batches: BatchRoom = { bytes: new Uint8Array(0) };

  constructor(
    readonly input: ByteSource,
    shape: Shape,
    perm: readonly number[],
    readonly width: number,
    slabBytes = SLAB_BYTES,
  ) {
    this.byteLength = elementCount(shape) * width;
    this.#chunk = new Uint8Array(Math.min(CHUNK_BYTES, Math.ceil(this.byteLength / 8) * 8));
    const joined = joinedAxes(shape, perm);
    this.#shape = joined.shape;
    this.#perm = joined.perm;
    this.#target = joined.perm.map((axis) => joined.shape[axis] as number);
    let axis = 0;
    let inner = this.byteLength;
    while (axis < this.#target.length) {
      inner /= this.#target[axis] as number;
      if (inner <= slabBytes) break;
      axis++;
    }
    this.#axis = Math.min(axis, this.#target.length - 1);
    this.#thick = Math.max(1, Math.floor(slabBytes / Math.max(inner, 1)));
  }

  readInto(target: Uint8Array, offset: number): void {
    assertWithin(this, offset, target.length, 'transposed tensor');
    if (this.#target.length < 2) {
      this.input.readInto(target, offset);
      return;
    }
    const inner = elementCount(this.#target.slice(this.#axis + 1)) * this.width;
    const size = this.#target[this.#axis] as number;
    for (let done = 0; done < target.length; ) {
      const row = Math.floor((offset + done) / inner);
      const outer = Math.floor(row / size);
      const first = Math.floor((row - outer * size) / this.#thick) * this.#thick;
      const start = (outer * size + first) * inner;
      this.#hold(outer, first, Math.min(this.#thick, size - first), start);
      const from = offset + done - start;
      const part = this.#slab.subarray(from, Math.min(this.#slab.length, from + target.length - done));
      target.set(part, done);
      done += part.length;
    }
  }

  /** A slab takes a little of all of the input. */
  expect(runs: readonly Run[]): void {
    if (this.#target.length < 2) this.input.expect?.(runs);
    else if (this.input.byteLength <= MOST_EXPECTED && !runs.every((run) => this.#isHeld(run))) expectAll(this.input);
  }

  #isHeld({ offset, length }: Run): boolean {
    return this.#held >= 0 && offset >= this.#held && offset + length <= this.#held + this.#slab.length;
  }

  /** Makes the slab of `count` indices from `first` on, under the `outer`-th combination of the axes before. */
  #hold(outer: number, first: number, count: number, start: number): void {
    if (start === this.#held) return;
    const starts = new Array<number>(this.#target.length).fill(0);
    const counts = [...this.#target];
    starts[this.#axis] = first;
    counts[this.#axis] = count;
    for (let axis = this.#axis - 1, rest = outer; axis >= 0; axis--) {
      const size = this.#target[axis] as number;
      starts[axis] = rest % size;
      counts[axis] = 1;
      rest = Math.floor(rest / size);
    }
    const ranges: AxisRange[] = [];
    for (const [axis, from] of this.#perm.entries()) {
      ranges[from] = { start: starts[axis] as number, step: 1, count: counts[axis] as number };
    }
    const bytes = elementCount(counts) * this.width;
    if (this.#room.length < bytes) this.#room = new Uint8Array(bytes);
    this.#slab = this.#room.subarray(0, bytes);
    const boxCounts = ranges.map((range) => range.count);
    const slabStrides = stridesOf(counts);
    const strides = boxCounts.map((_, from) => slabStrides[this.#perm.indexOf(from)] as number);
    const box = new StridedSource(this.input, this.#shape, ranges, this.width, this.#batches);
    const most = Math.floor(CHUNK_BYTES / this.width) * this.width;
    for (let at = 0; at < bytes; at += most) {
      const chunk = this.#chunk.subarray(0, Math.min(most, bytes - at));
      box.readInto(chunk, at);
      scatterBytes(chunk, this.#slab, this.width, at / this.width, boxCounts, strides);
    }
    this.#held = start;
  }
}
