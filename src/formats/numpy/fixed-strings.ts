/**
 * numpy's strings of a fixed width as a string tensor: bytes (`S`) without the zeros behind them, characters of 32 bits (`U`)
 * as UTF-8.
 */

import type { ByteSource } from '../../bytes/source.ts';
import { encodeText } from '../../bytes/text.ts';
import { endBeforeZeros } from '../../bytes/without-zeros.ts';
import { CorruptError } from '../../errors.ts';
import { fixedWidthStrings, type VisitElement } from '../../tensor/block-strings.ts';

export interface FixedStrings {
  readonly source: ByteSource;
  /** Bytes of an element. */
  readonly width: number;
  readonly count: number;
  /** Whether an element is characters of 32 bits, and how those lie. */
  readonly wide: boolean;
  readonly bigEndian: boolean;
}

/** The content of the string tensor; throws for elements too large to be held, or for what is no character. */
export function stringContent({ source, width, count, wide, bigEndian }: FixedStrings): ByteSource {
  return fixedWidthStrings(source, width, count, (bytes, start, end, visit) => {
    if (wide) visitWide(bytes, start, end, bigEndian, visit);
    else visit(bytes, start, endBeforeZeros(bytes, start, end));
  });
}

const MOST_ASCII = 0x7f;
const MOST_CODE_POINT = 0x10ffff;

/** Whether all characters are of one byte, which stands at `low` among the four of each. */
function isAscii(bytes: Uint8Array, start: number, end: number, low: number): boolean {
  for (let at = start; at < end; at++) {
    const byte = bytes[at] as number;
    if (byte !== 0 && (((at - start) & 3) !== low || byte > MOST_ASCII)) return false;
  }
  return true;
}

/** The characters of an element as UTF-8, without the zeros behind them; ASCII is put at its front. */
function visitWide(bytes: Uint8Array, start: number, end: number, bigEndian: boolean, visit: VisitElement): void {
  const low = bigEndian ? 3 : 0;
  if (!isAscii(bytes, start, end, low)) {
    const text = anyCharacters(bytes.subarray(start, end), bigEndian);
    visit(text, 0, text.length);
    return;
  }
  const stop = start + (end - start) / 4;
  for (let to = start, from = start + low; to < stop; to++, from += 4) bytes[to] = bytes[from] as number;
  visit(bytes, start, endBeforeZeros(bytes, start, stop));
}

function anyCharacters(element: Uint8Array, bigEndian: boolean): Uint8Array {
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
