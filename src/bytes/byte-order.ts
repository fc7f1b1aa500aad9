/** Turning big-endian bytes into little-endian ones and back: the same swap. */
import type { ByteSource, Run } from './source.ts';
import { assertWithin, readBytes } from './source.ts';

export type ByteOrder = 'little' | 'big';

/** Reverses the bytes of every unit of 2, 4 or 8 in place; `bytes` holds whole units. */
export function swapInPlace(bytes: Uint8Array, unit: number): void {
  for (let start = 0; start + unit <= bytes.length; start += unit) {
    for (let low = start, high = start + unit - 1; low < high; low++, high--) {
      const byte = bytes[low] as number;
      bytes[low] = bytes[high] as number;
      bytes[high] = byte;
    }
  }
}

/** A source whose units of 2, 4 or 8 bytes come in the other byte order. */
export class SwappedSource implements ByteSource {
  readonly byteLength: number;
  constructor(
    readonly parent: ByteSource,
    readonly unit: number,
  ) {
    this.byteLength = parent.byteLength;
  }
  readInto(target: Uint8Array, offset: number): void {
    assertWithin(this, offset, target.length, 'swapped bytes');
    const { start, end } = this.#unitsOf(offset, target.length);
    if (start === offset && end === offset + target.length) {
      this.parent.readInto(target, offset);
      swapInPlace(target, this.unit);
      return;
    }
    const whole = readBytes(this.parent, start, end - start);
    swapInPlace(whole, this.unit);
    target.set(whole.subarray(offset - start, offset - start + target.length));
  }
  expect(runs: readonly Run[]): void {
    this.parent.expect?.(
      runs.map(({ offset, length }) => {
        const { start, end } = this.#unitsOf(offset, length);
        return { offset: start, length: end - start };
      }),
    );
  }
  /** The whole units that a run touches. */
  #unitsOf(offset: number, length: number): { readonly start: number; readonly end: number } {
    const start = offset - (offset % this.unit);
    const end = Math.min(Math.ceil((offset + length) / this.unit) * this.unit, this.byteLength);
    return { start, end };
  }
}
