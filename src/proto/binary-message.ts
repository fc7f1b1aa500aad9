/**
 * Messages in binary, anywhere in a source of any size: walked by hand, so that what is not wanted is never read, and
 * decoded by protobufjs once they are known to be wanted and small.
 */
import protobuf from 'protobufjs/minimal.js';
import type { ByteSource } from '../bytes/source.ts';
import { decodeText } from '../bytes/text.ts';
import { readVarint } from '../bytes/varint.ts';
import { WINDOW_BYTES, Window } from '../bytes/window.ts';
import { CkptError, CorruptError } from '../errors.ts';
import type { EncodedMessage } from './encoded-message.ts';
import { type Field, type Fields, isMessageKind, type Kind, type MessageOf, type MessageType } from './message-type.ts';
import { DELIMITED, FIXED32, FIXED64, readTag, VARINT } from './wire.ts';

/** Messages up to this size are decoded in one go; larger ones field by field. */
const MOST_AT_ONCE = WINDOW_BYTES;
/** No single name, and no string of bytes that is wanted, takes more. */
const MOST_VALUE_BYTES = 1 << 26;
/** More values than this in one message are no work of a program: a byte or two on disk becomes a hundred in memory. */
const MOST_VALUES = 1 << 23;
/** A tag and a length. */
const LONGEST_HEADER = 20;

class Decoder {
  #values = 0;

  /** Reads one message up to `end`. */
  message(reader: protobuf.Reader, end: number, type: MessageType<Fields>): Record<string, unknown> {
    const outer = reader.len;
    if (end > outer) throw new RangeError('a message runs past the end');
    reader.len = end;
    const message: Record<string, unknown> = type.initial();
    while (reader.pos < end) {
      const tag = reader.tag();
      const name = type.byId.get(tag >>> 3);
      if (name === undefined || !this.#field(reader, tag & 7, message, name, type.fields[name] as Field<unknown>)) {
        reader.skipType(tag & 7, 0, tag >>> 3);
      }
    }
    reader.len = outer;
    return message;
  }

  /** Reads one field; false for one of another wire type than its kind has. */
  #field(
    reader: protobuf.Reader,
    wireType: number,
    message: Record<string, unknown>,
    name: string,
    { kind, repeated }: Field<unknown>,
  ): boolean {
    const packed = wireType === DELIMITED && repeated && wireTypeOf(kind) === VARINT;
    if (wireType !== wireTypeOf(kind) && !packed) return false;
    if (!packed) this.put(message, name, repeated, this.#value(reader, kind));
    else
      for (const end = reader.size() + reader.pos; reader.pos < end; )
        this.put(message, name, true, this.#value(reader, kind));
    return true;
  }

  put(message: Record<string, unknown>, name: string, repeated: boolean, value: unknown): void {
    if (++this.#values > MOST_VALUES) throw new RangeError(`a message holds more than ${MOST_VALUES} values`);
    if (repeated) (message[name] as unknown[]).push(value);
    else message[name] = value;
  }

  #value(reader: protobuf.Reader, kind: Kind): unknown {
    if (kind === 'text') return decodeText(reader.bytes());
    if (kind === 'bytes') return reader.bytes().slice();
    if (kind === 'bool') return reader.bool();
    if (isMessageKind(kind)) return this.message(reader, reader.size() + reader.pos, kind);
    return Number(reader.int64().toString());
  }
}

function wireTypeOf(kind: Kind): number {
  return kind === 'text' || kind === 'bytes' || isMessageKind(kind) ? DELIMITED : VARINT;
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
      const name = type.byId.get(id);
      if (name === undefined || wireType !== DELIMITED) continue;
      yield [name, new BinaryMessage(this.window, start, end, this.where)];
    }
  }

  decode<F extends Fields>(type: MessageType<F>): MessageOf<F> {
    const length = this.end - this.start;
    return (length <= MOST_AT_ONCE ? this.#atOnce(type) : this.#byField(type)) as MessageOf<F>;
  }

  #atOnce(type: MessageType<Fields>): Record<string, unknown> {
    const bytes = this.window.view(this.start, this.end - this.start);
    return this.#guarded(() => new Decoder().message(new protobuf.Reader(bytes), bytes.length, type));
  }

  /** As protobufjs would, without having all of the message in memory. */
  #byField(type: MessageType<Fields>): Record<string, unknown> {
    const decoder = new Decoder();
    const message: Record<string, unknown> = type.initial();
    for (const { id, wireType, fieldStart, start, end } of this.#parts()) {
      const name = type.byId.get(id);
      if (name === undefined) continue;
      const { kind, repeated } = type.fields[name] as Field<unknown>;
      if (isMessageKind(kind) && wireType === DELIMITED) {
        const inner = new BinaryMessage(this.window, start, end, this.where).decode(kind);
        this.#guarded(() => decoder.put(message, name, repeated, inner));
        continue;
      }
      if (end - start > MOST_VALUE_BYTES) throw this.#corrupt(`a value of ${end - start} bytes is too large`, start);
      const bytes = this.window.view(fieldStart, end - fieldStart);
      const part = this.#guarded(() => decoder.message(new protobuf.Reader(bytes), bytes.length, type));
      for (const value of repeated ? (part[name] as unknown[]) : [part[name]]) {
        this.#guarded(() => decoder.put(message, name, repeated, value));
      }
    }
    return message;
  }

  /** Where each field lies; every length is checked. */
  *#parts(): Generator<{ id: number; wireType: number; fieldStart: number; start: number; end: number }> {
    for (let at = this.start; at < this.end; ) {
      const bytes = this.window.view(at, Math.min(LONGEST_HEADER, this.end - at));
      const cursor = { bytes, at: 0, end: bytes.length };
      const tag = this.#guarded(() => readTag(cursor));
      const length = this.#guarded(() => lengthOf(tag & 7, cursor));
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

  /** Lets every complaint about the bytes name the file. */
  #guarded<T>(read: () => T): T {
    try {
      return read();
    } catch (cause) {
      if (cause instanceof CkptError && !(cause instanceof CorruptError)) throw cause;
      throw this.#corrupt(cause instanceof Error ? cause.message : String(cause), this.start, cause);
    }
  }
}

/** How many bytes the value of a field takes; the cursor moves to them. */
function lengthOf(wireType: number, cursor: { readonly bytes: Uint8Array; at: number; end: number }): number {
  if (wireType === DELIMITED) return readVarint(cursor);
  if (wireType === FIXED32) return 4;
  if (wireType === FIXED64) return 8;
  if (wireType !== VARINT) throw new RangeError(`wire type ${wireType}`);
  const length = cursor.bytes.subarray(cursor.at).findIndex((byte) => byte < 0x80) + 1;
  if (length === 0 || length > 10) throw new RangeError('a varint does not end');
  return length;
}
