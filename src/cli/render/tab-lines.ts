/** Values as lines of cells: a matrix a row a line, a vector a value a line, a scalar on its own. */

import type { DType, TypedValues } from '../../index.ts';
import { type ArrayValues, decodeText, type Float32Text, type Piece, quickText, repeatedText } from '../../text.ts';
import { escapeText } from '../terminal/escape.ts';
import { checkEmpty } from './nested-json.ts';

const CHUNK = 16384;
/** Texts are handed on when they have so many characters. */
const PIECE = 1 << 16;

export interface LineStyle {
  readonly separator: string;
  /** How a text stands in a line. */
  readonly text: (text: string) => string;
  /** What stands before the cells of each line. */
  readonly labels?: readonly string[] | undefined;
}

const TABS: LineStyle = { separator: '\t', text: escapeText };

function cell(dtype: DType, values: TypedValues, index: number, { text }: LineStyle): string {
  if (dtype.kind !== 'string') return repeatedText(dtype, values, index);
  return text(decodeText((values as Uint8Array[])[index]!));
}

/** The lines of an array of rank 2 or less in pieces, which are good until the next is asked for. */
export function* rowLines(array: ArrayValues, style: LineStyle): Generator<Piece> {
  const { dtype, shape } = array;
  const { labels } = style;
  const columns = shape.length === 2 ? (shape[1] as number) : 1;
  const rows = shape.length === 0 ? 1 : (shape[0] as number);
  if (columns === 0) yield labels?.map((label) => `${style.text(label)}\n`).join('') ?? '\n'.repeat(rows);
  const quick = quickText(dtype);
  for (let done = 0, size = rows * columns; done < size; done += CHUNK) {
    const count = Math.min(CHUNK, size - done);
    const values = array.read(done, count);
    if (quick === undefined) yield* cells(array, values, done, count, style);
    else yield* quickCells(quick, values as Float32Array, done, columns, style);
  }
  if (quick !== undefined && rows * columns > 0) yield '\n';
}

/** `count` elements from the one of number `done` on, and what follows each. */
function* cells(
  { dtype, shape }: ArrayValues,
  values: TypedValues,
  done: number,
  count: number,
  style: LineStyle,
): Generator<string> {
  const { separator, labels } = style;
  const columns = shape.length === 2 ? (shape[1] as number) : 1;
  let text = '';
  for (let i = 0; i < count; i++) {
    if (labels !== undefined && (done + i) % columns === 0) {
      text += style.text(labels[(done + i) / columns] as string) + separator;
    }
    text += cell(dtype, values, i, style) + ((done + i + 1) % columns === 0 ? '\n' : separator);
    if (text.length < PIECE) continue;
    yield text;
    text = '';
  }
  yield text;
}

/** The same, but what stands between two rows comes before the second. */
function* quickCells(
  quick: Float32Text,
  values: Float32Array,
  done: number,
  columns: number,
  { separator, labels, text }: LineStyle,
): Generator<Piece> {
  const between = { columns, separator, rowStart: '\n' };
  if (labels === undefined) {
    yield* quick.pieces(values, done % columns, done === 0, between);
    return;
  }
  for (let i = 0; i < values.length; ) {
    const column = (done + i) % columns;
    const some = values.subarray(i, i + columns - column);
    if (column === 0) {
      const row = (done + i) / columns;
      yield `${row === 0 ? '' : '\n'}${text(labels[row] as string)}${separator}`;
    }
    yield* quick.pieces(some, column, column === 0, between);
    i += some.length;
  }
}

/**
 * The same with tabs between the cells. Throws `UsageError` at once where the array holds nothing but far too many empty rows.
 */
export function tabLines(array: ArrayValues): Generator<Piece> {
  checkEmpty(array.shape);
  return rowLines(array, TABS);
}
