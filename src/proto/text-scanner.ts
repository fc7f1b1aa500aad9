/**
 * The signs of protobuf's text format, one after the other: names, words, strings, braces. Works on text with a character
 * for each byte, and by character codes: a string may be as long as the file.
 * Source: the text format specification of protobuf.
 */
import { ByteWriter } from '../bytes/byte-writer.ts';
import { encodeBytes, encodeText } from '../bytes/text.ts';
import { CorruptError } from '../errors.ts';

const ESCAPE = /\\(?:([0-7]{1,3})|[xX]([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([\s\S]))/g;
const NAMED_ESCAPES: Readonly<Record<string, number>> = { n: 10, r: 13, t: 9, a: 7, b: 8, f: 12, v: 11 };

const HASH = 35;
const NEWLINE = 10;
const BACKSLASH = 92;
export const QUOTES = '"\'';

function isNamePart(code: number): boolean {
  return (
    (code >= 48 && code <= 57) ||
    (code >= 65 && code <= 90) ||
    (code >= 97 && code <= 122) ||
    code === 95 ||
    code === 46
  );
}

/** Where a text begins: after the mark that some editors put first. */
export function startOf(text: string): number {
  return text.startsWith('\xef\xbb\xbf') ? 3 : 0;
}

/** The place of a quoted string's inside. */
interface Quoted {
  readonly start: number;
  readonly end: number;
}

export class TextScanner {
  constructor(
    readonly text: string,
    public at = startOf(text),
    readonly end: number = text.length,
  ) {}

  corrupt(problem: string): CorruptError {
    let line = 1;
    for (let at = this.text.indexOf('\n'); at >= 0 && at < this.at; at = this.text.indexOf('\n', at + 1)) line++;
    return new CorruptError(`text message: ${problem} in line ${line}`, { where: 'text message', offset: this.at });
  }

  /** The next character that is neither blank nor in a comment; nothing at the end. */
  peek(): string {
    return this.#pass() ? (this.text[this.at] as string) : '';
  }

  /** Moves to the next character that is neither blank nor in a comment; false at the end. */
  #pass(): boolean {
    const { text, end } = this;
    let { at } = this;
    for (; at < end; at++) {
      const code = text.charCodeAt(at);
      if (code === HASH) {
        const newline = text.indexOf('\n', at);
        at = newline < 0 || newline > end ? end - 1 : newline;
      } else if (code !== 32 && (code < 9 || code > 13)) break;
    }
    this.at = at;
    return at < end;
  }

  /** Moves past the next character if it is one of these. */
  takeIf(characters: string): string | undefined {
    if (!this.#pass()) return undefined;
    const next = this.text[this.at] as string;
    if (!characters.includes(next)) return undefined;
    this.at++;
    return next;
  }

  /** The name of the next field, and moves past the colon; undefined at the end of the message, which `close` marks. */
  name(close: string): string | undefined {
    while (this.takeIf(',;') !== undefined);
    if (this.peek() === close) {
      this.at += close.length;
      return undefined;
    }
    const name = this.takeIf('[') === undefined ? this.#word('') : this.#extension();
    if (name === '' || /^[0-9.]/.test(name)) throw this.corrupt('a field name is missing');
    this.takeIf(':');
    return name;
  }

  #extension(): string {
    const name = this.#word('/-');
    if (this.takeIf(']') === undefined) throw this.corrupt('a field name does not end');
    return `[${name}]`;
  }

  #word(more: string): string {
    this.peek();
    const start = this.at;
    while (this.at < this.end && this.#isIn(more)) this.at++;
    return this.text.slice(start, this.at);
  }

  #isIn(more: string): boolean {
    return isNamePart(this.text.charCodeAt(this.at)) || more.includes(this.text[this.at] as string);
  }

  /** A number or a bare word. */
  word(): string {
    const word = this.#word('+-');
    if (word === '') throw this.corrupt('a value is missing');
    return word;
  }

  /** Moves past the next string and says where it was; undefined where there is none. */
  quoted(): Quoted | undefined {
    const quote = this.takeIf(QUOTES)?.charCodeAt(0);
    if (quote === undefined) return undefined;
    const start = this.at;
    for (; this.at < this.end; this.at++) {
      const code = this.text.charCodeAt(this.at);
      if (code === quote) return { start, end: this.at++ };
      if (code === NEWLINE) break;
      if (code === BACKSLASH) this.at++;
    }
    this.at = start;
    throw this.corrupt('a string does not end');
  }

  /** The bytes of the next strings, which are one when nothing is between them; undefined where there is none. */
  strings(): Uint8Array | undefined {
    const first = this.quoted();
    if (first === undefined) return undefined;
    let next = this.quoted();
    if (next === undefined) return unescaped(this.text.slice(first.start, first.end));
    // A file may hold a string in millions of pieces.
    const all = new ByteWriter(1024).bytes(unescaped(this.text.slice(first.start, first.end)));
    for (; next !== undefined; next = this.quoted()) all.bytes(unescaped(this.text.slice(next.start, next.end)));
    return all.toBytes();
  }

  /** Moves past the next strings; false where there is none. */
  skipStrings(): boolean {
    if (this.quoted() === undefined) return false;
    while (this.quoted() !== undefined);
    return true;
  }
}

/** The sign that closes a message which this one opened. */
export function closeOf(open: string): string {
  return open === '{' ? '}' : '>';
}

/** The bytes of a quoted string's inside; an escape takes no more of them than characters. */
function unescaped(text: string): Uint8Array {
  if (!text.includes('\\')) return Uint8Array.from(encodeBytes(text));
  const bytes = new Uint8Array(text.length);
  let length = 0;
  let at = 0;
  const write = (more: Uint8Array): void => {
    bytes.set(more, length);
    length += more.length;
  };
  for (const match of text.matchAll(ESCAPE)) {
    write(encodeBytes(text.slice(at, match.index)));
    at = match.index + match[0].length;
    write(bytesOfEscape(match));
  }
  write(encodeBytes(text.slice(at)));
  return bytes.subarray(0, length);
}

function bytesOfEscape([, octal, hex, short, long, other]: RegExpMatchArray): Uint8Array {
  if (octal !== undefined) return Uint8Array.of(Number.parseInt(octal, 8));
  if (hex !== undefined) return Uint8Array.of(Number.parseInt(hex, 16));
  if (other !== undefined) return Uint8Array.of(NAMED_ESCAPES[other] ?? other.charCodeAt(0));
  const point = Number.parseInt(short ?? long ?? '0', 16);
  return encodeText(String.fromCodePoint(Math.min(point, 0x10ffff)));
}
