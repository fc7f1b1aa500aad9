/**
 * The content of an input, checked against the checksum that the file recorded while it goes by: what is computed from bad
 * bytes would otherwise get a good checksum of its own. Whoever reads front to back pays for no second reading.
 */

import { crc32c } from '../bytes/crc32c.ts';
import type { ChecksumBuffer } from '../bytes/crc32c-engine.ts';
import { assertWithin, type ByteSource, type Run } from '../bytes/source.ts';
import { ChecksumError } from '../errors.ts';
import { storedChecksum } from '../tensor/checksum.ts';
import { assembleParts } from '../tensor/partitioned.ts';
import { elementCount } from '../tensor/shape.ts';
import type { Tensor } from '../tensor/tensor.ts';

export interface CheckOptions {
  /** Check content against the checksums it carries; true unless said otherwise. */
  readonly verify?: boolean | undefined;
}

/** A source that also reads into a checksum engine's own memory, where summing costs least. */
export interface InputSource extends ByteSource {
  /** Fills the first `length` bytes of the buffer with the bytes from `offset` on. */
  readBuffer(buffer: ChecksumBuffer, offset: number, length: number): void;
}

class PlainInput implements InputSource {
  readonly byteLength: number;
  constructor(readonly parent: ByteSource) {
    this.byteLength = parent.byteLength;
  }
  readInto(target: Uint8Array, offset: number): void {
    this.parent.readInto(target, offset);
  }
  expect(runs: readonly Run[]): void {
    this.parent.expect?.(runs);
  }
  readBuffer({ buffer }: ChecksumBuffer, offset: number, length: number): void {
    this.parent.readInto(buffer.subarray(0, length), offset);
  }
}

class CheckedInput implements InputSource {
  readonly byteLength: number;
  /** How far the content was read and summed without a gap. */
  #summedTo = 0;
  #crc = 0;
  /** Where the last read began, and the sum of what lay before it: a read may be made again when what it lacked has come. */
  #lastFrom = 0;
  #lastCrc = 0;
  #checked: boolean;

  constructor(
    readonly name: string,
    readonly tensor: Tensor,
    readonly parent: ByteSource,
    readonly expected: number,
  ) {
    this.byteLength = parent.byteLength;
    this.#checked = this.byteLength === 0;
  }

  readInto(target: Uint8Array, offset: number): void {
    assertWithin(this, offset, target.length, this.name);
    this.#prepare(offset);
    this.parent.readInto(target, offset);
    if (!this.#checked) this.#sum(crc32c(target, this.#crc), target.length);
  }

  expect(runs: readonly Run[]): void {
    this.parent.expect?.(runs);
  }

  readBuffer(engine: ChecksumBuffer, offset: number, length: number): void {
    assertWithin(this, offset, length, this.name);
    this.#prepare(offset);
    this.parent.readInto(engine.buffer.subarray(0, length), offset);
    if (!this.#checked) this.#sum(engine.crc32c(0, length, this.#crc), length);
  }

  /** Whoever reads elsewhere than where the last read ended has all of it checked first. */
  #prepare(offset: number): void {
    if (this.#checked || offset === this.#summedTo) return;
    if (offset === this.#lastFrom) {
      this.#summedTo = this.#lastFrom;
      this.#crc = this.#lastCrc;
      return;
    }
    this.#finish(storedChecksum(this.tensor.dtype, this.parent, elementCount(this.tensor.shape)));
  }

  #sum(crc: number, length: number): void {
    this.#lastFrom = this.#summedTo;
    this.#lastCrc = this.#crc;
    this.#crc = crc;
    this.#summedTo += length;
    if (this.#summedTo === this.byteLength) this.#finish(crc);
  }

  #finish(actual: number): void {
    if (actual !== this.expected) {
      const { name, expected } = this;
      throw new ChecksumError(
        `tensor ${name}: its content does not match its checksum; nothing can be computed from it. ckpt verify shows what else is damaged`,
        name,
        expected,
        actual,
      );
    }
    this.#checked = true;
  }
}

function checked(name: string, tensor: Tensor, { verify = true }: CheckOptions): ByteSource {
  const { source, crc32c: expected } = tensor;
  if (!verify || expected === undefined || tensor.dtype.width === 0) return source;
  return new CheckedInput(name, tensor, source, expected);
}

/** The content of a tensor as the input of an edit; a partitioned tensor reads as the whole, each part checked. */
export function inputOf(name: string, tensor: Tensor, options: CheckOptions = {}): InputSource {
  const { parts } = tensor;
  if (parts === undefined) {
    const source = checked(name, tensor, options);
    return source instanceof CheckedInput ? source : new PlainInput(source);
  }
  const placed = parts.map(({ slice, tensor: part }) => ({
    slice,
    tensor: withSource(part, () => checked(name, part, options)),
  }));
  return new PlainInput(assembleParts(name, tensor, placed));
}

function withSource(tensor: Tensor, open: () => ByteSource): Tensor {
  const { dtype, shape, byteLength } = tensor;
  let source: ByteSource | undefined;
  return {
    dtype,
    shape,
    byteLength,
    get source() {
      source ??= open();
      return source;
    },
  };
}
