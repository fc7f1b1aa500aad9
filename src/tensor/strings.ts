/**
 * String tensors as a V2 bundle stores them, which is also their content everywhere in this library:
 *
 *     varint length of each element | checksum of the lengths (4 bytes) | the elements' bytes, end to end
 *
 * The checksum is the masked CRC-32C of the lengths as fixed words in the file's byte order: 4 bytes each, 8 from 2^32 on.
 * No elements: nothing, or the checksum alone. Bytes after the last element are tolerated.
 * Source: tensorflow/core/util/tensor_bundle/tensor_bundle.cc (WriteStringTensor, ReadStringTensor).
 */
import type { ByteOrder } from '../bytes/byte-order.ts';
import { ByteWriter } from '../bytes/byte-writer.ts';
import { crc32c, maskCrc } from '../bytes/crc32c.ts';
import { expectAll } from '../bytes/missing.ts';
import { type ByteSource, readBytes } from '../bytes/source.ts';
import { SourceReader } from '../bytes/source-reader.ts';
import { ChecksumError, CorruptError } from '../errors.ts';

export const CHECKSUM_BYTES = 4;
const WORD_LIMIT = 2 ** 32;

/** What a walk over the lengths finds. */
export interface StringLayout {
  /** Where the checksum of the lengths starts. */
  readonly checksumAt: number;
  /** Where the first element's bytes start. */
  readonly payloadAt: number;
  readonly payloadBytes: number;
  /** CRC-32C over the lengths as fixed words in the asked byte order. */
  readonly lengthsCrc: number;
}

function putLength(word: DataView, length: number, order: ByteOrder): number {
  const little = order === 'little';
  if (length < WORD_LIMIT) {
    word.setUint32(0, length, little);
    return 4;
  }
  word.setBigUint64(0, BigInt(length), little);
  return 8;
}

/** Lengths that are held before they are summed: each by itself would take longer than all the rest of a walk. */
const HELD_LENGTHS = 4096;

/** The checksum of lengths, as {@link extendLengths} has it. */
export class LengthsChecksum {
  readonly #words: DataView;
  readonly #bytes: Uint8Array;
  readonly #little: boolean;
  #held = 0;
  #crc = 0;

  constructor(
    readonly order: ByteOrder,
    most: number = HELD_LENGTHS,
  ) {
    this.#bytes = new Uint8Array(4 * Math.max(most, 1));
    this.#words = new DataView(this.#bytes.buffer);
    this.#little = order === 'little';
  }

  add(length: number): void {
    if (length >= WORD_LIMIT) {
      this.#crc = extendLengths(this.value, length, this.order);
      return;
    }
    this.#words.setUint32(this.#held, length, this.#little);
    this.#held += 4;
    if (this.#held === this.#bytes.length) void this.value;
  }

  get value(): number {
    if (this.#held > 0) this.#crc = crc32c(this.#bytes.subarray(0, this.#held), this.#crc);
    this.#held = 0;
    return this.#crc;
  }
}

const WORD = new Uint8Array(8);
const WORD_VIEW = new DataView(WORD.buffer);

/** The checksum of the lengths with one more length in it. */
export function extendLengths(crc: number, length: number, order: ByteOrder = 'little'): number {
  return crc32c(WORD.subarray(0, putLength(WORD_VIEW, length, order)), crc);
}

/** Walks the lengths of `count` elements, telling `visit` each and where the next one stands; throws {@link CorruptError} where they run past the end. */
export function walkStrings(
  source: ByteSource,
  count: number,
  order: ByteOrder = 'little',
  visit?: (length: number, next: number) => void,
): StringLayout {
  if (count > source.byteLength) {
    throw new CorruptError(`${count} strings cannot lie in ${source.byteLength} bytes`, { where: 'string lengths' });
  }
  const reader = new SourceReader(source);
  const summed = new LengthsChecksum(order, Math.min(count, HELD_LENGTHS));
  let payloadBytes = 0;
  for (let i = 0; i < count; i++) {
    const length = reader.varint();
    if (length < 0 || length > source.byteLength - payloadBytes) {
      throw new CorruptError(`string ${i} claims a length of ${length} bytes in a tensor of ${source.byteLength}`, {
        where: 'string lengths',
        offset: reader.position,
      });
    }
    summed.add(length);
    payloadBytes += length;
    visit?.(length, reader.position);
  }
  const checksumAt = reader.position;
  const payloadAt = source.byteLength === 0 ? 0 : checksumAt + CHECKSUM_BYTES;
  if (payloadAt + payloadBytes > source.byteLength) {
    throw new CorruptError(`the strings need ${payloadAt + payloadBytes} bytes, the tensor has ${source.byteLength}`, {
      where: 'string lengths',
      offset: checksumAt,
    });
  }
  return { checksumAt, payloadAt, payloadBytes, lengthsCrc: summed.value };
}

/** The checksum word that a layout calls for, as it lies in the file. */
export function checksumWord(layout: StringLayout, order: ByteOrder): Uint8Array {
  const word = new Uint8Array(CHECKSUM_BYTES);
  new DataView(word.buffer).setUint32(0, maskCrc(layout.lengthsCrc), order === 'little');
  return word;
}

/** Throws {@link ChecksumError} unless the stored checksum of the lengths is the right one. */
export function checkLengths(source: ByteSource, layout: StringLayout, order: ByteOrder = 'little'): void {
  if (source.byteLength === 0) return;
  const stored = readBytes(source, layout.checksumAt, CHECKSUM_BYTES);
  const expected = new DataView(stored.buffer).getUint32(0, order === 'little');
  const actual = maskCrc(layout.lengthsCrc);
  if (expected !== actual) {
    throw new ChecksumError('the string lengths do not match their checksum', 'string lengths', expected, actual);
  }
}

/** The elements of a string tensor's content; checks the lengths against their checksum first. */
export function readStrings(source: ByteSource, count: number): Uint8Array[] {
  const lengths: number[] = [];
  const layout = walkStrings(source, count, 'little', (length) => lengths.push(length));
  checkLengths(source, layout);
  const payload = readBytes(source, layout.payloadAt, layout.payloadBytes);
  let at = 0;
  return lengths.map((length) => {
    at += length;
    return payload.subarray(at - length, at);
  });
}

/** The content of a string tensor from its elements. */
export function encodeStrings(elements: readonly Uint8Array[]): Uint8Array {
  const lengths = new ByteWriter();
  let lengthsCrc = 0;
  let payload = 0;
  for (const { length } of elements) {
    lengths.varint(length);
    lengthsCrc = extendLengths(lengthsCrc, length);
    payload += length;
  }
  const content = new ByteWriter(lengths.length + CHECKSUM_BYTES + payload);
  content.append(lengths).uint32(maskCrc(lengthsCrc));
  for (const element of elements) content.bytes(element);
  return content.view();
}

/** Takes the elements of a string tensor one by one; nothing is held of each but its bytes and its length. */
export class StringsEncoder {
  count = 0;
  readonly #lengths = new ByteWriter();
  readonly #payload = new ByteWriter();
  #lengthsCrc = 0;
  #lastAt = 0;

  add(element: Uint8Array): void {
    this.count++;
    this.#lengths.varint(element.length);
    this.#lengthsCrc = extendLengths(this.#lengthsCrc, element.length);
    this.#lastAt = this.#payload.length;
    this.#payload.bytes(element);
  }

  /** Takes the last one again. */
  addLast(): void {
    this.add(this.#payload.view().slice(this.#lastAt));
  }

  /** Their content. */
  toBytes(): Uint8Array {
    const [lengths, payload] = [this.#lengths.view(), this.#payload.view()];
    const content = new ByteWriter(lengths.length + CHECKSUM_BYTES + payload.length);
    return content.bytes(lengths).uint32(maskCrc(this.#lengthsCrc)).bytes(payload).view();
  }
}

/** String content written in big-endian order, read as little-endian: only the checksum of the lengths differs. */
export class LittleEndianStrings implements ByteSource {
  readonly byteLength: number;
  #layout: StringLayout | undefined;
  constructor(
    readonly parent: ByteSource,
    readonly count: number,
  ) {
    this.byteLength = parent.byteLength;
  }
  expect(): void {
    expectAll(this.parent);
  }
  readInto(target: Uint8Array, offset: number): void {
    this.parent.readInto(target, offset);
    if (this.byteLength === 0) return;
    this.#layout ??= walkStrings(this.parent, this.count);
    const { checksumAt } = this.#layout;
    for (const [i, byte] of checksumWord(this.#layout, 'little').entries()) {
      const at = checksumAt + i - offset;
      if (at >= 0 && at < target.length) target[at] = byte;
    }
  }
}
