/** Elements narrower than a byte: packed in a file, the first element in the lowest bits; one a byte wherever they are read. */
import { assertWithin, type ByteSource, type Run, readBytes } from './source.ts';

/** What one read of packed bytes takes at most. */
const CHUNK_ELEMENTS = 1 << 20;

/** Packed elements of `bits` bits as a byte each. */
export class UnpackedSource implements ByteSource {
  constructor(
    readonly packed: ByteSource,
    readonly bits: number,
    /** Elements. */
    readonly byteLength: number,
  ) {}

  readInto(target: Uint8Array, offset: number): void {
    assertWithin(this, offset, target.length, 'packed elements');
    for (let done = 0; done < target.length; done += CHUNK_ELEMENTS) {
      this.#unpack(target.subarray(done, done + CHUNK_ELEMENTS), offset + done);
    }
  }

  expect(runs: readonly Run[]): void {
    this.packed.expect?.(runs.map(({ offset, length }) => this.#packedRun(offset, length)));
  }

  #packedRun(first: number, count: number): Run {
    const start = Math.floor((first * this.bits) / 8);
    return { offset: start, length: Math.ceil(((first + count) * this.bits) / 8) - start };
  }

  #unpack(target: Uint8Array, first: number): void {
    const { bits } = this;
    const { offset: start, length } = this.#packedRun(first, target.length);
    const bytes = readBytes(this.packed, start, length);
    const mask = (1 << bits) - 1;
    for (let i = 0, bit = first * bits - start * 8; i < target.length; i++, bit += bits) {
      const at = bit >>> 3;
      const word = (bytes[at] as number) | ((bytes[at + 1] ?? 0) << 8);
      target[i] = (word >>> (bit & 7)) & mask;
    }
  }
}

/** Elements that lie one a byte, in `bits` bits each; what the high bits of a byte hold means nothing. */
export class PackedSource implements ByteSource {
  readonly byteLength: number;

  constructor(
    readonly elements: ByteSource,
    readonly bits: number,
  ) {
    this.byteLength = Math.ceil((elements.byteLength * bits) / 8);
  }

  readInto(target: Uint8Array, offset: number): void {
    assertWithin(this, offset, target.length, 'packed elements');
    // Chunks begin where an element begins at the start of a byte: every `bits` bytes hold 8 elements.
    const step = CHUNK_ELEMENTS - (CHUNK_ELEMENTS % this.bits);
    for (let done = 0; done < target.length; ) {
      const skip = (offset + done) % this.bits;
      const length = Math.min(step - skip, target.length - done);
      target.set(this.#pack(offset + done - skip, skip + length).subarray(skip), done);
      done += length;
    }
  }

  expect(runs: readonly Run[]): void {
    const { bits, elements } = this;
    elements.expect?.(
      runs.map(({ offset, length }) => {
        const first = Math.floor(offset / bits) * 8;
        const end = Math.min(Math.ceil(((offset + length) * 8) / bits), elements.byteLength);
        return { offset: first, length: end - first };
      }),
    );
  }

  #pack(start: number, length: number): Uint8Array {
    const { bits, elements } = this;
    const first = (start / bits) * 8;
    const count = Math.min(Math.ceil((length * 8) / bits), elements.byteLength - first);
    const codes = readBytes(elements, first, count);
    const packed = new Uint8Array(length + 1);
    const mask = (1 << bits) - 1;
    for (let i = 0, bit = 0; i < count; i++, bit += bits) {
      const word = ((codes[i] as number) & mask) << (bit & 7);
      packed[bit >>> 3]! |= word;
      packed[(bit >>> 3) + 1]! |= word >>> 8;
    }
    return packed.subarray(0, length);
  }
}
