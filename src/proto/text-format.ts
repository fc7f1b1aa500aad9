/**
 * Protocol buffers' text format, read without a schema: fields in order, each with a name and a string, a bare word or
 * number, or a message. Accepts what any writer has ever produced: both quotes, adjacent strings, comments, `:` with or
 * without blanks, `,` and `;` between fields, lists in brackets, messages in braces or angles.
 * Source: the text format specification of protobuf.
 */
import { encodeText } from '../bytes/text.ts';
import { CorruptError } from '../errors.ts';

export type TextValue =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'word'; readonly word: string }
  | { readonly kind: 'message'; readonly fields: readonly TextField[] };

export interface TextField {
  readonly name: string;
  readonly value: TextValue;
}

/** Deeper nesting than this is no message that anybody wrote. */
const MOST_DEPTH = 100;

const SKIP = /(?:[\s]|#[^\n]*)*/y;
const NAME = /\[[\w./-]+\]|[A-Za-z_][\w.]*/y;
const WORD = /[-+\w.]+/y;
const STRING = /"(?:[^"\\\n]|\\[\s\S])*"|'(?:[^'\\\n]|\\[\s\S])*'/y;
const ESCAPE = /\\(?:([0-7]{1,3})|[xX]([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([\s\S]))/g;
const NAMED_ESCAPES: Readonly<Record<string, number>> = { n: 10, r: 13, t: 9, a: 7, b: 8, f: 12, v: 11 };

/** The bytes of a quoted string's inside. */
function unescaped(text: string): Uint8Array {
  const parts: number[] = [];
  let at = 0;
  for (const match of text.matchAll(ESCAPE)) {
    for (const byte of encodeText(text.slice(at, match.index))) parts.push(byte);
    at = match.index + match[0].length;
    const [, octal, hex, short, long, other] = match;
    if (octal !== undefined) parts.push(Number.parseInt(octal, 8) & 0xff);
    else if (hex !== undefined) parts.push(Number.parseInt(hex, 16));
    else if (other !== undefined) parts.push(NAMED_ESCAPES[other] ?? other.charCodeAt(0));
    else {
      const point = Math.min(Number.parseInt(short ?? long ?? '0', 16), 0x10ffff);
      for (const byte of encodeText(String.fromCodePoint(point))) parts.push(byte);
    }
  }
  for (const byte of encodeText(text.slice(at))) parts.push(byte);
  return Uint8Array.from(parts);
}

class TextParser {
  #at = 0;
  constructor(readonly text: string) {}

  #corrupt(problem: string): CorruptError {
    const line = this.text.slice(0, this.#at).split('\n').length;
    return new CorruptError(`text message: ${problem} in line ${line}`, { where: 'text message', offset: this.#at });
  }

  #take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.text);
    if (match === null) return undefined;
    this.#at += match[0].length;
    return match[0];
  }

  #peek(): string {
    this.#take(SKIP);
    return this.text[this.#at] ?? '';
  }

  #takeIf(characters: string): string | undefined {
    const next = this.#peek();
    if (next === '' || !characters.includes(next)) return undefined;
    this.#at++;
    return next;
  }

  /** Fields up to `close`, or to the end of the text. */
  fields(close: string, depth: number): TextField[] {
    if (depth > MOST_DEPTH) throw this.#corrupt('too many messages inside each other');
    const fields: TextField[] = [];
    for (;;) {
      while (this.#takeIf(',;') !== undefined);
      if (this.#peek() === close) {
        this.#at += close.length;
        return fields;
      }
      const name = this.#take(NAME);
      if (name === undefined) throw this.#corrupt('a field name is missing');
      this.#takeIf(':');
      if (this.#takeIf('[') === undefined) fields.push({ name, value: this.#value(depth) });
      else for (const value of this.#list(depth)) fields.push({ name, value });
    }
  }

  #list(depth: number): TextValue[] {
    const values: TextValue[] = [];
    while (this.#takeIf(']') === undefined) {
      values.push(this.#value(depth));
      this.#takeIf(',');
    }
    return values;
  }

  #value(depth: number): TextValue {
    const open = this.#takeIf('{<');
    if (open !== undefined) return { kind: 'message', fields: this.fields(open === '{' ? '}' : '>', depth + 1) };
    const strings: Uint8Array[] = [];
    for (let quoted = this.#quoted(); quoted !== undefined; quoted = this.#quoted()) strings.push(unescaped(quoted));
    if (strings.length > 0) return { kind: 'bytes', bytes: Uint8Array.from(strings.flatMap((part) => [...part])) };
    const word = this.#take(WORD);
    if (word === undefined) throw this.#corrupt('a value is missing');
    return { kind: 'word', word };
  }

  #quoted(): string | undefined {
    this.#take(SKIP);
    return this.#take(STRING)?.slice(1, -1);
  }
}

/** The fields of a message in text format; throws {@link CorruptError}. */
export function parseTextFormat(text: string): TextField[] {
  return new TextParser(text).fields('', 0);
}
