/**
 * Encoded fields that differ in a name and in nothing else, as the operations of many variables do: encoded once for all names of
 * one length, and filled with each.
 */
import { encodeAsciiInto } from '../bytes/text.ts';
import { MessageWriter } from '../proto/message-writer.ts';

/** Writes fields in which a name stands, by itself or with something behind it; it does nothing else with the name. */
export type WriteNamed = (writer: MessageWriter, name: string) => void;

/** Fields of one kind, and where the name stands in them. */
interface Block {
  readonly bytes: Uint8Array;
  readonly places: readonly number[];
}

function encoded(write: WriteNamed, name: string): Uint8Array {
  const writer = new MessageWriter();
  write(writer, name);
  return writer.toBytes();
}

/** Two names of one length that have no character in common show where a name stands. */
function blockOf(write: WriteNamed, length: number): Block {
  const bytes = encoded(write, 'a'.repeat(length));
  const others = encoded(write, 'b'.repeat(length));
  const places: number[] = [];
  for (let at = 0; at < bytes.length; ) {
    if (bytes[at] === others[at]) at++;
    else {
      places.push(at);
      at += length;
    }
  }
  return { bytes, places };
}

export class NamedFields {
  /** Undefined for a kind that has come by once: what comes once only is not worth a block. */
  readonly #blocks = new Map<string, Block | undefined>();
  #name = new Uint8Array(64);

  /** Writes fields of a kind, which says all that they depend on besides the name. */
  write(writer: MessageWriter, kind: string, name: string, write: WriteNamed): void {
    const key = `${name.length} ${kind}`;
    let block = this.#blocks.get(key);
    if (block === undefined) {
      if (!this.#blocks.has(key)) {
        this.#blocks.set(key, undefined);
        write(writer, name);
        return;
      }
      block = blockOf(write, name.length);
      this.#blocks.set(key, block);
    }
    if (name.length > this.#name.length) this.#name = new Uint8Array(2 * name.length);
    if (!encodeAsciiInto(name, this.#name)) {
      write(writer, name);
      return;
    }
    const { bytes, places } = block;
    for (const place of places) {
      for (let i = 0; i < name.length; i++) bytes[place + i] = this.#name[i] as number;
    }
    writer.encoded(bytes);
  }
}
