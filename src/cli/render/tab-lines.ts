/** Values as lines of tabs: a matrix a row a line, a vector a value a line, a scalar on its own. */

import type { DType, TypedValues } from '../../index.ts';
import { type ArrayValues, decodeText, formatScalar } from '../../text.ts';
import { escapeText } from '../terminal/escape.ts';
import { checkEmpty } from './nested-json.ts';

const CHUNK = 16384;

function cell(dtype: DType, values: TypedValues, index: number): string {
  if (dtype.kind !== 'string') return formatScalar(dtype, values, index);
  return escapeText(decodeText((values as Uint8Array[])[index]!));
}

/**
 * The lines of an array of rank 2 or less in pieces. Throws `UsageError` at once where it holds nothing but far too many
 * empty rows.
 */
export function tabLines(array: ArrayValues): Generator<string> {
  checkEmpty(array.shape);
  return pieces(array);
}

function* pieces(array: ArrayValues): Generator<string> {
  const { dtype, shape } = array;
  const columns = shape.length === 2 ? (shape[1] as number) : 1;
  const rows = shape.length === 0 ? 1 : (shape[0] as number);
  if (columns === 0) yield '\n'.repeat(rows);
  for (let done = 0, size = rows * columns; done < size; done += CHUNK) {
    const count = Math.min(CHUNK, size - done);
    const values = array.read(done, count);
    let text = '';
    for (let i = 0; i < count; i++) {
      text += cell(dtype, values, i) + ((done + i + 1) % columns === 0 ? '\n' : '\t');
    }
    yield text;
  }
}
