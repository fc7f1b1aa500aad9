/**
 * An array whose first axis lies closest together (Fortran order), read row-major. Reading element by element would touch
 * the whole file for each row: instead a band of elements as large as memory allows is gathered in one pass and kept.
 */
import { expectAll } from '../../bytes/missing.ts';
import { assertWithin, type ByteSource, type Run } from '../../bytes/source.ts';
import { elementCount, type Shape } from '../../tensor/shape.ts';

/** Bytes of a band: a file of 1 GiB is gone through some thirty times at most. */
const BAND_BYTES = 32 << 20;
/** Read of the file at a time. */
const READ_BYTES = 1 << 20;
/** An array up to this size is expected whole: a band takes a little of all of it. */
const MOST_EXPECTED = 128 << 20;
/** A gap up to this size is read over. */
const SMALL_GAP = 16 * 1024;

/** Whether both orders are the same: at most one axis is longer than 1. */
export function ordersAgree(shape: Shape): boolean {
  return shape.filter((size) => size !== 1).length <= 1 || elementCount(shape) === 0;
}

/** A band: elements `first` to `first + count` of the row-major order, which are a box of the array. */
interface Band {
  readonly first: number;
  readonly count: number;
  readonly bytes: Uint8Array;
}

export class FortranSource implements ByteSource {
  readonly byteLength: number;
  /** Elements of one step along {@link #axis} in row-major order, and how many steps a band has. */
  readonly #rowElements: number;
  readonly #bandRows: number;
  /** The axis along which bands follow each other; of the axes before it a band has one place each. */
  readonly #axis: number;
  #band: Band | undefined;

  constructor(
    readonly parent: ByteSource,
    readonly shape: Shape,
    readonly width: number,
    bandBytes = BAND_BYTES,
  ) {
    this.byteLength = elementCount(shape) * width;
    let axis = 0;
    let rowElements = elementCount(shape.slice(1));
    while (rowElements * width > bandBytes && axis + 1 < shape.length) {
      axis++;
      rowElements = elementCount(shape.slice(axis + 1));
    }
    this.#axis = axis;
    this.#rowElements = rowElements;
    this.#bandRows = Math.max(1, Math.floor(bandBytes / (rowElements * width)));
  }

  readInto(target: Uint8Array, offset: number): void {
    assertWithin(this, offset, target.length, 'array');
    for (let done = 0; done < target.length; ) {
      const at = offset + done;
      const band = this.#bandAt(Math.floor(at / this.width));
      const skip = at - band.first * this.width;
      const part = band.bytes.subarray(skip, skip + target.length - done);
      target.set(part, done);
      done += part.length;
    }
  }

  expect(runs: readonly Run[]): void {
    const { first = 0, count = 0 } = this.#band ?? {};
    const isHeld = ({ offset, length }: Run): boolean =>
      offset >= first * this.width && offset + length <= (first + count) * this.width;
    if (!runs.every(isHeld) && this.parent.byteLength <= MOST_EXPECTED) expectAll(this.parent);
  }

  #bandAt(element: number): Band {
    const { first = 0, count = 0 } = this.#band ?? {};
    if (this.#band !== undefined && element >= first && element < first + count) return this.#band;
    this.#band = undefined; // before the next one is made: two would take twice the memory
    this.#band = this.#gather(element);
    return this.#band;
  }

  #gather(element: number): Band {
    const { shape, width } = this;
    const axis = this.#axis;
    const size = shape[axis] as number;
    const row = Math.floor(element / this.#rowElements);
    const place = row % size;
    const from = place - (place % this.#bandRows);
    const rows = Math.min(this.#bandRows, size - from);
    const first = (row - place + from) * this.#rowElements;
    const count = rows * this.#rowElements;
    const bytes = new Uint8Array(count * width);
    const box = shape.map((length, i) => (i < axis ? 1 : i === axis ? rows : length));
    new Gathering(this.parent, shape, width, bytes).run(box, this.#startOf(first));
    return { first, count, bytes };
  }

  /** Where the element with this row-major number lies in the file, counted in elements. */
  #startOf(element: number): number {
    const { shape } = this;
    const index: number[] = new Array(shape.length);
    for (let axis = shape.length - 1, rest = element; axis >= 0; axis--) {
      index[axis] = rest % (shape[axis] as number);
      rest = Math.floor(rest / (shape[axis] as number));
    }
    let start = 0;
    for (let axis = shape.length - 1; axis >= 0; axis--)
      start = start * (shape[axis] as number) + (index[axis] as number);
    return start;
  }
}

/** One pass over the file, in its order, from which a box is filled. */
class Gathering {
  #window = new Uint8Array(0);
  #windowAt = 0;

  constructor(
    readonly parent: ByteSource,
    readonly shape: Shape,
    readonly width: number,
    readonly target: Uint8Array,
  ) {}

  /** Goes through the box with the first axis quickest, which is the order of the file. */
  run(box: Shape, start: number): void {
    const rank = box.length;
    const fileSteps: number[] = [];
    const targetSteps: number[] = new Array(rank);
    for (let axis = 0, step = 1; axis < rank; step *= this.shape[axis] as number, axis++) fileSteps.push(step);
    for (let axis = rank - 1, step = 1; axis >= 0; step *= box[axis] as number, axis--) targetSteps[axis] = step;
    const along = Math.max(
      box.findIndex((size) => size > 1),
      0,
    );
    const index = box.map(() => 0);
    for (let file = start, to = 0; ; ) {
      this.#line(file, fileSteps[along] as number, to, targetSteps[along] as number, box[along] as number);
      let axis = along + 1;
      for (; axis < rank; axis++) {
        file += fileSteps[axis] as number;
        to += targetSteps[axis] as number;
        if (++index[axis]! < (box[axis] as number)) break;
        file -= (fileSteps[axis] as number) * (box[axis] as number);
        to -= (targetSteps[axis] as number) * (box[axis] as number);
        index[axis] = 0;
      }
      if (axis >= rank) return;
    }
  }

  /** `count` elements, so many steps apart in the file and in the box. */
  #line(file: number, fileStep: number, to: number, toStep: number, count: number): void {
    const { width, target } = this;
    for (let i = 0; i < count; ) {
      const at = this.#reach((file + i * fileStep) * width, fileStep * width, count - i);
      const window = this.#window;
      const ready = Math.min(count - i, Math.floor((window.length - at - width) / (fileStep * width)) + 1);
      let from = at;
      let place = (to + i * toStep) * width;
      for (let done = 0; done < ready; done++) {
        for (let byte = 0; byte < width; byte++) target[place + byte] = window[from + byte] as number;
        from += fileStep * width;
        place += toStep * width;
      }
      i += ready;
    }
  }

  /** Makes the window hold the element at byte `offset`; returns where in it that is. */
  #reach(offset: number, stepBytes: number, left: number): number {
    const end = this.#windowAt + this.#window.length;
    if (offset >= this.#windowAt && offset + this.width <= end) return offset - this.#windowAt;
    const needed = stepBytes > SMALL_GAP ? this.width : (left - 1) * stepBytes + this.width;
    // What comes next is near, unless the steps are wide: then no more is read than is wanted.
    const wanted = needed + SMALL_GAP < READ_BYTES ? (this.#isNear(offset, end) ? READ_BYTES : needed) : READ_BYTES;
    const length = Math.min(wanted, this.parent.byteLength - offset);
    if (this.#window.length !== length) this.#window = new Uint8Array(length);
    this.parent.readInto(this.#window, offset);
    this.#windowAt = offset;
    return 0;
  }

  #isNear(offset: number, end: number): boolean {
    return offset - end <= SMALL_GAP;
  }
}
