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

/** Hears of an element: the bytes of an array from `start` to `end`, good until it has been heard. */
export type VisitElement = (bytes: Uint8Array, start: number, end: number) => void;

/** Decodes elements of a string tensor in order, from one on. */
export type ReadElements = (first: number, count: number, visit: VisitElement) => void;

/** Elements up to this long are copied byte by byte: setting them would take longer. */
const SHORT_BYTES = 24;

export class BlockStrings implements ByteSource {
  readonly byteLength: number;
  /** Where the lengths of each block begin in the content, and where its payload does behind that; the last is the end. */
  readonly #lengthsAt: number[] = [0];
  readonly #payloadAt: number[] = [0];
  readonly #checksum = new Uint8Array(CHECKSUM_BYTES);

  /** Decodes all `count` elements once, `perBlock` at a time; throws what `read` throws. */
  constructor(
    readonly count: number,
    readonly perBlock: number,
    readonly read: ReadElements,
  ) {
    const sum = new LengthsChecksum('little', Math.min(count, perBlock));
    let [lengthsAt, payloadAt] = [0, 0];
    const visit: VisitElement = (_, start, end) => {
      sum.add(end - start);
      lengthsAt += varintLength(end - start);
      payloadAt += end - start;
    };
    for (let first = 0; first < count; first += perBlock) {
      read(first, Math.min(perBlock, count - first), visit);
      this.#lengthsAt.push(lengthsAt);
      this.#payloadAt.push(payloadAt);
    }
    new DataView(this.#checksum.buffer).setUint32(0, maskCrc(sum.value), true);
    this.byteLength = lengthsAt + CHECKSUM_BYTES + payloadAt;
  }

  readInto(target: Uint8Array, offset: number): void {
    assertWithin(this, offset, target.length, 'strings');
    const end = offset + target.length;
    const checksumAt = this.#lengthsAt.at(-1) as number;
    for (let i = blockAt(this.#lengthsAt, offset); (this.#lengthsAt[i] ?? end) < Math.min(end, checksumAt); i++) {
      const lengths = this.#lengths(i);
      put(target, offset, lengths, 0, lengths.length, this.#lengthsAt[i] as number);
    }
    put(target, offset, this.#checksum, 0, CHECKSUM_BYTES, checksumAt);
    const payload = checksumAt + CHECKSUM_BYTES;
    for (let i = blockAt(this.#payloadAt, offset - payload); payload + (this.#payloadAt[i] ?? end) < end; i++) {
      let at = payload + (this.#payloadAt[i] as number);
      this.#readBlock(i, (bytes, start, stop) => {
        put(target, offset, bytes, start, stop, at);
        at += stop - start;
      });
    }
  }

  #readBlock(number: number, visit: VisitElement): void {
    const first = number * this.perBlock;
    this.read(first, Math.min(this.perBlock, this.count - first), visit);
  }

  #lengths(number: number): Uint8Array {
    const lengths = new Uint8Array((this.#lengthsAt[number + 1] as number) - (this.#lengthsAt[number] as number));
    let at = 0;
    this.#readBlock(number, (_, start, end) => {
      at = writeVarint(lengths, at, end - start);
    });
    return lengths;
  }
}

/** Copies what a target that begins at `offset` wants of bytes that belong to `at`. */
function put(target: Uint8Array, offset: number, bytes: Uint8Array, start: number, end: number, at: number): void {
  const from = Math.max(offset - at, 0);
  const length = Math.min(offset + target.length - at, end - start) - from;
  const to = at + from - offset;
  if (length > SHORT_BYTES) target.set(bytes.subarray(start + from, start + from + length), to);
  else for (let i = 0; i < length; i++) target[to + i] = bytes[start + from + i] as number;
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

/** The content of strings that lie end to end, each in `width` bytes, of which `decode` tells the element; it may change them. */
export function fixedWidthStrings(
  source: ByteSource,
  width: number,
  count: number,
  decode: (bytes: Uint8Array, start: number, end: number, visit: VisitElement) => void,
): BlockStrings {
  checkStrings(count, width);
  expectAll(source);
  const perBlock = Math.max(1, Math.min(BLOCK_ELEMENTS, Math.floor(BLOCK_BYTES / Math.max(width, 1))));
  const buffer = new Uint8Array(Math.min(perBlock, count) * width);
  return new BlockStrings(count, perBlock, (first, found, visit) => {
    const end = found * width;
    source.readInto(buffer.subarray(0, end), first * width);
    if (width === 0) for (let i = 0; i < found; i++) visit(buffer, 0, 0);
    else for (let at = 0; at < end; at += width) decode(buffer, at, at + width, visit);
  });
}
