/**
 * numpy's strings of a fixed width as a string tensor: bytes (`S`) without the zeros behind them, characters of 32 bits (`U`)
 * as UTF-8. They are encoded anew when they are first asked for.
 */
import { type ByteSource, MemorySource, readBytes } from '../../bytes/source.ts';
import { encodeText } from '../../bytes/text.ts';
import { CorruptError, UnsupportedError } from '../../errors.ts';
import { encodeStrings } from '../../tensor/strings.ts';

/** Bytes of an array of strings that are held at once. */
const MOST_BYTES = 256 << 20;

export interface FixedStrings {
  readonly source: ByteSource;
  /** Bytes of an element. */
  readonly width: number;
  readonly count: number;
  /** Whether an element is characters of 32 bits, and how those lie. */
  readonly wide: boolean;
  readonly bigEndian: boolean;
}

/** The content of the string tensor; throws for an array too large to be held, or for what is no character. */
export function stringContent(strings: FixedStrings): ByteSource {
  const { source, width, count, wide, bigEndian } = strings;
  if (source.byteLength > MOST_BYTES) {
    throw new UnsupportedError(
      `an array of strings of ${source.byteLength} bytes is more than is read at once; save it in parts`,
      'string size',
    );
  }
  const bytes = readBytes(source, 0, source.byteLength);
  const elements: Uint8Array[] = [];
  for (let i = 0; i < count; i++) {
    const element = bytes.subarray(i * width, (i + 1) * width);
    elements.push(wide ? wideElement(element, bigEndian) : trimmed(element));
  }
  return new MemorySource(encodeStrings(elements));
}

function trimmed(element: Uint8Array): Uint8Array {
  let end = element.length;
  while (end > 0 && element[end - 1] === 0) end--;
  return element.subarray(0, end);
}

const MOST_CODE_POINT = 0x10ffff;

function wideElement(element: Uint8Array, bigEndian: boolean): Uint8Array {
  const view = new DataView(element.buffer, element.byteOffset, element.byteLength);
  let text = '';
  let zeros = 0;
  for (let at = 0; at < element.length; at += 4) {
    const code = view.getUint32(at, !bigEndian);
    if (code > MOST_CODE_POINT) throw new CorruptError(`${code} is no character of Unicode`, { where: 'string' });
    zeros = code === 0 ? zeros + 1 : 0;
    text += String.fromCodePoint(code);
  }
  return encodeText(text.slice(0, text.length - zeros));
}
