/**
 * Messages in binary, anywhere in a source of any size: walked field by field, so that what is not wanted is never read, and
 * decoded once they are known to be wanted. By hand: a `.meta` of ten thousand nodes lies in the way of every listing.
 */
import { type ByteSource, MemorySource } from '../bytes/source.ts';
import { decodeText } from '../bytes/text.ts';
import { type Cursor, readRoundedVarint, readVarint } from '../bytes/varint.ts';
import { READ_BYTES, Window } from '../bytes/window.ts';
import { CkptError, CorruptError } from '../errors.ts';
import type { EncodedMessage, VisitFound } from './encoded-message.ts';
import {
  type Fields,
  isMessageKind,
  type Kind,
  type MessageOf,
  type MessageType,
  type NamedField,
} from './message-type.ts';
import { DELIMITED, enterDelimited, FIXED32, FIXED64, readTag, skipField, VARINT } from './wire.ts';
import type { WordTable } from './word-table.ts';

/** Messages up to this size are decoded in one go; larger ones field by field. */
const MOST_AT_ONCE = 1 << 20;
/** No single name, and no string of bytes that is wanted, takes more. */
const MOST_VALUE_BYTES = 1 << 26;
/** More values than this in one message are no work of a program: a byte or two on disk becomes a hundred in memory. */
const MOST_VALUES = 1 << 23;
/** A tag and a length. */
const LONGEST_HEADER = 20;

class Decoder {
  #values = 0;

  /** Reads one message up to the cursor's end. */
  message(cursor: Cursor, type: MessageType<Fields>): Record<string, unknown> {
    const message: Record<string, unknown> = type.initial();
    while (cursor.at < cursor.end) {
      const tag = readTag(cursor);
      const field = type.byId.get(tag >>> 3);
      if (field === undefined || !this.#field(cursor, tag & 7, message, field)) skipField(cursor, tag);
    }
    return message;
  }

  /** Reads one field; false for one of another wire type than its kind has. */
  #field(cursor: Cursor, wireType: number, message: Record<string, unknown>, field: NamedField): boolean {
    const { kind, isDelimited } = field;
    if (wireType === VARINT && !isDelimited) this.put(message, field, this.#number(cursor, kind));
    else if (wireType === DELIMITED && isDelimited) this.put(message, field, this.#delimited(cursor, kind));
    else if (wireType === DELIMITED && field.repeated) {
      const outer = enterDelimited(cursor);
      while (cursor.at < cursor.end) this.put(message, field, this.#number(cursor, kind));
      cursor.end = outer;
    } else return false;
    return true;
  }

  put(message: Record<string, unknown>, { name, repeated }: NamedField, value: unknown): void {
    if (++this.#values > MOST_VALUES) throw new RangeError(`a message holds more than ${MOST_VALUES} values`);
    if (repeated) (message[name] as unknown[]).push(value);
    else message[name] = value;
  }

  #number(cursor: Cursor, kind: Kind): number | boolean {
    const value = readRoundedVarint(cursor);
    return kind === 'bool' ? value !== 0 : value;
  }

  #delimited(cursor: Cursor, kind: Kind): unknown {
    const outer = enterDelimited(cursor);
    const { bytes, at, end } = cursor;
    let value: unknown;
    if (kind === 'text') value = decodeText(bytes, at, end);
    else value = kind === 'bytes' ? bytes.slice(at, end) : this.message(cursor, kind as MessageType<Fields>);
    cursor.at = end;
    cursor.end = outer;
    return value;
  }
}

/** Where a field lies, and its value. */
interface Part {
  readonly id: number;
  readonly wireType: number;
  readonly fieldStart: number;
  readonly start: number;
  readonly end: number;
}

/** Told of a message whose key may be one of the words, and where that lies. */
type VisitPlace = (start: number, end: number, keyStart: number, keyEnd: number) => void;

/**
 * Passes over the messages that stand one after the other between `at` and `limit`, and shows those whose text `keyTag` is as
 * long as one of the words. Gives where it stopped: at what is no such message, not whole, or takes the long way. One loop
 * and no call in it: most nodes of a graph are passed before the engine has compiled anything.
 */
function passFields(
  bytes: Uint8Array,
  at: number,
  limit: number,
  listTag: number,
  keyTag: number,
  words: WordTable,
  visit: VisitPlace,
): number {
  const { lengths } = words;
  while (at + 3 <= limit && bytes[at] === listTag) {
    let length = bytes[at + 1] as number;
    let start = at + 2;
    if (length > 0x7f) {
      const more = bytes[start++] as number;
      if (more > 0x7f) break;
      length += (more << 7) - 0x80;
    }
    const end = start + length;
    if (end > limit) break;
    let field = start;
    while (field < end) {
      const tag = bytes[field] as number;
      length = bytes[field + 1] as number;
      let value = field + 2;
      if (length > 0x7f) {
        const more = bytes[value++] as number;
        length += more > 0x7f ? limit : (more << 7) - 0x80;
      }
      field = value + length;
      if ((tag & 0x87) !== DELIMITED || tag < 8 || field > end) return at;
      if (tag !== keyTag) continue;
      if (lengths[length] === 1) visit(start, end, value, field);
      break;
    }
    at = end;
  }
  return at;
}

export class BinaryMessage implements EncodedMessage {
  private constructor(
    readonly window: Window,
    readonly start: number,
    readonly end: number,
    readonly where: string,
  ) {}

  /** All of a source as one message; `where` names it in errors. */
  static of(source: ByteSource, where: string): BinaryMessage {
    return new BinaryMessage(new Window(source), 0, source.byteLength, where);
  }

  *fields<F extends Fields>(type: MessageType<F>): Generator<readonly [keyof F & string, BinaryMessage]> {
    for (const { id, wireType, start, end } of this.#parts()) {
      const name = type.byId.get(id)?.name;
      if (name === undefined || wireType !== DELIMITED) continue;
      yield [name, new BinaryMessage(this.window, start, end, this.where)];
    }
  }

  decode<F extends Fields>(type: MessageType<F>): MessageOf<F> {
    const length = this.end - this.start;
    return (length <= MOST_AT_ONCE ? this.#atOnce(type) : this.#byField(type)) as MessageOf<F>;
  }

  find<L extends Fields, K extends Fields>(
    list: MessageType<L>,
    key: MessageType<K>,
    words: WordTable,
    visit: VisitFound,
    enough: () => boolean = () => false,
  ): void {
    const listTag = list.only.id * 8 + DELIMITED;
    const keyTag = key.only.id * 8 + DELIMITED;
    const { window, where, end: last } = this;
    for (let at = this.start; at < last && !enough(); ) {
      const span = Math.min(READ_BYTES, last - at);
      const base = window.locate(at, span);
      const offset = at - base;
      const around = at;
      const { bytes } = window;
      const visitAt: VisitPlace = (start, end, keyStart, keyEnd) => {
        const word = words.at(bytes, keyStart, keyEnd);
        if (word === undefined) return;
        const found = new BinaryMessage(window, start + offset, end + offset, where);
        visit(word, found, new BinaryMessage(window, around, last, where));
      };
      const passed = passFields(bytes, base, base + span, listTag, keyTag, words, visitAt);
      at += passed - base;
      if (passed === base) at = this.#findIn(at, listTag, key, words, visit);
    }
  }

  raw(): Cursor | undefined {
    const length = this.end - this.start;
    if (length > MOST_VALUE_BYTES) return undefined;
    const at = this.window.locate(this.start, length);
    return { bytes: this.window.bytes, at, end: at + length };
  }

  /** Looks at one field the long way; gives where the next one begins. */
  #findIn<K extends Fields>(
    at: number,
    listTag: number,
    key: MessageType<K>,
    words: WordTable,
    visit: VisitFound,
  ): number {
    const [part] = new BinaryMessage(this.window, at, this.end, this.where).#parts();
    const { id, wireType, start, end } = part as Part;
    if (id * 8 + wireType === listTag) {
      const message = new BinaryMessage(this.window, start, end, this.where);
      const text = message.decode(key)[key.only.name] as string;
      if (words.has(text)) visit(text, message, new BinaryMessage(this.window, at, this.end, this.where));
    }
    return end;
  }

  kept(): BinaryMessage {
    const length = this.end - this.start;
    if (length > MOST_VALUE_BYTES) throw this.#corrupt(`a message of ${length} bytes is too large`, this.start);
    return BinaryMessage.of(new MemorySource(this.window.view(this.start, length).slice()), this.where);
  }

  /** Reads the tag of a field, and leaves the length of its value as the cursor's end. */
  #header(cursor: Cursor): number {
    try {
      const tag = readTag(cursor);
      cursor.end = lengthOf(tag & 7, cursor);
      return tag;
    } catch (cause) {
      throw this.#named(cause);
    }
  }

  #atOnce(type: MessageType<Fields>): Record<string, unknown> {
    const length = this.end - this.start;
    const at = this.window.locate(this.start, length);
    const { bytes } = this.window;
    return this.#guarded(() => new Decoder().message({ bytes, at, end: at + length }, type));
  }

  /** The same without having all of the message in memory. */
  #byField(type: MessageType<Fields>): Record<string, unknown> {
    const decoder = new Decoder();
    const message: Record<string, unknown> = type.initial();
    for (const { id, wireType, fieldStart, start, end } of this.#parts()) {
      const field = type.byId.get(id);
      if (field === undefined) continue;
      const { kind, name, repeated } = field;
      if (isMessageKind(kind) && wireType === DELIMITED) {
        const inner = new BinaryMessage(this.window, start, end, this.where).decode(kind);
        this.#guarded(() => decoder.put(message, field, inner));
        continue;
      }
      if (end - start > MOST_VALUE_BYTES) throw this.#corrupt(`a value of ${end - start} bytes is too large`, start);
      const bytes = this.window.view(fieldStart, end - fieldStart);
      const part = this.#guarded(() => decoder.message({ bytes, at: 0, end: bytes.length }, type));
      for (const value of repeated ? (part[name] as unknown[]) : [part[name]]) {
        this.#guarded(() => decoder.put(message, field, value));
      }
    }
    return message;
  }

  /** Where each field lies; every length is checked. */
  *#parts(): Generator<Part> {
    for (let at = this.start; at < this.end; ) {
      const bytes = this.window.view(at, Math.min(LONGEST_HEADER, this.end - at));
      const cursor = { bytes, at: 0, end: bytes.length };
      const tag = this.#header(cursor);
      const length = cursor.end;
      const start = at + cursor.at;
      if (length < 0 || length > this.end - start) {
        throw this.#corrupt(`a field of ${length} bytes runs past the end at ${this.end}`, start);
      }
      yield { id: Math.floor(tag / 8), wireType: tag & 7, fieldStart: at, start, end: start + length };
      at = start + length;
    }
  }

  #corrupt(problem: string, offset: number, cause?: unknown): CorruptError {
    const damage = { where: this.where, path: this.where, offset };
    return new CorruptError(`${this.where}: ${problem} (byte ${offset})`, damage, { cause });
  }

  /** What to throw of a complaint about the bytes, so that it names the file. */
  #named(cause: unknown): unknown {
    if (cause instanceof CkptError && !(cause instanceof CorruptError)) return cause;
    return this.#corrupt(cause instanceof Error ? cause.message : String(cause), this.start, cause);
  }

  #guarded<T>(read: () => T): T {
    try {
      return read();
    } catch (cause) {
      throw this.#named(cause);
    }
  }
}

/** How many bytes the value of a field takes; the cursor moves to them. */
function lengthOf(wireType: number, cursor: Cursor): number {
  if (wireType === DELIMITED) return readVarint(cursor);
  if (wireType === FIXED32) return 4;
  if (wireType === FIXED64) return 8;
  if (wireType !== VARINT) throw new RangeError(`wire type ${wireType}`);
  for (let length = 1; length <= 10 && cursor.at + length <= cursor.end; length++) {
    if ((cursor.bytes[cursor.at + length - 1] as number) < 0x80) return length;
  }
  throw new RangeError('a varint does not end');
}
