/**
 * Names as bytes and as strings. TensorFlow's keys are raw bytes, nearly always UTF-8; a byte that is not part of valid
 * UTF-8 becomes a lone surrogate U+DC80 to U+DCFF (Python's "surrogateescape"), so that every key survives the way back.
 */

let strictDecoder: InstanceType<typeof TextDecoder> | undefined;

/** Decodes valid UTF-8 and throws at the first byte that is not; made when it is first needed. */
function decodeStrictly(bytes: Uint8Array): string {
  strictDecoder ??= new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  return strictDecoder.decode(bytes);
}

const ENCODER = new TextEncoder();
const NOT_ASCII = /[^\0-\x7f]/;
const HAS_SURROGATE = /[\ud800-\udfff]/;
/** What a decoder puts where bytes are no text. Spelled so that the bundle stays ASCII, which node loads faster. */
const REPLACEMENT = String.fromCharCode(0xfffd);

interface FastDecoder {
  utf8Slice(start: number, end: number): string;
  latin1Slice(start: number, end: number): string;
}
interface FastBuffer {
  readonly prototype: FastDecoder;
  from(text: string, encoding: 'latin1'): Uint8Array;
  compare(a: Uint8Array, b: Uint8Array): number;
}
/** Node's own decoder is several times faster for short strings than TextDecoder. */
const BUFFER = (globalThis as { Buffer?: FastBuffer }).Buffer;
const utf8Slice = BUFFER?.prototype.utf8Slice;
const latin1Slice = BUFFER?.prototype.latin1Slice;

/** The text of bytes that are known to be ASCII. */
export function decodeAscii(bytes: Uint8Array, start: number, end: number): string {
  return latin1Slice === undefined ? decodeStrictly(bytes.subarray(start, end)) : latin1Slice.call(bytes, start, end);
}

/** The text of bytes `start` to `end`; every byte sequence has one, and {@link encodeText} gives the bytes back. */
export function decodeText(bytes: Uint8Array, start = 0, end: number = bytes.length): string {
  if (utf8Slice !== undefined) {
    const text = utf8Slice.call(bytes, start, end);
    if (!text.includes(REPLACEMENT)) return text;
  }
  try {
    return decodeStrictly(bytes.subarray(start, end));
  } catch {
    return decodeEscaping(bytes.subarray(start, end));
  }
}

const isTail = (byte: number | undefined, low = 0x80, high = 0xbf): boolean =>
  byte !== undefined && byte >= low && byte <= high;

/** How long the valid UTF-8 sequence at `at` is; 0 where there is none. Source: table 3-7 of the Unicode Standard. */
function sequenceLength(bytes: Uint8Array, at: number): number {
  const lead = bytes[at] as number;
  if (lead < 0x80) return 1;
  const second = bytes[at + 1];
  if (lead < 0xc2 || lead > 0xf4) return 0;
  if (lead < 0xe0) return isTail(second) ? 2 : 0;
  const third = isTail(bytes[at + 2]);
  if (lead < 0xf0) return third && isTail(second, lead === 0xe0 ? 0xa0 : 0x80, lead === 0xed ? 0x9f : 0xbf) ? 3 : 0;
  if (!third || !isTail(bytes[at + 3])) return 0;
  return isTail(second, lead === 0xf0 ? 0x90 : 0x80, lead === 0xf4 ? 0x8f : 0xbf) ? 4 : 0;
}

/** The text of bytes that are known to be UTF-8. */
function decodeValid(bytes: Uint8Array, start: number, end: number): string {
  if (end - start === 1) return String.fromCharCode(bytes[start] as number);
  return utf8Slice === undefined ? decodeStrictly(bytes.subarray(start, end)) : utf8Slice.call(bytes, start, end);
}

/** Runs of valid text are decoded at once; each byte between them is escaped. */
function decodeEscaping(bytes: Uint8Array): string {
  let text = '';
  let start = 0;
  for (let at = 0; at < bytes.length; ) {
    const length = sequenceLength(bytes, at);
    if (length > 0) {
      at += length;
      continue;
    }
    if (at > start) text += decodeValid(bytes, start, at);
    text += String.fromCharCode(0xdc00 + (bytes[at] as number));
    at++;
    start = at;
  }
  return start < bytes.length ? text + decodeValid(bytes, start, bytes.length) : text;
}

/** So many bytes are decoded at a time where they are many. */
const PIECE_BYTES = 1 << 15;
/** The most bytes of a character that stand behind its first. */
const MOST_TAIL = 3;

/** {@link decodeText} of bytes in pieces, each by itself, cut between characters. */
export function* textPieces(bytes: Uint8Array): Generator<string> {
  for (let at = 0; at < bytes.length; ) {
    let end = Math.min(at + PIECE_BYTES, bytes.length);
    // Where more follow each other than any character has, none goes on there.
    for (let back = 0; back <= MOST_TAIL && end < bytes.length; back++) {
      if (isTail(bytes[end - back])) continue;
      end -= back;
      break;
    }
    yield decodeText(bytes, at, end);
    at = end;
  }
}

/** The bytes of a text, the inverse of {@link decodeText}. */
export function encodeText(text: string): Uint8Array {
  if (!NOT_ASCII.test(text)) return encodeBytes(text);
  if (!HAS_SURROGATE.test(text)) return ENCODER.encode(text);
  return encodeEscaped(text);
}

const isHigh = (unit: number): boolean => unit >= 0xd800 && unit < 0xdc00;
const isLow = (unit: number): boolean => unit >= 0xdc00 && unit < 0xe000;

/** UTF-8 by hand: a half of a pair that stands for a byte becomes that byte, any other what an encoder puts in its place. */
function encodeEscaped(text: string): Uint8Array {
  const out = new Uint8Array(3 * text.length);
  let length = 0;
  const tails = (point: number, count: number): void => {
    for (let shift = 6 * (count - 1); shift >= 0; shift -= 6) out[length++] = 0x80 | ((point >> shift) & 0x3f);
  };
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    const next = isHigh(unit) ? text.charCodeAt(at + 1) : 0;
    if (unit < 0x80) out[length++] = unit;
    else if (unit < 0x800) {
      out[length++] = 0xc0 | (unit >> 6);
      tails(unit, 1);
    } else if (isLow(next)) {
      const point = 0x10000 + ((unit - 0xd800) << 10) + (next - 0xdc00);
      out[length++] = 0xf0 | (point >> 18);
      tails(point, 3);
      at++;
    } else if (unit >= 0xdc80 && unit <= 0xdcff) out[length++] = unit - 0xdc00;
    else {
      const point = isHigh(unit) || isLow(unit) ? REPLACEMENT.charCodeAt(0) : unit;
      out[length++] = 0xe0 | (point >> 12);
      tails(point, 2);
    }
  }
  return out.slice(0, length);
}

/** Writes a text that is ASCII to the front of `target`; false for any other, or where it does not fit. */
export function encodeAsciiInto(text: string, target: Uint8Array): boolean {
  const { length } = text;
  if (length > target.length) return false;
  for (let i = 0; i < length; i++) {
    const unit = text.charCodeAt(i);
    if (unit > 0x7f) return false;
    target[i] = unit;
  }
  return true;
}

/** Whether a text comes back from its bytes; a lone surrogate that stands for no byte does not. */
export function survivesEncoding(text: string): boolean {
  return !HAS_SURROGATE.test(text) || decodeText(encodeText(text)) === text;
}

/** So many bytes are compared sooner here than by a call of node's own comparison. */
const MOST_COMPARED = 256;

/** Orders byte strings as tables do: unsigned bytes from the left, the shorter first on a tie. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const shorter = Math.min(a.length, b.length);
  if (shorter > MOST_COMPARED && BUFFER !== undefined) return BUFFER.compare(a, b);
  for (let i = 0; i < shorter; i++) {
    const difference = (a[i] as number) - (b[i] as number);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/** Whether `bytes` has those of `word` from a place on. */
export function hasAt(bytes: Uint8Array, from: number, word: Uint8Array): boolean {
  for (let i = 0; i < word.length; i++) if (bytes[from + i] !== word[i]) return false;
  return true;
}

/** Orders texts as their bytes would be; UTF-16 order agrees except where surrogates meet. */
export function compareText(a: string, b: string): number {
  if (HAS_SURROGATE.test(a) || HAS_SURROGATE.test(b)) return compareBytes(encodeText(a), encodeText(b));
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Bytes as a text with a character for each: texts so made sort as their bytes do. */
export function decodeBytes(bytes: Uint8Array): string {
  return latin1Slice === undefined ? String.fromCharCode(...bytes) : latin1Slice.call(bytes, 0, bytes.length);
}

/** The bytes behind a text made by {@link decodeBytes}. */
export function encodeBytes(text: string): Uint8Array {
  if (BUFFER !== undefined) return BUFFER.from(text, 'latin1');
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}
