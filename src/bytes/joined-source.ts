/** Several sources read as one, end to end. */
import { missTogether } from './missing.ts';
import { assertWithin, type ByteSource, type Run } from './source.ts';

export class JoinedSource implements ByteSource {
  readonly byteLength: number;
  /** Where each part starts, and where the last one ends. */
  readonly #starts: readonly number[];

  constructor(readonly parts: readonly ByteSource[]) {
    const starts = [0];
    for (const { byteLength } of parts) starts.push((starts.at(-1) as number) + byteLength);
    this.#starts = starts;
    this.byteLength = starts.at(-1) as number;
  }

  readInto(target: Uint8Array, offset: number): void {
    assertWithin(this, offset, target.length, 'joined sources');
    let part = this.#partAt(offset);
    for (let done = 0; done < target.length; part++) {
      const start = this.#starts[part] as number;
      const end = this.#starts[part + 1] as number;
      const length = Math.min(target.length - done, end - (offset + done));
      (this.parts[part] as ByteSource).readInto(target.subarray(done, done + length), offset + done - start);
      done += length;
    }
  }

  expect(runs: readonly Run[]): void {
    const steps = this.parts.map((source, part) => () => {
      const start = this.#starts[part] as number;
      const within = runs.flatMap(({ offset, length }) => {
        const [from, to] = [Math.max(offset - start, 0), Math.min(offset + length - start, source.byteLength)];
        return to > from ? [{ offset: from, length: to - from }] : [];
      });
      if (within.length > 0) source.expect?.(within);
    });
    missTogether(steps);
  }

  /** The last part that starts at `offset` or before it. */
  #partAt(offset: number): number {
    let low = 0;
    let high = this.parts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if ((this.#starts[middle] as number) <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}
