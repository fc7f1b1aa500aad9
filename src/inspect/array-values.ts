/**
 * The elements of a tensor, decoded a stretch at a time from wherever its content lies: what array text and every other
 * rendering of values reads from, so that no tensor need fit in memory.
 */
import type { ArrayValues } from '../array-text/array-lines.ts';
import { type ByteSource, readBytes } from '../bytes/source.ts';
import { UnsupportedError } from '../errors.ts';
import { elementCount } from '../tensor/shape.ts';
import { checkLengths, walkStrings } from '../tensor/strings.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { decodeValues, type TypedValues } from '../tensor/values.ts';

/** Numbers, read into one buffer that each read reuses. */
class NumberValues implements ArrayValues {
  readonly dtype;
  readonly shape;
  readonly #source: ByteSource;
  #buffer = new Uint8Array(0);

  constructor(tensor: Tensor) {
    this.dtype = tensor.dtype;
    this.shape = tensor.shape;
    this.#source = tensor.source;
  }

  read(start: number, length: number): TypedValues {
    const { width } = this.dtype;
    const size = length * width;
    if (this.#buffer.length < size) this.#buffer = new Uint8Array(size);
    const bytes = this.#buffer.subarray(0, size);
    this.#source.readInto(bytes, start * width);
    return decodeValues(this.dtype, bytes);
  }
}

/** Strings: where each ends is found out once, their bytes are read as they are asked for. */
class StringValues implements ArrayValues {
  readonly dtype;
  readonly shape;
  readonly #source: ByteSource;
  readonly #ends: number[] = [];
  readonly #payloadAt: number;

  constructor(tensor: Tensor) {
    this.dtype = tensor.dtype;
    this.shape = tensor.shape;
    this.#source = tensor.source;
    let end = 0;
    const layout = walkStrings(this.#source, elementCount(tensor.shape), 'little', (length) => {
      end += length;
      this.#ends.push(end);
    });
    checkLengths(this.#source, layout);
    this.#payloadAt = layout.payloadAt;
  }

  read(start: number, length: number): TypedValues {
    const from = this.#endOf(start - 1);
    const bytes = readBytes(this.#source, this.#payloadAt + from, this.#endOf(start + length - 1) - from);
    return Array.from({ length }, (_, i) =>
      bytes.subarray(this.#endOf(start + i - 1) - from, this.#endOf(start + i) - from),
    );
  }

  #endOf(index: number): number {
    return index < 0 ? 0 : (this.#ends[index] as number);
  }
}

/** The values of a tensor of numbers or strings; throws a `CkptError` where its content cannot be read. */
export function arrayValuesOf(tensor: Tensor): ArrayValues {
  const { kind, name } = tensor.dtype;
  if (tensor.problem !== undefined) throw tensor.problem;
  if (kind === 'string') return new StringValues(tensor);
  if (kind === 'variant' || kind === 'unknown') {
    throw new UnsupportedError(`elements of dtype ${name} are no numbers and no strings`, 'values');
  }
  return new NumberValues(tensor);
}
