/** A tensor from what a user has: a typed array, a number, a string, nested lists of those, or another tensor. */
import { type ByteSource, readBytes } from '../bytes/source.ts';
import { MismatchError, UsageError } from '../errors.ts';
import { type DType, type DTypeName, dtypeOf } from './dtype.ts';
import { type ElementValue, encodeElements, encodeTypedArray, type NumberArray } from './encode-elements.ts';
import { elementCount, formatShape, type Shape, sameShape } from './shape.ts';
import { readStrings } from './strings.ts';
import { isTensor, type Tensor, tensorOfBytes } from './tensor.ts';
import { decodeValues } from './values.ts';

/** Values of one tensor: flat in a typed array, or nested lists whose nesting is the shape. */
export type TensorValue = NumberArray | ElementValue | Tensor | readonly TensorValue[];

export interface TensorFromOptions {
  /**
   * What the values become, converted exactly or refused. Without it: a typed array's own, float32 of numbers, int64 of
   * bigints, bool of booleans, string of strings and of lists of `Uint8Array`.
   */
  readonly dtype?: DTypeName | undefined;
  /** Row-major; without it that of the nesting. A typed array is flat, and may have any shape of as many elements. */
  readonly shape?: Shape | undefined;
}

const DTYPE_OF_ARRAY: Readonly<Record<string, DTypeName>> = {
  Float32Array: 'float32',
  Float64Array: 'float64',
  Float16Array: 'float16',
  Int8Array: 'int8',
  Int16Array: 'int16',
  Int32Array: 'int32',
  BigInt64Array: 'int64',
  Uint8Array: 'uint8',
  Uint8ClampedArray: 'uint8',
  Uint16Array: 'uint16',
  Uint32Array: 'uint32',
  BigUint64Array: 'uint64',
};

function isTypedArray(value: unknown): value is NumberArray {
  return ArrayBuffer.isView(value) && !(value instanceof DataView);
}

/** What lists of lists hold, with their shape. */
interface Flat {
  readonly shape: Shape;
  /** Single values, or typed arrays that follow one another. */
  readonly leaves: readonly (ElementValue | NumberArray)[];
  readonly rows: boolean;
}

function shapeOfNesting(value: unknown, bytesAreStrings: boolean): number[] {
  const shape: number[] = [];
  for (let at = value; ; at = (at as readonly unknown[])[0]) {
    if (Array.isArray(at)) {
      shape.push(at.length);
      if (at.length === 0) return shape;
    } else if (isTypedArray(at) && !(at instanceof Uint8Array && bytesAreStrings)) {
      shape.push(at.length);
      return shape;
    } else return shape;
  }
}

function flatten(value: unknown, bytesAreStrings: boolean): Flat {
  const shape = shapeOfNesting(value, bytesAreStrings);
  const leaves: (ElementValue | NumberArray)[] = [];
  let rows = false;
  const ragged = (axis: number, length: number): MismatchError =>
    new MismatchError(
      `a list on axis ${axis} has ${length} elements where the first has ${shape[axis] ?? 'none: it is a single value'}`,
      '',
      formatShape(shape),
      `${length}`,
    );
  const visit = (at: unknown, axis: number): void => {
    if (Array.isArray(at)) {
      if (at.length !== shape[axis]) throw ragged(axis, at.length);
      for (const inner of at) visit(inner, axis + 1);
    } else if (isTypedArray(at) && !(at instanceof Uint8Array && bytesAreStrings)) {
      if (at.length !== shape[axis] || axis !== shape.length - 1) throw ragged(axis, at.length);
      rows = true;
      leaves.push(at);
    } else {
      if (axis !== shape.length)
        throw new MismatchError(
          `a single value stands where a list of ${shape[axis]} is`,
          '',
          formatShape(shape),
          String(at),
        );
      leaves.push(checkElement(at));
    }
  };
  visit(value, 0);
  return { shape, leaves, rows };
}

function checkElement(value: unknown): ElementValue {
  if (value instanceof Uint8Array) return value;
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean' || typeof value === 'string')
    return value;
  const what = value === null ? 'null' : typeof value;
  throw new UsageError(
    `a tensor is made of numbers, bigints, booleans, strings, typed arrays or lists of them, not of ${what === 'undefined' ? 'undefined' : `${what === 'object' ? 'an object' : what}`}`,
  );
}

/** The dtype of values where nobody says one. */
function dtypeOfValues(leaves: Flat['leaves']): DTypeName {
  const first = leaves[0];
  if (first === undefined || typeof first === 'number')
    return leaves.every((leaf) => typeof leaf !== 'bigint') ? 'float32' : 'int64';
  if (typeof first === 'bigint') return 'int64';
  if (typeof first === 'boolean') return 'bool';
  if (typeof first === 'string') return 'string';
  return DTYPE_OF_ARRAY[first[Symbol.toStringTag]] ?? 'float32';
}

/** Complex numbers come as pairs: two numbers side by side, or the innermost lists. */
function complexShape(shape: Shape): Shape {
  const last = shape.at(-1);
  if (last === undefined) return shape;
  if (shape.length > 1 && last === 2) return shape.slice(0, -1);
  return [...shape.slice(0, -1), Math.floor(last / 2)];
}

function contentOf({ leaves, rows }: Flat, dtype: DType): Uint8Array {
  if (!rows) return encodeElements(leaves as readonly ElementValue[], dtype);
  const parts = leaves.map((row) => encodeTypedArray(row as NumberArray, dtype));
  if (parts.length === 1) return parts[0] as Uint8Array;
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

function checkCount(shape: Shape, given: Shape): void {
  if (shape.some((size) => !Number.isSafeInteger(size) || size < 0)) {
    throw new UsageError(`a shape is a list of whole numbers from 0 on, not ${formatShape(shape)}`);
  }
  if (elementCount(shape) === elementCount(given)) return;
  throw new MismatchError(
    `${elementCount(given)} values do not fill the shape ${formatShape(shape)}, which takes ${elementCount(shape)}`,
    '',
    formatShape(shape),
    formatShape(given),
  );
}

/** A shape that is asked for gives flat values theirs; what is nested has one already. */
function checkShape(shape: Shape, given: Shape): void {
  checkCount(shape, given);
  if (given.length < 2 || sameShape(shape, given)) return;
  const message = `lists of shape ${formatShape(given)} are not of shape ${formatShape(shape)}; a flat list takes any shape`;
  throw new MismatchError(message, '', formatShape(shape), formatShape(given));
}

/** Whole content in memory, on a buffer of its own. */
function contentInMemory(source: ByteSource): Uint8Array {
  return readBytes(source, 0, source.byteLength);
}

/** A tensor with another dtype or shape; its values are read where they must be converted. */
function converted(tensor: Tensor, { dtype, shape = tensor.shape }: TensorFromOptions): Tensor {
  checkCount(shape, tensor.shape);
  const wanted = dtype === undefined ? tensor.dtype : dtypeOf(dtype);
  if (wanted === tensor.dtype)
    return shape === tensor.shape
      ? tensor
      : { dtype: wanted, shape, byteLength: tensor.byteLength, source: tensor.source, crc32c: tensor.crc32c };
  const content = contentInMemory(tensor.source);
  const bytes =
    tensor.dtype.width > 0
      ? encodeTypedArray(decodeValues(tensor.dtype, content), wanted)
      : encodeElements(readStrings(tensor.source, elementCount(tensor.shape)), wanted);
  return tensorOfBytes(wanted, shape, bytes);
}

/**
 * A tensor in memory from values; it keeps a copy, so that the values may change afterwards. Complex numbers are pairs (real,
 * imaginary), side by side in a flat list, or innermost lists of two. Throws {@link MismatchError} for lists of unequal length,
 * for a value that the dtype does not hold exactly, and for a shape of another count; {@link UsageError} for what is no value.
 *
 * @example
 * const weights = tensorFrom(new Float32Array(6), { shape: [3, 2] });
 * const half = tensorFrom([[1, 2], [3, 4]], { dtype: 'bfloat16' });
 * const names = tensorFrom(['one', 'two']);
 * await writeCheckpoint('made.ckpt', new Map([['weights', weights], ['half', half], ['names', names]]));
 */
export function tensorFrom(value: TensorValue, options: TensorFromOptions = {}): Tensor {
  if (isTensor(value)) return converted(value, options);
  const wanted = options.dtype === undefined ? undefined : dtypeOf(options.dtype);
  const scalarBytes = value instanceof Uint8Array && wanted?.kind === 'string';
  const bytesAreStrings = scalarBytes || (Array.isArray(value) && (wanted === undefined || wanted.kind === 'string'));
  const flat = flatten(value, bytesAreStrings);
  const dtype =
    wanted ??
    dtypeOf(
      bytesAreStrings && flat.leaves[0] instanceof Uint8Array && !flat.rows ? 'string' : dtypeOfValues(flat.leaves),
    );
  let { shape } = flat;
  let content: Uint8Array;
  if (dtype.kind === 'complex') {
    const pairs = flat.shape.length === 0 ? { ...flat, leaves: [...flat.leaves, 0] } : flat;
    content = contentOf(pairs, dtype);
    shape = complexShape(flat.shape);
    if (content.length % dtype.width !== 0)
      throw new MismatchError('complex numbers are pairs, and one is half', '', 'pairs', `${content.length}`);
  } else content = contentOf(flat, dtype);
  if (options.shape !== undefined) checkShape(options.shape, shape);
  return tensorOfBytes(dtype, options.shape ?? shape, content);
}
