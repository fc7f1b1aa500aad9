/** Messages in text format, walked and decoded as binary ones are; what is not wanted is passed over. */
import { MemorySource } from '../bytes/source.ts';
import { decodeText } from '../bytes/text.ts';
import { CkptError, CorruptError } from '../errors.ts';
import { BinaryMessage } from './binary-message.ts';
import type { EncodedMessage, VisitFound } from './encoded-message.ts';
import { type Field, type Fields, isMessageKind, type Kind, type MessageOf, type MessageType } from './message-type.ts';
import { MOST_DEPTH } from './text-format.ts';
import { closeOf, QUOTES, startOf, TextScanner } from './text-scanner.ts';
import type { WordTable } from './word-table.ts';

const OPEN = '{<';
const CLOSE = '}>';
const TRUE: ReadonlySet<string> = new Set(['true', 'True', 't', '1']);

/** What stands at the scanner, which moves past it. */
type Value = TextMessage | Uint8Array | string;

export class TextMessage implements EncodedMessage {
  private constructor(
    readonly text: string,
    readonly start: number,
    readonly end: number,
    readonly where: string,
  ) {}

  /** A text with a character for each byte as one message; `where` names it in errors. */
  static of(text: string, where: string): TextMessage {
    return new TextMessage(text, startOf(text), text.length, where);
  }

  /** Strings are handed out as messages in binary: such as hold messages do so in that form. */
  *fields<F extends Fields>(type: MessageType<F>): Generator<readonly [keyof F & string, EncodedMessage]> {
    for (const [name, value] of this.#values(type)) {
      if (value instanceof TextMessage) yield [name, value];
      else if (typeof value !== 'string') yield [name, BinaryMessage.of(new MemorySource(value), this.where)];
    }
  }

  decode<F extends Fields>(type: MessageType<F>): MessageOf<F> {
    const message: Record<string, unknown> = type.initial();
    for (const [name, value] of this.#values(type)) {
      const { kind, repeated } = type.fields[name] as Field<unknown>;
      const decoded = this.#decoded(value, kind);
      if (repeated) (message[name] as unknown[]).push(decoded);
      else message[name] = decoded;
    }
    return message as MessageOf<F>;
  }

  find<L extends Fields, K extends Fields>(
    list: MessageType<L>,
    key: MessageType<K>,
    words: WordTable,
    visit: VisitFound,
    enough: () => boolean = () => false,
  ): void {
    for (const [, found] of this.fields(list)) {
      const word = found instanceof TextMessage ? found.#first(key) : (found.decode(key)[key.only.name] as string);
      if (words.has(word)) visit(word, found, this);
      if (enough()) return;
    }
  }

  /** The text of the one field of a type. In text no field of one value stands twice, so that what follows need not be read. */
  #first<K extends Fields>(key: MessageType<K>): string {
    for (const [, value] of this.#values(key)) return this.#decoded(value, key.only.kind) as string;
    return '';
  }

  raw(): undefined {
    return undefined;
  }

  kept(): TextMessage {
    return this;
  }

  *#values<F extends Fields>(type: MessageType<F>): Generator<readonly [keyof F & string, Value]> {
    const scanner = new TextScanner(this.text, this.start, this.end);
    for (let field = this.#named(() => scanner.name('')); field !== undefined; ) {
      const name = type.byTextName.get(field);
      const isList = scanner.takeIf('[') !== undefined;
      while (!isList || scanner.takeIf(']') === undefined) {
        if (name === undefined) this.#named(() => skipValue(scanner));
        else yield [name, this.#named(() => this.#value(scanner))];
        if (!isList) break;
        scanner.takeIf(',');
      }
      field = this.#named(() => scanner.name(''));
    }
  }

  #value(scanner: TextScanner): Value {
    const open = scanner.takeIf(OPEN);
    if (open === undefined) return scanner.strings() ?? scanner.word();
    const start = scanner.at;
    return new TextMessage(this.text, start, skipMessage(scanner, closeOf(open)), this.where);
  }

  #decoded(value: Value, kind: Kind): unknown {
    if (isMessageKind(kind) && value instanceof TextMessage) return value.decode(kind);
    if (kind === 'bytes' && value instanceof Uint8Array) return value;
    if (kind === 'text' && value instanceof Uint8Array) return decodeText(value);
    if (typeof value === 'string') {
      if (kind === 'bool') return TRUE.has(value);
      const number =
        kind instanceof Map ? (kind.get(value) ?? Number(value)) : kind === 'int' ? Number(value) : Number.NaN;
      if (Number.isFinite(number)) return number;
    }
    throw this.#corrupt('a field has a value of another kind than it should');
  }

  #corrupt(problem: string, cause?: unknown): CorruptError {
    const damage = { where: this.where, path: this.where };
    return new CorruptError(`${this.where}: ${problem}`, damage, { cause });
  }

  /** Lets every complaint about the text name the file. */
  #named<T>(read: () => T): T {
    try {
      return read();
    } catch (cause) {
      if (cause instanceof CkptError) throw this.#corrupt(cause.message, cause);
      throw cause;
    }
  }
}

/** Moves past a value of any kind. */
function skipValue(scanner: TextScanner): void {
  const open = scanner.takeIf(OPEN);
  if (open !== undefined) skipMessage(scanner, closeOf(open));
  else if (!scanner.skipStrings()) scanner.word();
}

/** What a byte means inside a message that is passed over: most mean nothing. */
const [OPENS, CLOSES, QUOTES_TEXT, COMMENTS] = [1, 2, 3, 4] as const;
const MEANING = new Uint8Array(256);
for (const [signs, meaning] of [
  [OPEN, OPENS],
  [CLOSE, CLOSES],
  [QUOTES, QUOTES_TEXT],
  ['#', COMMENTS],
] as const) {
  for (const sign of signs) MEANING[sign.charCodeAt(0)] = meaning;
}

/**
 * Moves past the inside of a message and its closing brace, which is `close`; gives where the inside ends. A graph is some hundred
 * megabytes of which next to nothing is wanted, so this goes from byte to byte.
 */
function skipMessage(scanner: TextScanner, close: string): number {
  const { text, end } = scanner;
  const open = [close];
  for (let at = scanner.at; at < end; at++) {
    const meaning = MEANING[text.charCodeAt(at)];
    if (meaning === 0) continue;
    scanner.at = at;
    if (meaning === COMMENTS) {
      const newline = text.indexOf('\n', at);
      at = newline < 0 ? end : newline;
    } else if (meaning === QUOTES_TEXT) {
      scanner.skipQuoted();
      at = scanner.at - 1;
    } else if (meaning === OPENS) {
      open.push(closeOf(text[at] as string));
      if (open.length > MOST_DEPTH) throw scanner.corrupt('too many messages inside each other');
    } else {
      if (open.pop() !== text[at]) throw scanner.corrupt('a brace is closed by another');
      scanner.at = at + 1;
      if (open.length === 0) return at;
    }
  }
  throw scanner.corrupt('a message does not end');
}
