/** Byte strings as Python writes them: `b'…'` with escapes, as in a numpy array of `bytes` objects. */
import type { TypedValues } from '../tensor/values.ts';
import { UnmeasuredFormat } from './word-format.ts';

const QUOTE = 0x27;
const DOUBLE_QUOTE = 0x22;

function makeEscapes(): string[] {
  const escapes = Array.from({ length: 256 }, (_, byte) => {
    if (byte >= 0x20 && byte < 0x7f) return String.fromCharCode(byte);
    return '\\x' + byte.toString(16).padStart(2, '0');
  });
  escapes[0x09] = '\\t';
  escapes[0x0a] = '\\n';
  escapes[0x0d] = '\\r';
  escapes[0x5c] = '\\\\';
  return escapes;
}

const ESCAPES: readonly string[] = makeEscapes();

/** Python's text of a byte string: in single quotes, unless it has single but no double quotes inside. */
export function bytesText(bytes: Uint8Array): string {
  const double = bytes.includes(QUOTE) && !bytes.includes(DOUBLE_QUOTE);
  let text = '';
  for (const byte of bytes) text += byte === QUOTE && !double ? "\\'" : ESCAPES[byte]!;
  return double ? `b"${text}"` : `b'${text}'`;
}

/** Prints byte strings, with no common width. */
export class BytesFormat extends UnmeasuredFormat {
  word(values: TypedValues, index: number): string {
    return bytesText((values as Uint8Array[])[index]!);
  }
}
