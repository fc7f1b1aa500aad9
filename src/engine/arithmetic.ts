/** Arithmetic on whole tensors in memory, element by element, as TensorFlow does it: floats round once, integers wrap. */

import { readBytes } from '../bytes/source.ts';
import { MismatchError, UnsupportedError } from '../errors.ts';
import { type DType, type DTypeName, dtypeOf } from '../tensor/dtype.ts';
import { encodeTypedArray, type NumberArray } from '../tensor/encode-elements.ts';
import { elementCount, formatShape, type Shape, sameShape, stridesOf } from '../tensor/shape.ts';
import { encodeSmallFloats, isSmallFloat } from '../tensor/small-floats.ts';
import { readStrings } from '../tensor/strings.ts';
import { isTensor, type Tensor, tensorOfBytes } from '../tensor/tensor.ts';
import { type TensorValue, tensorFrom } from '../tensor/tensor-from.ts';
import { decodeValues, type NumericValues } from '../tensor/values.ts';

export type Arithmetic = 'add' | 'sub' | 'mul' | 'div';

/** The values of a tensor of numbers, on memory that nobody else has. */
export function numbersOf(tensor: Tensor): NumericValues {
  return decodeValues(tensor.dtype, readBytes(tensor.source, 0, tensor.source.byteLength));
}

/** The elements of a tensor one by one, as values of JavaScript; pairs of a complex number stand side by side. */
export function elementsOf(tensor: Tensor): (number | bigint | boolean | Uint8Array)[] {
  if (tensor.dtype.kind === 'string') return readStrings(tensor.source, elementCount(tensor.shape));
  const values = Array.from(numbersOf(tensor) as ArrayLike<number | bigint>);
  return tensor.dtype.kind === 'bool' ? values.map((value) => value === 1) : values;
}

/** The shape that both become; throws {@link MismatchError} where they do not fit. */
export function broadcastShape(a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis) => {
    const [left, right] = [a[axis - rank + a.length] ?? 1, b[axis - rank + b.length] ?? 1];
    if (left === right || right === 1) return left;
    if (left === 1) return right;
    const message = `the shapes ${formatShape(a)} and ${formatShape(b)} do not go together`;
    throw new MismatchError(message, '', formatShape(a), formatShape(b));
  });
}

/**
 * Values that are combined with a tensor of a shape, as a tensor: a flat list of as many elements takes that shape, as it does where
 * it is assigned; anything else is broadcast.
 */
export function operandFrom(value: TensorValue, dtype: DTypeName, shape: Shape): Tensor {
  const tensor = tensorFrom(value, { dtype });
  const isFlat = !isTensor(value) && tensor.shape.length === 1 && tensor.shape[0] === elementCount(shape);
  return isFlat ? { ...tensor, shape } : tensor;
}

/** For every element of `shape`, the element of a tensor of shape `from` that stands there. */
function broadcastIndices(from: Shape, shape: Shape): Uint32Array {
  const strides = stridesOf(from);
  const offset = shape.length - from.length;
  const steps = shape.map((_, axis) =>
    axis < offset || from[axis - offset] === 1 ? 0 : (strides[axis - offset] as number),
  );
  const indices = new Uint32Array(elementCount(shape));
  const at = new Array<number>(shape.length).fill(0);
  let element = 0;
  for (let i = 0; i < indices.length; i++) {
    indices[i] = element;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      at[axis] = (at[axis] as number) + 1;
      element += steps[axis] as number;
      if ((at[axis] as number) < (shape[axis] as number)) break;
      element -= (steps[axis] as number) * (shape[axis] as number);
      at[axis] = 0;
    }
  }
  return indices;
}

/** What division of a dtype gives (`truediv` in tensorflow/python/ops/math_ops.py). */
export function quotientDType(dtype: DType): DType {
  if (dtype.kind !== 'int' && dtype.kind !== 'uint') return dtype;
  return dtypeOf(dtype.width <= 2 ? 'float32' : 'float64');
}

const NUMBERS: Readonly<Record<Arithmetic, (a: number, b: number) => number>> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
};

const BIGINTS: Readonly<Record<Arithmetic, (a: bigint, b: bigint) => bigint>> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
};

function checkArithmetic(dtype: DType): void {
  if (dtype.kind === 'float' || dtype.kind === 'int' || dtype.kind === 'uint' || dtype.kind === 'complex') return;
  throw new UnsupportedError(`there is no arithmetic on ${dtype.name}`, 'arithmetic');
}

/** Stored bytes of results in the dtype's own typed array; floats of fewer bits round, integers have wrapped. */
function tensorOfNumbers(dtype: DType, shape: Shape, values: NumericValues): Tensor {
  const bytes = isSmallFloat(dtype.name)
    ? encodeSmallFloats(dtype.name, values as Float32Array)
    : encodeTypedArray(values as NumberArray, dtype);
  return tensorOfBytes(dtype, shape, bytes);
}

type Pair = readonly [number, number];
const COMPLEX: Readonly<Record<Arithmetic, (a: Pair, b: Pair) => Pair>> = {
  add: ([a, b], [c, d]) => [a + c, b + d],
  sub: ([a, b], [c, d]) => [a - c, b - d],
  mul: ([a, b], [c, d]) => [a * c - b * d, a * d + b * c],
  div: ([a, b], [c, d]) => {
    const norm = c * c + d * d;
    return [(a * c + b * d) / norm, (b * c - a * d) / norm];
  },
};

/** Element by element into `out`, which may be `left` itself. */
function compute(
  operation: Arithmetic,
  left: NumericValues,
  right: NumericValues,
  out: NumericValues,
  at?: { readonly left: Uint32Array; readonly right: Uint32Array },
): void {
  if (out instanceof BigInt64Array || out instanceof BigUint64Array) {
    const [a, b, act] = [left as BigInt64Array, right as BigInt64Array, BIGINTS[operation]];
    for (let i = 0; i < out.length; i++) out[i] = act(a[at?.left[i] ?? i] as bigint, b[at?.right[i] ?? i] as bigint);
    return;
  }
  const [a, b] = [left as ArrayLike<number>, right as ArrayLike<number>];
  const wraps = operation === 'mul' && !(out instanceof Float32Array || out instanceof Float64Array);
  const act = wraps ? Math.imul : NUMBERS[operation];
  for (let i = 0; i < out.length; i++) out[i] = act(Number(a[at?.left[i] ?? i]), Number(b[at?.right[i] ?? i]));
}

function computeComplex(
  operation: Arithmetic,
  left: NumericValues,
  right: NumericValues,
  out: NumericValues,
  at: { readonly left: Uint32Array; readonly right: Uint32Array },
): void {
  const pair = (values: NumericValues, i: number): Pair => [Number(values[2 * i]), Number(values[2 * i + 1])];
  const act = COMPLEX[operation];
  for (let i = 0; 2 * i < out.length; i++) {
    const [real, imaginary] = act(pair(left, at.left[i] as number), pair(right, at.right[i] as number));
    out[2 * i] = real;
    out[2 * i + 1] = imaginary;
  }
}

/** Two tensors of one dtype, element by element, the shapes broadcast; throws {@link MismatchError} where they do not fit. */
export function arithmetic(operation: Arithmetic, left: Tensor, right: Tensor): Tensor {
  checkArithmetic(left.dtype);
  if (left.dtype !== right.dtype) {
    const message = `${left.dtype.name} and ${right.dtype.name} cannot be combined (${operation})`;
    throw new MismatchError(message, '', left.dtype.name, right.dtype.name);
  }
  const shape = broadcastShape(left.shape, right.shape);
  const dtype = operation === 'div' ? quotientDType(left.dtype) : left.dtype;
  const [a, b] = [numbersOf(left), numbersOf(right)];
  const plain = sameShape(left.shape, right.shape) && dtype.kind !== 'complex';
  const at = plain
    ? undefined
    : { left: broadcastIndices(left.shape, shape), right: broadcastIndices(right.shape, shape) };
  const zeros = new Uint8Array(elementCount(shape) * dtype.width);
  const out = decodeValues(dtype, zeros);
  if (dtype.kind === 'complex' && at !== undefined) computeComplex(operation, a, b, out, at);
  else compute(operation, a, b, out, at);
  return tensorOfNumbers(dtype, shape, out);
}

/** Every element with the other sign. */
export function negated(tensor: Tensor): Tensor {
  checkArithmetic(tensor.dtype);
  const values = numbersOf(tensor);
  if (values instanceof BigInt64Array || values instanceof BigUint64Array) {
    for (let i = 0; i < values.length; i++) values[i] = -(values[i] as bigint);
  } else for (let i = 0; i < values.length; i++) values[i] = -(values[i] as number);
  return tensorOfNumbers(tensor.dtype, tensor.shape, values);
}
