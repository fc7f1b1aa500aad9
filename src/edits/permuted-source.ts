/**
 * A tensor with its axes in another order. A slab of the result is made at a time: the box of the input that it is made of is
 * read run by run, then turned around in memory.
 */
import { assertWithin, type ByteSource } from '../bytes/source.ts';
import { elementCount, type Shape, stridesOf } from '../tensor/shape.ts';
import { type AxisRange, StridedSource } from '../tensor/strided-source.ts';

/** A slab and its box lie in memory together. */
const SLAB_BYTES = 16 << 20;

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

/** Moves elements so that the strides of the box become those of the slab; units of 1, 2, 4 or 8 bytes, `lanes` of them an element. */
function turn<T extends Uint8Array | Uint16Array | Uint32Array>(
  from: T,
  to: T,
  counts: readonly number[],
  strides: readonly number[],
  lanes: number,
): void {
  const rank = counts.length;
  const inner = counts[rank - 1] ?? 1;
  const step = (strides[rank - 1] ?? 0) * lanes;
  const at = new Array<number>(Math.max(rank - 1, 0)).fill(0);
  let base = 0;
  for (let out = 0; out < to.length; ) {
    if (lanes === 1) for (let i = 0, source = base; i < inner; i++, source += step) to[out++] = from[source]!;
    else {
      for (let i = 0, source = base; i < inner; i++, source += step) {
        for (let lane = 0; lane < lanes; lane++) to[out++] = from[source + lane]!;
      }
    }
    for (let axis = rank - 2; axis >= 0; axis--) {
      base += (strides[axis] as number) * lanes;
      at[axis] = (at[axis] as number) + 1;
      if (at[axis] !== counts[axis]) break;
      base -= (strides[axis] as number) * lanes * (counts[axis] as number);
      at[axis] = 0;
    }
  }
}

function turnBytes(
  box: Uint8Array,
  slab: Uint8Array,
  width: number,
  counts: readonly number[],
  strides: readonly number[],
): void {
  if (width === 1) turn(box, slab, counts, strides, 1);
  else if (width === 2) {
    const [from, to] = [
      new Uint16Array(box.buffer, 0, box.length / 2),
      new Uint16Array(slab.buffer, 0, slab.length / 2),
    ];
    turn(from, to, counts, strides, 1);
  } else {
    const [from, to] = [
      new Uint32Array(box.buffer, 0, box.length / 4),
      new Uint32Array(slab.buffer, 0, slab.length / 4),
    ];
    turn(from, to, counts, strides, width / 4);
  }
}

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
  #box = new Uint8Array(0);

  constructor(
    readonly input: ByteSource,
    shape: Shape,
    perm: readonly number[],
    readonly width: number,
    slabBytes = SLAB_BYTES,
  ) {
    this.byteLength = elementCount(shape) * width;
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
    const boxStrides = stridesOf(ranges.map((range) => range.count));
    const bytes = elementCount(counts) * this.width;
    if (this.#slab.length !== bytes) this.#slab = new Uint8Array(bytes);
    if (this.#box.length !== bytes) this.#box = new Uint8Array(bytes);
    new StridedSource(this.input, this.#shape, ranges, this.width).readInto(this.#box, 0);
    const strides = this.#perm.map((from) => boxStrides[from] as number);
    turnBytes(this.#box, this.#slab, this.width, counts, strides);
    this.#held = start;
  }
}
