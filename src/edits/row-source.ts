/**
 * The rows of a tensor along one axis in another order, some of them new: row `i` of the result is row `rows[i]` of the
 * input, or, where that is {@link NEW_ROW}, what a filling has at the same place.
 */
import { assertWithin, type ByteSource } from '../bytes/source.ts';
import { elementCount, type Shape } from '../tensor/shape.ts';

export const NEW_ROW = -1;

export class RowSource implements ByteSource {
  readonly byteLength: number;
  /** Bytes of one row: what lies behind the axis. */
  readonly #rowBytes: number;
  readonly #inputRows: number;

  constructor(
    readonly input: ByteSource,
    inputShape: Shape,
    readonly axis: number,
    readonly rows: Int32Array,
    readonly filling: ByteSource,
    width: number,
  ) {
    this.#inputRows = inputShape[axis] as number;
    this.#rowBytes = elementCount(inputShape.slice(axis + 1)) * width;
    this.byteLength = elementCount(inputShape.slice(0, axis)) * rows.length * this.#rowBytes;
  }

  readInto(target: Uint8Array, offset: number): void {
    assertWithin(this, offset, target.length, 'rows');
    const rowBytes = this.#rowBytes;
    for (let done = 0; done < target.length; ) {
      const at = offset + done;
      const row = Math.floor(at / rowBytes);
      const [outer, index] = [Math.floor(row / this.rows.length), row % this.rows.length];
      const within = at - row * rowBytes;
      const from = this.rows[index] as number;
      const count = this.#neighbours(index, from, Math.ceil((within + target.length - done) / rowBytes));
      const length = Math.min(count * rowBytes - within, target.length - done);
      const part = target.subarray(done, done + length);
      if (from === NEW_ROW) this.filling.readInto(part, at);
      else this.input.readInto(part, (outer * this.#inputRows + from) * rowBytes + within);
      done += length;
    }
  }

  /** How many rows from `index` on lie end to end in the input as well, or are all new; at most `most`. */
  #neighbours(index: number, from: number, most: number): number {
    let count = 1;
    const { rows } = this;
    const step = from === NEW_ROW ? 0 : 1;
    while (count < most && index + count < rows.length && rows[index + count] === from + step * count) count++;
    return count;
  }
}
