/**
 * Messages in binary, anywhere in a source of any size: walked field by field, so that what is not wanted is never read, and
 * decoded once they are known to be wanted. By hand: a `.meta` of ten thousand nodes lies in the way of every listing.
 */
import { type ByteSource, MemorySource } from '../bytes/source.ts';
import { type Cursor, readVarint } from '../bytes/varint.ts';
import { READ_BYTES, Window } from '../bytes/window.ts';
import { CkptError, CorruptError } from '../errors.ts';
import type { EncodedMessage, VisitFound } from './encoded-message.ts';
import { Decoder } from './message-decoder.ts';
import { type Fields, isMessageKind, type MessageOf, type MessageType } from './message-type.ts';
import { passFields, type VisitPlace } from './pass-fields.ts';
import { DELIMITED, FIXED32, FIXED64, readTag, VARINT } from './wire.ts';
import type { WordTable } from './word-table.ts';

/** Messages up to this size are decoded in one go; larger ones field by field. */
const MOST_AT_ONCE = 1 << 20;
/** No single name, and no string of bytes that is wanted, takes more. */
const MOST_VALUE_BYTES = 1 << 26;
/** A tag and a length. */
const LONGEST_HEADER = 20;

/** Where a field lies, and its value. */
interface Part {
  readonly id: number;
  readonly wireType: number;
  readonly fieldStart: number;
  readonly start: number;
  readonly end: number;
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
    let around = this.start;
    let before = this.start;
    for (let at = this.start; at < last && !enough(); ) {
      const span = Math.min(READ_BYTES, last - at);
      const base = window.locate(at, span);
      const offset = at - base;
      [around, before] = [before, at];
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
