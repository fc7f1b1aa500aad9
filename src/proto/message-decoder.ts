/** Decodes one message that lies in memory, as its type describes it; fields that the type does not name are passed over. */
import { decodeText } from '../bytes/text.ts';
import { type Cursor, readRoundedVarint } from '../bytes/varint.ts';
import type { Fields, Kind, MessageType, NamedField } from './message-type.ts';
import { DELIMITED, enterDelimited, readTag, skipField, VARINT } from './wire.ts';

/** More values than this in one message are no work of a program: a byte or two on disk becomes a hundred in memory. */
const MOST_VALUES = 1 << 23;

export class Decoder {
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
