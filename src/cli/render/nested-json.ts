/** Values as JSON: nested lists in the shape of the tensor, written a piece at a time. */

import { type DType, dtypeOf, type TypedValues, UsageError } from '../../index.ts';
import {
  type ArrayValues,
  decodeText,
  elementCount,
  type Float32Text,
  formatScalar,
  type Piece,
  quickText,
  repeatedText,
  textPieces,
} from '../../text.ts';
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

/** Texts are handed on when they have so many characters. */
const PIECE = 1 << 16;
/** A byte string that is longer becomes text in pieces. */
const LONG_BYTES = 1 << 14;

/** The JSON of a long byte string. */
function* longStringJson(bytes: Uint8Array): Generator<string> {
  yield '"';
  for (const text of textPieces(bytes)) yield jsonString(text).slice(1, -1);
  yield '"';
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
      return floatJson(repeatedText(dtype, values, index));
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
  /** The same for all rows, or by their numbers. */
  readonly before: string | ((row: number) => string);
  readonly after: string;
  readonly between: string;
}

const beforeOf = ({ before }: RowFrame, row: number): string => (typeof before === 'string' ? before : before(row));

function* emptyRows(rows: number, inner: readonly number[], frame: RowFrame): Generator<string> {
  const { after, between } = frame;
  for (let row = 0; row < rows; row++) {
    yield `${row === 0 ? '' : between}${beforeOf(frame, row)}${emptyLists(inner)}${after}`;
  }
}

/** The JSON of each row of an array, in pieces; rows lie along the first of its axes, of which it must have one. */
export function* rowsJson(array: ArrayValues, parts: DType, frame: RowFrame): Generator<Piece> {
  const { dtype, shape } = array;
  const [rows, ...inner] = shape as readonly [number, ...number[]];
  const size = elementCount(shape);
  if (size === 0) {
    yield* emptyRows(rows, inner.slice(0, inner.indexOf(0) + 1), frame);
    return;
  }
  const lists = new Lists(inner, frame);
  const quick = quickText(dtype);
  for (let done = 0; done < size; done += CHUNK) {
    const count = Math.min(CHUNK, size - done);
    const values = array.read(done, count);
    if (quick !== undefined) {
      yield* quickJson(quick, values as Float32Array, done, lists);
      continue;
    }
    yield* elementsJson(array, parts, values, count, (i) => lists.before(done + i));
  }
  yield lists.close;
}

/** Elements that were read, and what stands before each. */
function* elementsJson(
  { dtype }: ArrayValues,
  parts: DType,
  values: TypedValues,
  count: number,
  before: (index: number) => string,
): Generator<Piece> {
  const long = dtype.kind === 'string' ? (values as Uint8Array[]) : [];
  let text = '';
  for (let i = 0; i < count; i++) {
    text += before(i);
    const bytes = long[i];
    if (bytes !== undefined && bytes.length > LONG_BYTES) {
      yield text;
      yield* longStringJson(bytes);
      text = '';
    } else text += elementJson(dtype, parts, values, i);
    if (text.length < PIECE) continue;
    yield text;
    text = '';
  }
  yield text;
}

/** What stands before each element of rows that are lists in each other. */
class Lists {
  /** What ends a row. */
  readonly close: string;
  readonly #rowSize: number;
  readonly #strides: readonly number[];
  readonly #shortest: number;

  constructor(
    readonly inner: readonly number[],
    readonly frame: RowFrame,
  ) {
    this.#rowSize = elementCount(inner);
    this.#strides = inner.map((_, axis) => elementCount(inner.slice(axis)));
    this.#shortest = this.#strides.at(-1) ?? 1;
    this.close = ']'.repeat(inner.length) + frame.after;
  }

  before(index: number): string {
    const { close, frame } = this;
    const isEnd = index % this.#shortest === 0;
    const opened = isEnd ? this.#strides.filter((stride) => index % stride === 0).length : 0;
    const lists = '['.repeat(opened);
    if (index % this.#rowSize !== 0) return `${']'.repeat(opened)},${lists}`;
    return (index === 0 ? '' : close + frame.between) + beforeOf(frame, index / this.#rowSize) + lists;
  }

  /** Elements in a list of the innermost axis, what stands between two such, and after how many something else does. */
  get runs(): { readonly columns: number; readonly rowStart: string; readonly until: number } {
    const { inner, close, frame } = this;
    const isAlike = typeof frame.before === 'string';
    const columns = this.#shortest;
    const rowStart = `${close}${frame.between}${isAlike ? frame.before : ''}${'['.repeat(inner.length)}`;
    if (inner.length < 2) return { columns, rowStart, until: isAlike ? Number.POSITIVE_INFINITY : columns };
    return { columns, rowStart: '],[', until: this.#strides.at(-2) as number };
  }
}

function* quickJson(quick: Float32Text, values: Float32Array, done: number, lists: Lists): Generator<Piece> {
  const { columns, rowStart, until } = lists.runs;
  const between = { columns, separator: ',', rowStart, notFinite: floatJson };
  for (let i = 0; i < values.length; ) {
    const index = done + i;
    const place = index % until;
    const some = values.subarray(i, i + until - place);
    if (place === 0) yield lists.before(index);
    yield* quick.pieces(some, index % columns, place === 0, between);
    i += some.length;
  }
}

const PLAIN: RowFrame = { before: '', after: '', between: ',' };

/**
 * The JSON of an array in pieces. `parts` is the dtype of a complex number's parts. Throws {@link UsageError} at once where it
 * holds nothing but far too many empty lists.
 */
export function nestedJson(array: ArrayValues, parts: DType): Generator<Piece> {
  checkEmpty(array.shape);
  return pieces(array, parts);
}

function* pieces(array: ArrayValues, parts: DType): Generator<Piece> {
  const { shape } = array;
  if (shape.length === 0) {
    yield* elementsJson(array, parts, array.read(0, 1), 1, () => '');
    return;
  }
  yield '[';
  yield* rowsJson(array, parts, PLAIN);
  yield ']';
}
