/** The rows of a tensor along one axis in another order, some of them new: those are what a filling has at the same place. */
import { assertWithin, type ByteSource, type Run } from '../bytes/source.ts';
import { elementCount, type Shape } from '../tensor/shape.ts';
import { NEW_ROW, type Rows } from './rows.ts';

export class RowSource implements ByteSource {
  readonly byteLength: number;
  /** Bytes of one row: what lies behind the axis. */
  readonly #rowBytes: number;
  readonly #inputRows: number;

  constructor(
    readonly input: ByteSource,
    inputShape: Shape,
    readonly axis: number,
    readonly rows: Rows,
    readonly filling: ByteSource,
    width: number,
  ) {
    this.#inputRows = inputShape[axis] as number;
    this.#rowBytes = elementCount(inputShape.slice(axis + 1)) * width;
    this.byteLength = elementCount(inputShape.slice(0, axis)) * rows.length * this.#rowBytes;
  }

  readInto(target: Uint8Array, offset: number): void {
    assertWithin(this, offset, target.length, 'rows');
    for (const { at, from, length } of this.#pieces({ offset, length: target.length })) {
      const part = target.subarray(at - offset, at - offset + length);
      if (from === NEW_ROW) this.filling.readInto(part, at);
      else this.input.readInto(part, from);
    }
  }

  expect(runs: readonly Run[]): void {
    const kept = runs.flatMap((run) => [...this.#pieces(run)]).filter(({ from }) => from !== NEW_ROW);
    if (kept.length > 0) this.input.expect?.(kept.map(({ from, length }) => ({ offset: from, length })));
  }

  /** The pieces of a run: where each lies here, and where in the input, which new rows do not. */
  *#pieces({ offset, length: wanted }: Run): Generator<{ at: number; from: number; length: number }> {
    const rowBytes = this.#rowBytes;
    for (let done = 0; done < wanted; ) {
      const at = offset + done;
      const row = Math.floor(at / rowBytes);
      const [outer, index] = [Math.floor(row / this.rows.length), row % this.rows.length];
      const within = at - row * rowBytes;
      const [inputRow, count] = this.rows.at(index);
      const length = Math.min(count * rowBytes - within, wanted - done);
      const from = inputRow === NEW_ROW ? NEW_ROW : (outer * this.#inputRows + inputRow) * rowBytes + within;
      yield { at, from, length };
      done += length;
    }
  }
}
