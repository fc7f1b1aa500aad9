/**
 * The signs of protobuf's text format, one after the other: names, words, strings, braces. Works on text with a character
 * for each byte, and by character codes: a string may be as long as the file.
 * Source: the text format specification of protobuf.
 */
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
    this.#pass();
    const { text, end, at: start } = this;
    let at = start;
    while (at < end && (isNamePart(text.charCodeAt(at)) || (more !== '' && more.includes(text[at] as string)))) at++;
    this.at = at;
    return text.slice(start, at);
  }

  /** A number or a bare word. */
  word(): string {
    const word = this.#word('+-');
    if (word === '') throw this.corrupt('a value is missing');
    return word;
  }

  /** Moves past the next string and says where it was; undefined where there is none. */
  quoted(): Quoted | undefined {
    if (!this.#pass() || !QUOTES.includes(this.text[this.at] as string)) return undefined;
    const start = this.at + 1;
    this.skipQuoted();
    return { start, end: this.at - 1 };
  }

  /** Moves past the string that begins here, with the quote that it begins with. */
  skipQuoted(): void {
    const { text, end } = this;
    const start = this.at + 1;
    const quote = text.charCodeAt(this.at);
    for (let at = start; at < end; at++) {
      const code = text.charCodeAt(at);
      if (code === quote) {
        this.at = at + 1;
        return;
      }
      if (code === NEWLINE) break;
      if (code === BACKSLASH) at++;
    }
    this.at = start;
    throw this.corrupt('a string does not end');
  }

  /** The bytes of the next strings, which are one when nothing is between them; undefined where there is none. */
  strings(): Uint8Array | undefined {
    const from = this.at;
    // A file may hold a string in millions of pieces: how many bytes they have is counted first.
    const most = this.#passPieces();
    if (most === undefined) return undefined;
    const end = this.at;
    const bytes = new Uint8Array(most);
    let length = 0;
    this.at = from;
    while (this.at < end) {
      this.#pass();
      const start = this.at + 1;
      this.skipQuoted();
      length = this.#copy(start, this.at - 1, bytes, length);
    }
    return length === most ? bytes : bytes.subarray(0, length);
  }

  /** Moves past the next strings and says how many characters they have; undefined where there is none. */
  #passPieces(): number | undefined {
    let characters: number | undefined;
    for (;;) {
      const end = this.at;
      if (!this.#pass() || !QUOTES.includes(this.text[this.at] as string)) {
        this.at = end;
        return characters;
      }
      const start = this.at + 1;
      this.skipQuoted();
      characters = (characters ?? 0) + this.at - 1 - start;
    }
  }

  /** Copies the inside of a quoted string behind what is there already; returns where it ends. */
  #copy(start: number, end: number, target: Uint8Array, from: number): number {
    let length = from;
    for (let at = start; at < end; at++) {
      const code = this.text.charCodeAt(at);
      if (code === BACKSLASH) {
        const rest = unescaped(this.text.slice(at, end));
        target.set(rest, length);
        return length + rest.length;
      }
      target[length++] = code;
    }
    return length;
  }

  /** Moves past the next strings; false where there is none. */
  skipStrings(): boolean {
    return this.#passPieces() !== undefined;
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
