/** Generated tensors and maps: every dtype, shapes with zeros, names that no model has but any file may hold. */
import fc from 'fast-check';
import { DTYPES, type DType, dtypeOf } from '../src/tensor/dtype.ts';
import { elementCount, type Shape } from '../src/tensor/shape.ts';
import { encodeStrings } from '../src/tensor/strings.ts';
import { type Tensor, type TensorMap, type TensorPart, tensorOfBytes, tensorOfStrings } from '../src/tensor/tensor.ts';
import type { TensorSlice } from '../src/tensor/tensor-slice.ts';

export const NUMERIC_DTYPES: readonly DType[] = DTYPES.filter(({ width }) => width > 0);
const STRING = dtypeOf('string');

/** Few elements: at most `most`, over up to five axes, any of which may be empty. */
export function shapes(most = 60): fc.Arbitrary<Shape> {
  return fc.array(fc.integer({ min: 0, max: 6 }), { maxLength: 5 }).filter((shape) => elementCount(shape) <= most);
}

/** Names with slashes, blanks, zero bytes, accents, emoji; never a lone surrogate, which is no text. */
export const names: fc.Arbitrary<string> = fc.oneof(
  fc.stringMatching(/^[a-z]{1,6}(\/[a-z_0-9]{1,8}){0,3}$/),
  fc.string({ minLength: 1, maxLength: 12, unit: 'binary' }).filter((text) => !/\p{Surrogate}/u.test(text)),
  fc.constantFrom('a', 'a/b', 'a:0', '\0', '\0a\0\u0001', ' ', 'ﬀ', '\uffff', '😀/w', 'é', '../x', 'a\nb', '__proto__'),
);

/** Bytes whose unused bits, in types narrower than a byte, are clear. */
function bytesFor(dtype: DType, length: number): fc.Arbitrary<Uint8Array> {
  const mask = dtype.kind === 'bool' ? 1 : dtype.width === 1 ? (1 << dtype.bits) - 1 : 0xff;
  return fc.uint8Array({ minLength: length, maxLength: length }).map((bytes) => bytes.map((byte) => byte & mask));
}

export function numericTensor(dtype: DType, shape: Shape): fc.Arbitrary<Tensor> {
  return bytesFor(dtype, elementCount(shape) * dtype.width).map((bytes) => tensorOfBytes(dtype, shape, bytes));
}

export function stringTensor(shape: Shape): fc.Arbitrary<Tensor> {
  const count = elementCount(shape);
  return fc
    .array(fc.uint8Array({ maxLength: 9 }), { minLength: count, maxLength: count })
    .map((elements) => tensorOfStrings(STRING, shape, elements));
}

/** Tensors in one piece, of the dtypes given; strings too unless told otherwise. */
export function tensors(dtypes: readonly DType[] = NUMERIC_DTYPES, strings = true): fc.Arbitrary<Tensor> {
  const numeric = fc.tuple(fc.constantFrom(...dtypes), shapes()).chain(([dtype, shape]) => numericTensor(dtype, shape));
  return strings ? fc.oneof({ weight: 5, arbitrary: numeric }, shapes(12).chain(stringTensor)) : numeric;
}

/** Splits `size` at sorted cut points into (start, length) pairs; no piece is empty. */
function pieces(size: number, cuts: readonly number[]): [number, number][] {
  const edges = [...new Set([0, ...cuts.map((cut) => 1 + (cut % size)), size])].sort((a, b) => a - b);
  return edges.slice(1).map((edge, i) => [edges[i] as number, edge - (edges[i] as number)]);
}

/** Every box of a grid. */
function gridOf(axes: readonly (readonly [number, number])[][]): TensorSlice[] {
  return axes.reduce<TensorSlice[]>(
    (slices, axis) => slices.flatMap((slice) => axis.map(([start, length]) => [...slice, { start, length }])),
    [[]],
  );
}

/** The elements of a box, gathered one at a time: the plain way, to compare with. */
export function boxIndices(slice: TensorSlice, shape: Shape): number[] {
  let indices = [0];
  for (const [axis, { start, length }] of slice.entries()) {
    const along = Array.from({ length: length ?? (shape[axis] as number) }, (_, i) => start + i);
    indices = indices.flatMap((base) => along.map((position) => base * (shape[axis] as number) + position));
  }
  return indices;
}

export interface Partitioned {
  readonly whole: Uint8Array;
  readonly tensor: Tensor;
}

/** A partitioned tensor over the content of a whole one, cut into the slices given. */
export function partition(whole: Tensor, slices: readonly TensorSlice[], content: readonly Uint8Array[]): Tensor {
  const { dtype, shape } = whole;
  const parts = slices.map((slice): TensorPart => {
    const partShape = slice.map(({ length }, axis) => length ?? (shape[axis] as number));
    const chosen = boxIndices(slice, shape).map((index) => content[index] as Uint8Array);
    const tensor =
      dtype.kind === 'string'
        ? tensorOfBytes(dtype, partShape, encodeStrings(chosen))
        : tensorOfBytes(dtype, partShape, Uint8Array.from(chosen.flatMap((element) => [...element])));
    return { slice, tensor };
  });
  const byteLength = parts.reduce((sum, part) => sum + part.tensor.byteLength, 0);
  return { dtype, shape, byteLength, source: whole.source, parts };
}

/** Elements of a numeric tensor's bytes. */
export function elementsOf(bytes: Uint8Array, width: number): Uint8Array[] {
  return Array.from({ length: bytes.length / width }, (_, i) => bytes.subarray(i * width, (i + 1) * width));
}

/** A tensor cut along random axes into a shuffled grid of parts, at least two. */
export function partitionedTensors(dtypes: readonly DType[] = NUMERIC_DTYPES): fc.Arbitrary<Partitioned> {
  const shape = fc
    .array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 4 })
    .filter((sizes) => elementCount(sizes) <= 120 && sizes.some((size) => size > 1));
  return fc
    .tuple(fc.constantFrom(...dtypes), shape, fc.array(fc.nat(), { minLength: 8, maxLength: 8 }), fc.integer())
    .chain(([dtype, sizes, cuts, order]) =>
      bytesFor(dtype, elementCount(sizes) * dtype.width).map((whole) => {
        const cuttable = sizes.findIndex((size) => size > 1);
        const axes = sizes.map((size, axis) =>
          pieces(
            size,
            axis === cuttable ? [0, ...cuts.slice(2 * axis, 2 * axis + 1)] : cuts.slice(2 * axis, 2 * axis + 2),
          ),
        );
        const slices = gridOf(axes).sort((a, b) => hashOf(a, order) - hashOf(b, order));
        const tensor = partition(tensorOfBytes(dtype, sizes, whole), slices, elementsOf(whole, dtype.width));
        return { whole, tensor };
      }),
    );
}

function hashOf(slice: TensorSlice, seed: number): number {
  return slice.reduce((hash, { start }) => (Math.imul(hash ^ start, 0x9e3779b1) ^ (hash >>> 7)) >>> 0, seed >>> 0);
}

/** Maps of up to eight tensors, in any order; strings among them unless told otherwise. */
export function tensorMaps(
  dtypes: readonly DType[] = NUMERIC_DTYPES,
  keys = names,
  strings = true,
): fc.Arbitrary<TensorMap> {
  const tensor = fc.oneof(
    { weight: 4, arbitrary: tensors(dtypes, strings) },
    partitionedTensors(dtypes).map((made) => made.tensor),
  );
  return fc
    .uniqueArray(fc.tuple(keys, tensor), { maxLength: 8, selector: ([name]) => name })
    .map((all) => new Map(all));
}
