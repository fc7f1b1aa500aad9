/** The values of a tensor as JavaScript has them: a typed array of one's own, or nested lists. */
import { kindOf } from '../bytes/kind-of-value.ts';
import { readBytes } from '../bytes/source.ts';
import { MismatchError, UnsupportedError, UsageError } from '../errors.ts';
import { supply } from '../io/store.ts';
import { originOf } from '../tensor/origin.ts';
import { elementCount, formatShape, type Shape } from '../tensor/shape.ts';
import { type AxisSelector, sliceTensor } from '../tensor/slice-tensor.ts';
import { fitSlice, parseSlice } from '../tensor/slice-text.ts';
import { readStrings } from '../tensor/strings.ts';
import { isTensor, type Tensor } from '../tensor/tensor.ts';
import { decodeValues, numbersPerElement, type TypedValues } from '../tensor/values.ts';
import { checkStored } from './digest.ts';

/** A slice by numpy's rules, as text (`'0:5,:8'`, `'-1,...'`), or a selector for each axis. */
export type ArraySlice = string | readonly AxisSelector[];

/** Lists of lists, as deep as a tensor has axes; a scalar is its one value. */
export type Nested = number | bigint | Uint8Array | readonly Nested[];

function checkTensor(where: string, tensor: unknown): asserts tensor is Tensor {
  if (isTensor(tensor)) return;
  const hint = tensor === undefined ? '; is its name in the map?' : '; tensorFrom(values) makes one';
  throw new UsageError(`${where} wants a tensor, not ${kindOf(tensor)}${hint}`);
}

function sliceOf(tensor: Tensor, slice: ArraySlice): Tensor {
  if (typeof slice !== 'string') return sliceTensor(tensor, slice);
  const parsed = parseSlice(slice.replace(/^\[(.*)\]$/s, '$1'));
  if (parsed === undefined) throw new UsageError(`${slice} is no slice; one is written as numpy's: 0:5,:8 or -1,...`);
  return sliceTensor(tensor, fitSlice(parsed, tensor.shape));
}

/** The values of a tensor whose bytes are here. */
function valuesNow(tensor: Tensor, whole: boolean): TypedValues {
  const { dtype, shape } = tensor;
  if (tensor.problem !== undefined) throw tensor.problem;
  if (dtype.kind === 'variant' || dtype.kind === 'unknown') {
    throw new UnsupportedError(`elements of dtype ${dtype.name} are no numbers and no strings`, 'values');
  }
  if (whole) checkStored(originOf(tensor)?.name ?? 'that was asked for', tensor);
  if (dtype.kind === 'string') return readStrings(tensor.source, elementCount(shape));
  return decodeValues(dtype, readBytes(tensor.source, 0, tensor.source.byteLength));
}

/**
 * The values of a tensor, or of a slice of it, in row-major order: a typed array of one's own, of the dtype's kind. 64-bit
 * integers are bigints; float16, bfloat16 and float8 widen to a `Float32Array`; bool is a `Uint8Array` of 0 and 1; complex
 * numbers are pairs, side by side; strings are byte strings, a `Uint8Array` each. Of a slice only the bytes it needs are
 * read; a whole tensor is checked against its checksum.
 *
 * Throws {@link MismatchError} for a slice that does not fit, {@link UnsupportedError} for variants, and what reading throws.
 *
 * @example
 * const { tensors } = await openCheckpoint('model.ckpt');
 * const weights = await readArray(tensors.get('net/weights')); // Float32Array
 * const firstRow = await readArray(tensors.get('net/weights'), '0,:');
 * console.log(weights.length, firstRow);
 */
export async function readArray(tensor: Tensor | undefined, slice?: ArraySlice): Promise<TypedValues> {
  checkTensor('readArray', tensor);
  return supply(() => valuesNow(slice === undefined ? tensor : sliceOf(tensor, slice), slice === undefined));
}

/** The lists from `axis` on, and where the values behind them begin. */
function nest(values: ArrayLike<number | bigint | Uint8Array>, shape: Shape, axis: number, at: number): Nested {
  if (axis === shape.length) return values[at] as Nested;
  const length = shape[axis] as number;
  const step = elementCount(shape.slice(axis + 1));
  return Array.from({ length }, (_, i) => nest(values, shape, axis + 1, at + i * step));
}

function nestAll(values: ArrayLike<number | bigint | Uint8Array>, shape: Shape): Nested {
  const count = elementCount(shape);
  // Complex numbers lie in pairs, which become innermost lists.
  const pairs = count > 0 && values.length === 2 * count;
  if (values.length !== count && !pairs) {
    throw new MismatchError(
      `${values.length} values do not fill the shape ${formatShape(shape)}, which takes ${count}`,
      '',
      `${count}`,
      `${values.length}`,
    );
  }
  return nest(values, pairs ? [...shape, 2] : shape, 0, 0);
}

/**
 * Values as nested lists: those of a typed array by its shape, at once, or those of a tensor or of a slice of it, read as
 * {@link readArray} does. Complex numbers become lists of two.
 *
 * @example
 * const { tensors } = await openCheckpoint('model.ckpt');
 * console.log(await toNested(tensors.get('net/weights'), '0:2,0:2')); // [[0.1, 0.2], [0.3, 0.4]]
 * console.log(toNested(Float32Array.of(1, 2, 3, 4), [2, 2])); // [[1, 2], [3, 4]]
 */
export function toNested(values: ArrayLike<number | bigint | Uint8Array>, shape: Shape): Nested;
export function toNested(tensor: Tensor | undefined, slice?: ArraySlice): Promise<Nested>;
export function toNested(
  given: ArrayLike<number | bigint | Uint8Array> | Tensor | undefined,
  by?: Shape | ArraySlice,
): Nested | Promise<Nested> {
  if (Array.isArray(given) || ArrayBuffer.isView(given)) {
    const values = given as ArrayLike<number | bigint | Uint8Array>;
    return nestAll(values, (by ?? [values.length]) as Shape);
  }
  checkTensor('toNested', given);
  const part = by === undefined ? given : sliceOf(given, by as ArraySlice);
  const shape = numbersPerElement(part.dtype) === 2 ? [...part.shape, 2] : part.shape;
  return supply(() => nest(valuesNow(part, by === undefined), shape, 0, 0));
}
