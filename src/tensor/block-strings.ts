/**
 * The content of a string tensor whose elements lie elsewhere in another form: they are decoded a block at a time, in order, each
 * time that a part of the content is read, and nothing is held of them but where each block stands.
 */
import { maskCrc } from '../bytes/crc32c.ts';
import { expectAll } from '../bytes/missing.ts';
import { assertWithin, type ByteSource } from '../bytes/source.ts';
import { varintLength, writeVarint } from '../bytes/varint.ts';
import { UnsupportedError } from '../errors.ts';
import { CHECKSUM_BYTES, LengthsChecksum } from './strings.ts';

/** Decodes elements of a string tensor, from one on; good until the next call. */
export type ReadElements = (first: number, count: number) => readonly Uint8Array[];

/** What is put at a place of the content. */
type Put = (bytes: Uint8Array, at: number) => void;

export class BlockStrings implements ByteSource {
  readonly byteLength: number;
  /** Where the lengths of each block begin in the content, and where its payload does behind that; the last is the end. */
  readonly #lengthsAt: number[] = [0];
  readonly #payloadAt: number[] = [0];
  readonly #checksum = new Uint8Array(CHECKSUM_BYTES);
  /** The block that was decoded last. */
  #block: { readonly number: number; readonly elements: readonly Uint8Array[] } | undefined;

  /** Decodes all `count` elements once, `perBlock` at a time; throws what `read` throws. */
  constructor(
    readonly count: number,
    readonly perBlock: number,
    readonly read: ReadElements,
  ) {
    const sum = new LengthsChecksum('little', Math.min(count, perBlock));
    let [lengthsAt, payloadAt] = [0, 0];
    for (let first = 0; first < count; first += perBlock) {
      for (const { length } of read(first, Math.min(perBlock, count - first))) {
        sum.add(length);
        lengthsAt += varintLength(length);
        payloadAt += length;
      }
      this.#lengthsAt.push(lengthsAt);
      this.#payloadAt.push(payloadAt);
    }
    new DataView(this.#checksum.buffer).setUint32(0, maskCrc(sum.value), true);
    this.byteLength = lengthsAt + CHECKSUM_BYTES + payloadAt;
  }

  readInto(target: Uint8Array, offset: number): void {
    assertWithin(this, offset, target.length, 'strings');
    const put: Put = (bytes, at) => {
      const from = Math.max(offset - at, 0);
      const end = Math.min(offset + target.length - at, bytes.length);
      if (end > from) target.set(bytes.subarray(from, end), at + from - offset);
    };
    const end = offset + target.length;
    const checksumAt = this.#lengthsAt.at(-1) as number;
    for (let i = blockAt(this.#lengthsAt, offset); (this.#lengthsAt[i] ?? end) < Math.min(end, checksumAt); i++)
      this.#putLengths(i, put);
    put(this.#checksum, checksumAt);
    const payload = checksumAt + CHECKSUM_BYTES;
    for (let i = blockAt(this.#payloadAt, offset - payload); payload + (this.#payloadAt[i] ?? end) < end; i++)
      this.#putPayload(i, payload, offset, put);
  }

  #elements(number: number): readonly Uint8Array[] {
    if (this.#block?.number === number) return this.#block.elements;
    this.#block = undefined;
    const first = number * this.perBlock;
    const elements = this.read(first, Math.min(this.perBlock, this.count - first));
    this.#block = { number, elements };
    return elements;
  }

  #putLengths(number: number, put: Put): void {
    const start = this.#lengthsAt[number] as number;
    const lengths = new Uint8Array((this.#lengthsAt[number + 1] as number) - start);
    let at = 0;
    for (const { length } of this.#elements(number)) at = writeVarint(lengths, at, length);
    put(lengths, start);
  }

  #putPayload(number: number, payload: number, offset: number, put: Put): void {
    let at = payload + (this.#payloadAt[number] as number);
    for (const element of this.#elements(number)) {
      if (at + element.length > offset) put(element, at);
      at += element.length;
    }
  }
}

/** The number of the block that a place lies in, by where each begins. */
function blockAt(starts: readonly number[], place: number): number {
  let [low, high] = [0, starts.length - 1];
  while (low + 1 < high) {
    const middle = (low + high) >> 1;
    if ((starts[middle] as number) <= place) low = middle;
    else high = middle;
  }
  return low;
}

/** Decoded at a time. */
const [BLOCK_BYTES, BLOCK_ELEMENTS] = [1 << 18, 4096];
/** All are decoded where their size is asked for: of more than this nobody waits for it. */
const [MOST_BYTES, MOST_ELEMENTS] = [256 << 20, 1 << 24];
/** An element is held whole. */
const MOST_ELEMENT_BYTES = 64 << 20;

/** Whether so many strings, of so many bytes each where they lie, are read. */
export function areReadableStrings(count: number, width: number): boolean {
  return count <= MOST_ELEMENTS && count * width <= MOST_BYTES && width <= MOST_ELEMENT_BYTES;
}

/** Throws {@link UnsupportedError} for more strings than are read. */
export function checkStrings(count: number, width: number): void {
  if (areReadableStrings(count, width)) return;
  throw new UnsupportedError(
    `${count} strings of ${width} bytes are more than is read at once; save them in parts`,
    'string size',
  );
}

/** The content of strings that lie end to end, each in `width` bytes, of which `elementOf` makes the element. */
export function fixedWidthStrings(
  source: ByteSource,
  width: number,
  count: number,
  elementOf: (bytes: Uint8Array) => Uint8Array,
): BlockStrings {
  checkStrings(count, width);
  expectAll(source);
  const perBlock = Math.max(1, Math.min(BLOCK_ELEMENTS, Math.floor(BLOCK_BYTES / Math.max(width, 1))));
  const buffer = new Uint8Array(Math.min(perBlock, count) * width);
  return new BlockStrings(count, perBlock, (first, found) => {
    const bytes = buffer.subarray(0, found * width);
    source.readInto(bytes, first * width);
    return Array.from({ length: found }, (_, i) => elementOf(bytes.subarray(i * width, (i + 1) * width)));
  });
}
