/**
 * The strings of a record, one field each, as a bundle stores them: lengths, their checksum, the bytes end to end. Nothing is
 * held but a mark at every so many strings.
 */
import { assertWithin, type ByteSource } from '../../bytes/source.ts';
import { SourceReader } from '../../bytes/source-reader.ts';
import { varintLength, writeVarint } from '../../bytes/varint.ts';
import { CorruptError } from '../../errors.ts';
import { DELIMITED, FIXED32, FIXED64, VARINT } from '../../proto/wire.ts';
import { CHECKSUM_BYTES, checksumWord, LengthsChecksum } from '../../tensor/strings.ts';
import { checkCount } from './value-field.ts';

/** Strings from one mark to the next. */
const MARK_EVERY = 1024;

/** A string of the record: where its bytes lie, and where its length and its bytes come to lie in the content. */
interface Placed {
  readonly position: number;
  readonly length: number;
  readonly lengthAt: number;
  readonly payloadAt: number;
}

/** A place between two strings. */
interface Mark {
  readonly position: number;
  readonly lengthAt: number;
  readonly payloadAt: number;
}

const START: Mark = { position: 0, lengthAt: 0, payloadAt: 0 };

function skipField(reader: SourceReader, wireType: number): void {
  if (wireType === VARINT) reader.varint();
  else if (wireType === DELIMITED) reader.skip(reader.varint());
  else if (wireType === FIXED32 || wireType === FIXED64) reader.skip(wireType === FIXED32 ? 4 : 8);
  else throw new CorruptError(`wire type ${wireType} in its values`, { where: 'values', offset: reader.position });
}

/** The strings from a mark on. */
function* stringsFrom(proto: ByteSource, field: number, mark: Mark): Generator<Placed> {
  const reader = new SourceReader(proto, mark.position);
  let { lengthAt, payloadAt } = mark;
  while (reader.position < proto.byteLength) {
    const tag = reader.varint();
    if (tag !== field * 8 + DELIMITED) {
      skipField(reader, tag & 7);
      continue;
    }
    const length = reader.varint();
    const { position } = reader;
    reader.skip(length);
    yield { position, length, lengthAt, payloadAt };
    lengthAt += varintLength(length);
    payloadAt += length;
  }
}

/** How many strings a record holds. */
export function countStrings(proto: ByteSource, field: number): number {
  let count = 0;
  for (const _ of stringsFrom(proto, field, START)) count++;
  return count;
}

export class StringsSource implements ByteSource {
  readonly byteLength: number;
  readonly #marks: Mark[] = [];
  /** Bytes of all lengths. */
  readonly #lengthsBytes: number = 0;
  readonly #word: Uint8Array;

  constructor(
    readonly proto: ByteSource,
    readonly field: number,
    count: number,
  ) {
    let found = 0;
    let payloadBytes = 0;
    const summed = new LengthsChecksum('little', Math.min(count, MARK_EVERY));
    let next = START;
    for (const { position, length, lengthAt, payloadAt } of stringsFrom(proto, field, START)) {
      if (found++ % MARK_EVERY === 0) this.#marks.push(next);
      next = {
        position: position + length,
        lengthAt: lengthAt + varintLength(length),
        payloadAt: payloadAt + length,
      };
      this.#lengthsBytes = next.lengthAt;
      payloadBytes += length;
      summed.add(length);
    }
    checkCount(found, count);
    const payloadAt = this.#lengthsBytes + CHECKSUM_BYTES;
    this.#word = checksumWord(
      { checksumAt: this.#lengthsBytes, payloadAt, payloadBytes, lengthsCrc: summed.value },
      'little',
    );
    this.byteLength = payloadAt + payloadBytes;
  }

  /** The last mark that is not past a place in the lengths, or in the bytes. */
  #markBefore(key: 'lengthAt' | 'payloadAt', place: number): Mark {
    let low = 0;
    let high = this.#marks.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((this.#marks[middle] as Mark)[key] <= place) low = middle;
      else high = middle - 1;
    }
    return this.#marks[low] ?? START;
  }

  readInto(target: Uint8Array, offset: number): void {
    assertWithin(this, offset, target.length, 'strings');
    const payloadAt = this.#lengthsBytes + CHECKSUM_BYTES;
    const end = offset + target.length;
    if (offset < this.#lengthsBytes) this.#putLengths(target, offset);
    for (const [i, byte] of this.#word.entries()) {
      const at = this.#lengthsBytes + i - offset;
      if (at >= 0 && at < target.length) target[at] = byte;
    }
    if (end > payloadAt) this.#putPayload(target, offset - payloadAt);
  }

  #putLengths(target: Uint8Array, offset: number): void {
    const encoded = new Uint8Array(10);
    for (const { length, lengthAt } of stringsFrom(this.proto, this.field, this.#markBefore('lengthAt', offset))) {
      if (lengthAt >= offset + target.length) return;
      const size = writeVarint(encoded, 0, length);
      for (let i = 0; i < size; i++) {
        const at = lengthAt + i - offset;
        if (at >= 0 && at < target.length) target[at] = encoded[i] as number;
      }
    }
  }

  /** Fills in the strings' bytes; `offset` is where the target begins among them, and may be before the first. */
  #putPayload(target: Uint8Array, offset: number): void {
    const mark = this.#markBefore('payloadAt', Math.max(offset, 0));
    for (const { position, length, payloadAt } of stringsFrom(this.proto, this.field, mark)) {
      const from = Math.max(payloadAt, offset);
      const to = Math.min(payloadAt + length, offset + target.length);
      if (payloadAt >= offset + target.length) return;
      if (from < to) this.proto.readInto(target.subarray(from - offset, to - offset), position + from - payloadAt);
    }
  }
}
