/**
 * The elements of a tensor, decoded a stretch at a time from wherever its content lies: what array text and every other
 * rendering of values reads from, so that no tensor need fit in memory.
 */
import type { ByteSource } from '../bytes/source.ts';
import { UnsupportedError } from '../errors.ts';
import { elementCount } from '../tensor/shape.ts';
import { StringElements } from '../tensor/string-elements.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { type ArrayValues, decodeValues, type TypedValues } from '../tensor/values.ts';

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
  readonly #elements: StringElements;

  constructor(tensor: Tensor) {
    this.dtype = tensor.dtype;
    this.shape = tensor.shape;
    this.#elements = new StringElements(tensor.source, elementCount(tensor.shape));
  }

  read(start: number, length: number): TypedValues {
    return this.#elements.read(start, length);
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
