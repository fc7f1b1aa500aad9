/** Reading a block: fetching it with its checksum, and walking the entries of its contents. */
import { checksumBytes } from '../bytes/checksum.ts';
import { unmaskCrc } from '../bytes/crc32c.ts';
import { decodeSnappy } from '../bytes/snappy.ts';
import type { ByteSource } from '../bytes/source.ts';
import { compareBytes, decodeAscii, decodeText } from '../bytes/text.ts';
import { type Cursor, readVarint } from '../bytes/varint.ts';
import { ChecksumError, CorruptError } from '../errors.ts';
import { type BlockHandle, TRAILER_BYTES, TYPE_PLAIN, TYPE_SNAPPY } from './format.ts';
import { KeyMarks, mostKeyBytes } from './key-marks.ts';

/** Throws {@link CorruptError} unless the block and its trailer lie inside the file. */
export function checkHandle(source: ByteSource, handle: BlockHandle, what: string): void {
  const { offset, length } = handle;
  if (offset < 0 || length < 0 || offset + length + TRAILER_BYTES > source.byteLength) {
    throw new CorruptError(
      `${what}: bytes ${offset} to ${offset + length + TRAILER_BYTES} are outside the file of ${source.byteLength}`,
      { where: what, offset },
    );
  }
}

/** The plain contents of a block, checked against its checksum. */
export function readBlock(source: ByteSource, handle: BlockHandle, what: string): Uint8Array {
  checkHandle(source, handle, what);
  const stored = new Uint8Array(handle.length + TRAILER_BYTES);
  source.readInto(stored, handle.offset);
  const trailer = new DataView(stored.buffer, handle.length);
  const expected = unmaskCrc(trailer.getUint32(1, true));
  const actual = checksumBytes(stored.subarray(0, handle.length + 1));
  if (expected !== actual) {
    throw new ChecksumError(`${what} at ${handle.offset}: the checksum does not match`, what, expected, actual);
  }
  const contents = stored.subarray(0, handle.length);
  const type = trailer.getUint8(0);
  if (type === TYPE_PLAIN) return contents;
  if (type === TYPE_SNAPPY) return decodeSnappy(contents);
  throw new CorruptError(`${what} at ${handle.offset}: unknown block type ${type}`, {
    where: what,
    offset: handle.offset,
  });
}

/** 1 for every byte that is not simple text: control characters, what is beyond ASCII, quotes and the backslash. */
const SPECIAL = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte < 0x20 || byte >= 0x7f || byte === 0x22 || byte === 0x27 || byte === 0x5c ? 1 : 0,
);

/** From one restart to the next; where more entries lie between two, they get marks of our own. */
const LONG_STRETCH_BYTES = 1 << 16;
/** The marks of blocks that need them, for as long as the contents are held. */
const MARKS = new WeakMap<Uint8Array, KeyMarks>();

/**
 * Walks the entries of a block's contents in order. After a `next()` that returned true, `key[0..keyLength)` is the key
 * and `bytes[valueStart..valueEnd)` the value, both borrowed until the next call.
 */
export class BlockCursor {
  key: Uint8Array = new Uint8Array(128);
  keyLength = 0;
  /** So many bytes at the front of the key are those of the key before. */
  keyShared = 0;
  valueStart = 0;
  valueEnd = 0;
  readonly #cursor: Cursor;
  readonly #restartCount: number;
  /** So many bytes at the front of the key are known to be simple. */
  #simpleLength = 0;
  /** What the keys since the last jump take. */
  #keyBytes = 0;
  readonly #mostKeyBytes: number;
  /** False where the key before is not known: at the start and after a jump. */
  #ordered = false;
  /** The last key of the block before, against which the first one here is checked. */
  #before: Uint8Array | undefined;

  constructor(
    readonly bytes: Uint8Array,
    readonly what: string,
  ) {
    const restarts =
      bytes.length < 4 ? -1 : new DataView(bytes.buffer, bytes.byteOffset + bytes.length - 4).getUint32(0, true);
    if (restarts < 0 || restarts > Math.floor((bytes.length - 4) / 4)) {
      throw new CorruptError(`${what}: ${restarts} restarts do not fit in a block of ${bytes.length} bytes`, {
        where: what,
      });
    }
    this.#restartCount = restarts;
    this.#mostKeyBytes = mostKeyBytes(bytes.length);
    this.#cursor = { bytes, at: 0, end: restarts === 0 ? 0 : bytes.length - 4 * (restarts + 1) };
  }

  #corrupt(problem: string): CorruptError {
    return new CorruptError(`${this.what}: ${problem} in the entry at ${this.#cursor.at}`, {
      where: this.what,
      offset: this.#cursor.at,
    });
  }

  /** Moves to the next entry; false at the end. */
  next(): boolean {
    const cursor = this.#cursor;
    if (cursor.at >= cursor.end) return false;
    const { bytes, at } = cursor;
    let shared = bytes[at] as number;
    let unshared = bytes[at + 1] as number;
    let valueLength = bytes[at + 2] as number;
    if ((shared | unshared | valueLength) < 0x80 && at + 3 <= cursor.end) cursor.at = at + 3;
    else {
      shared = readVarint(cursor);
      unshared = readVarint(cursor);
      valueLength = readVarint(cursor);
    }
    if (shared < 0 || shared > this.keyLength)
      throw this.#corrupt(`${shared} shared bytes of a key of ${this.keyLength}`);
    if (unshared < 0 || valueLength < 0 || unshared + valueLength > cursor.end - cursor.at) {
      throw this.#corrupt(`a key of ${unshared} and a value of ${valueLength} bytes run past the end`);
    }
    this.#keyBytes += shared + unshared;
    if (this.#keyBytes > this.#mostKeyBytes) throw this.#corrupt('keys that share too much with each other');
    this.keyShared = shared;
    this.#setKey(shared, unshared);
    this.valueStart = cursor.at + unshared;
    this.valueEnd = this.valueStart + valueLength;
    cursor.at = this.valueEnd;
    return true;
  }

  /** Keys ascend, each once; what is shared is equal, so the rest decides. */
  #checkOrder(shared: number, unshared: number): void {
    const { bytes, at } = this.#cursor;
    for (let i = 0; shared + i < this.keyLength; i++) {
      const difference = i < unshared ? (bytes[at + i] as number) - (this.key[shared + i] as number) : -1;
      if (difference > 0) return;
      if (difference < 0) throw this.#corrupt('a key out of order');
    }
    if (unshared === 0) throw this.#corrupt('a key that stands there twice');
  }

  #setKey(shared: number, unshared: number): void {
    if (this.#ordered) this.#checkOrder(shared, unshared);
    const length = shared + unshared;
    if (length > this.key.length) {
      const grown = new Uint8Array(length * 2);
      grown.set(this.key.subarray(0, shared));
      this.key = grown;
    }
    const { bytes, at } = this.#cursor;
    const { key } = this;
    let special = 0;
    for (let i = 0; i < unshared; i++) {
      const byte = bytes[at + i] as number;
      key[shared + i] = byte;
      special |= SPECIAL[byte] as number;
    }
    if (special !== 0) this.#simpleLength = Math.min(this.#simpleLength, shared);
    else if (this.#simpleLength >= shared) this.#simpleLength = length;
    this.keyLength = length;
    if (!this.#ordered) this.#checkBefore();
    this.#ordered = true;
  }

  #checkBefore(): void {
    if (this.#before !== undefined && compareBytes(this.key.subarray(0, this.keyLength), this.#before) <= 0) {
      throw this.#corrupt('a key out of order');
    }
    this.#before = undefined;
  }

  /** Whether the key is plain ASCII text that needs no escape anywhere: no control character, quote or backslash. */
  get keyIsSimple(): boolean {
    return this.#simpleLength >= this.keyLength;
  }

  /** The key as text. */
  keyText(): string {
    const { key, keyLength } = this;
    return this.keyIsSimple ? decodeAscii(key, 0, keyLength) : decodeText(key, 0, keyLength);
  }

  /** The current value as a cursor for a decoder. */
  value(): Cursor {
    return { bytes: this.bytes, at: this.valueStart, end: this.valueEnd };
  }

  #restartOffset(index: number): number {
    const { bytes } = this;
    const at = bytes.length - 4 * (this.#restartCount + 1 - index);
    const low = (bytes[at] as number) | ((bytes[at + 1] as number) << 8) | ((bytes[at + 2] as number) << 16);
    return low + (bytes[at + 3] as number) * 2 ** 24;
  }

  #restart(offset: number): void {
    this.#cursor.at = offset;
    this.#keyBytes = 0;
    this.keyLength = 0;
    this.#simpleLength = 0;
    this.#ordered = false;
  }

  /** Tells the cursor which key came before its first, so that order is checked across blocks too. */
  follow(key: Uint8Array): void {
    this.#before = key;
  }

  #jump(restart: number): boolean {
    const offset = this.#restartOffset(restart);
    if (offset >= this.#cursor.end) throw this.#corrupt(`restart ${restart} points to ${offset}, past the entries`);
    this.#restart(offset);
    return this.next();
  }

  /** Moves to the last marked entry that is not above `target`; true where it is the one that is looked for. */
  #resume(target: Uint8Array): boolean {
    this.#restart(0);
    const around = this.#marks().around(target);
    if (around === undefined) return false;
    const { key, start, end } = around.mark;
    this.key = key.slice();
    this.keyLength = key.length;
    this.#ordered = true;
    this.valueStart = start;
    this.valueEnd = end;
    this.#cursor.at = end;
    return compareBytes(key, target) === 0;
  }

  /** Marks up to where the block breaks the format, if it does: a search that comes there meets it. */
  #marks(): KeyMarks {
    const known = MARKS.get(this.bytes);
    if (known !== undefined) return known;
    const marks = new KeyMarks(this.bytes.length);
    MARKS.set(this.bytes, marks);
    const walk = new BlockCursor(this.bytes, this.what);
    try {
      while (walk.next()) marks.note(walk.key.subarray(0, walk.keyLength), walk.valueStart, walk.valueEnd);
    } catch (error) {
      if (!(error instanceof CorruptError)) throw error;
    }
    return marks;
  }

  /** Whether the entry under the cursor, or the next, is the one that is looked for: look-ups often come in the order of keys. */
  #isNear(target: Uint8Array): boolean {
    const { at } = this.#cursor;
    if (this.keyLength === 0 || at !== this.valueEnd) return false;
    const difference = compareBytes(this.key.subarray(0, this.keyLength), target);
    if (difference >= 0) return difference === 0;
    try {
      return this.next() && compareBytes(this.key.subarray(0, this.keyLength), target) === 0;
    } catch (error) {
      if (error instanceof CorruptError) return false; // another way may lead to it
      throw error;
    }
  }

  /** Moves to the first entry whose key is not below `target`; false when there is none. Halves over the restarts. */
  seek(target: Uint8Array): boolean {
    if (this.#isNear(target)) return true;
    let low = 0;
    let high = this.#restartCount - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (this.#jump(middle) && compareBytes(this.key.subarray(0, this.keyLength), target) < 0) low = middle;
      else high = middle - 1;
    }
    const from = this.#restartCount === 0 ? 0 : this.#restartOffset(low);
    const until = low + 1 < this.#restartCount ? this.#restartOffset(low + 1) : this.#cursor.end;
    if (until >= from && until - from <= LONG_STRETCH_BYTES) this.#restart(from);
    else if (this.#resume(target)) return true;
    while (this.next()) {
      if (compareBytes(this.key.subarray(0, this.keyLength), target) >= 0) return true;
    }
    return false;
  }
}
