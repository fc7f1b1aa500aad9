/** Values as JSON: nested lists in the shape of the tensor, written a piece at a time. */

import { type DType, dtypeOf, type TypedValues, UsageError } from '../../index.ts';
import { type ArrayValues, decodeText, elementCount, formatScalar } from '../../text.ts';
import { jsonString } from '../terminal/escape.ts';
import { groupDigits } from '../terminal/numbers.ts';

const CHUNK = 16384;

const NOT_NUMBERS: Readonly<Record<string, string>> = { nan: '"NaN"', inf: '"Infinity"', '-inf': '"-Infinity"' };

function floatJson(text: string): string {
  return NOT_NUMBERS[text] ?? text;
}

/** The dtype of the two parts of a complex number; of any other, itself. */
export function partsOf(dtype: DType): DType {
  if (dtype.kind !== 'complex') return dtype;
  return dtypeOf(dtype.name === 'complex64' ? 'float32' : 'float64');
}

/** The JSON of one element: a complex number as [real, imaginary], a byte string as its text. */
function elementJson(dtype: DType, parts: DType, values: TypedValues, index: number): string {
  switch (dtype.kind) {
    case 'string':
      return jsonString(decodeText((values as Uint8Array[])[index]!));
    case 'bool':
      return values[index] === 0 ? 'false' : 'true';
    case 'complex': {
      const pair = [2 * index, 2 * index + 1].map((at) => floatJson(formatScalar(parts, values, at)));
      return `[${pair.join(',')}]`;
    }
    case 'float':
      return floatJson(formatScalar(dtype, values, index));
    default:
      return String(values[index]);
  }
}

/** Lists without elements: `[[],[]]` for a shape of [2,0]. */
function emptyLists(shape: readonly number[]): string {
  const [size, ...inner] = shape as readonly [number, ...number[]];
  return `[${Array.from({ length: size }, () => emptyLists(inner)).join(',')}]`;
}

/** More empty lists than these are written out by nobody: a shape may have any number of them, and no byte. */
const MOST_EMPTY = 2 ** 20;

/** Throws {@link UsageError} where an array without elements would take more room than can be had. */
export function checkEmpty(shape: readonly number[]): void {
  const cut = shape.indexOf(0);
  const lists = cut < 0 ? 0 : elementCount(shape.slice(0, cut));
  if (lists <= MOST_EMPTY) return;
  throw new UsageError(
    `it has no elements, but ${groupDigits(lists)} empty rows, which are too many to write out; take some of them with a slice, such as [:10]`,
  );
}

/** What stands around each row, an item of the first axis; a row says nothing of those before it. */
export interface RowFrame {
  readonly before: (row: number) => string;
  readonly after: string;
  readonly between: string;
}

function* emptyRows(rows: number, inner: readonly number[], { before, after, between }: RowFrame): Generator<string> {
  for (let row = 0; row < rows; row++) yield `${row === 0 ? '' : between}${before(row)}${emptyLists(inner)}${after}`;
}

/** The JSON of each row of an array, in pieces; rows lie along the first of its axes, of which it must have one. */
export function* rowsJson(array: ArrayValues, parts: DType, frame: RowFrame): Generator<string> {
  const { dtype, shape } = array;
  const [rows, ...inner] = shape as readonly [number, ...number[]];
  const { before, after, between } = frame;
  const size = elementCount(shape);
  if (size === 0) {
    yield* emptyRows(rows, inner.slice(0, inner.indexOf(0) + 1), frame);
    return;
  }
  const rowSize = elementCount(inner);
  const strides = inner.map((_, axis) => elementCount(inner.slice(axis)));
  const shortest = strides.at(-1) ?? 1;
  const boundaries = (index: number): number =>
    index % shortest === 0 ? strides.filter((stride) => index % stride === 0).length : 0;
  const close = ']'.repeat(inner.length) + after;
  for (let done = 0; done < size; done += CHUNK) {
    const count = Math.min(CHUNK, size - done);
    const values = array.read(done, count);
    let text = '';
    for (let i = 0; i < count; i++) {
      const index = done + i;
      const opened = boundaries(index);
      if (index % rowSize !== 0) text += `${']'.repeat(opened)},`;
      else text += (index === 0 ? '' : close + between) + before(index / rowSize);
      text += '['.repeat(opened) + elementJson(dtype, parts, values, i);
    }
    yield text;
  }
  yield close;
}

const PLAIN: RowFrame = { before: () => '', after: '', between: ',' };

/**
 * The JSON of an array in pieces. `parts` is the dtype of a complex number's parts. Throws {@link UsageError} at once where it
 * holds nothing but far too many empty lists.
 */
export function nestedJson(array: ArrayValues, parts: DType): Generator<string> {
  checkEmpty(array.shape);
  return pieces(array, parts);
}

function* pieces(array: ArrayValues, parts: DType): Generator<string> {
  const { dtype, shape } = array;
  if (shape.length === 0) {
    yield elementJson(dtype, parts, array.read(0, 1), 0);
    return;
  }
  yield '[';
  yield* rowsJson(array, parts, PLAIN);
  yield ']';
}
