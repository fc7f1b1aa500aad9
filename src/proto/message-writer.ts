/** Messages by hand, field by field in the order of their numbers; what has its default is left to the caller. */
import { ByteWriter } from '../bytes/byte-writer.ts';
import { encodeText } from '../bytes/text.ts';
import { DELIMITED, FIXED32, VARINT } from './wire.ts';

/** Two's complement in ten bytes, as protobuf writes a negative integer. */
const SIGNED_BITS = 64;

const floatScratch = new Float32Array(1);
const wordScratch = new Uint32Array(floatScratch.buffer);

export class MessageWriter {
  readonly #bytes: ByteWriter;

  constructor(capacity = 256) {
    this.#bytes = new ByteWriter(capacity);
  }

  text(field: number, value: string): this {
    this.#bytes.varint(field * 8 + DELIMITED);
    const start = this.#bytes.length;
    if (this.#bytes.varint(value.length).ascii(value)) return this;
    this.#bytes.length = start;
    const encoded = encodeText(value);
    this.#bytes.varint(encoded.length).bytes(encoded);
    return this;
  }

  bytes(field: number, value: Uint8Array): this {
    this.#bytes
      .varint(field * 8 + DELIMITED)
      .varint(value.length)
      .bytes(value);
    return this;
  }

  /** An integer of 64 bits, which may be negative. */
  int(field: number, value: number | bigint): this {
    this.#bytes.varint(field * 8 + VARINT);
    this.#varint(value);
    return this;
  }

  bool(field: number, value: boolean): this {
    return this.int(field, value ? 1 : 0);
  }

  float(field: number, value: number): this {
    floatScratch[0] = value;
    this.#bytes.varint(field * 8 + FIXED32).uint32(wordScratch[0] as number);
    return this;
  }

  /** Integers end to end. */
  packedInts(field: number, values: readonly (number | bigint)[]): this {
    return this.message(field, (inner) => {
      for (const value of values) inner.#varint(value);
    });
  }

  packedFloats(field: number, values: readonly number[]): this {
    return this.message(field, (inner) => {
      for (const value of values) {
        floatScratch[0] = value;
        inner.#bytes.uint32(wordScratch[0] as number);
      }
    });
  }

  /** A message that `write` fills: with this very writer. */
  message(field: number, write: (inner: this) => unknown): this {
    const start = this.open(field);
    write(this);
    this.close(start);
    return this;
  }

  /** Begins a message whose fields are written next: where there are many of a kind, this costs less than {@link message}. */
  open(field: number): number {
    return this.#bytes.varint(field * 8 + DELIMITED).openLength();
  }

  /** Ends the message that {@link open} began. */
  close(start: number): void {
    this.#bytes.closeLength(start);
  }

  /** What stands before `byteLength` bytes of a field, which are written elsewhere. */
  delimited(field: number, byteLength: number): this {
    this.#bytes.varint(field * 8 + DELIMITED).varint(byteLength);
    return this;
  }

  /** Fields that are encoded already. */
  encoded(fields: Uint8Array): this {
    this.#bytes.bytes(fields);
    return this;
  }

  toBytes(): Uint8Array {
    return this.#bytes.toBytes();
  }

  /** What was written, borrowed: valid until more is. */
  view(): Uint8Array {
    return this.#bytes.view();
  }

  #varint(value: number | bigint): void {
    if (typeof value === 'number' && value >= 0) this.#bytes.varint(value);
    else {
      let rest = BigInt.asUintN(SIGNED_BITS, BigInt(value));
      for (; rest > 0x7fn; rest >>= 7n) this.#bytes.byte(Number(rest & 0x7fn) | 0x80);
      this.#bytes.byte(Number(rest));
    }
  }
}
