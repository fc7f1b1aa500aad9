/**
 * Goes through the numbers of one repeated field in order, wherever they lie: packed in runs, one a field, or both mixed,
 * with other fields in between. A place in the walk is two numbers, so that a walk can go on from where another was.
 */
import type { ByteSource } from '../../bytes/source.ts';
import { type Cursor, readVarint } from '../../bytes/varint.ts';
import { CorruptError } from '../../errors.ts';
import { DELIMITED, FIXED32, FIXED64, VARINT } from '../../proto/wire.ts';
import type { ValueField } from './value-field.ts';

const WINDOW_BYTES = 64 * 1024;
const LONGEST_VARINT = 10;

/** Where a walk stands: the next byte, and the end of the run of numbers that it is in. */
export interface WalkPlace {
  readonly position: number;
  readonly runEnd: number;
}

const START: WalkPlace = { position: 0, runEnd: 0 };

export class ValueWalker {
  readonly #window: Uint8Array;
  readonly #cursor: Cursor;
  #windowStart: number;
  #runEnd: number;
  readonly #packedTag: number;
  readonly #singleTag: number;
  /** Bytes of a number that is not a varint. */
  readonly #width: number;

  constructor(
    readonly source: ByteSource,
    field: ValueField,
    place: WalkPlace = START,
  ) {
    this.#width = typeof field.encoding === 'number' ? field.encoding : 0;
    this.#packedTag = field.number * 8 + DELIMITED;
    this.#singleTag = field.number * 8 + (this.#width === 4 ? FIXED32 : this.#width === 8 ? FIXED64 : VARINT);
    this.#window = new Uint8Array(Math.min(WINDOW_BYTES, source.byteLength - place.position));
    this.#cursor = { bytes: this.#window, at: 0, end: 0 };
    this.#windowStart = place.position;
    this.#runEnd = place.runEnd;
  }

  get place(): WalkPlace {
    return { position: this.#position, runEnd: this.#runEnd };
  }

  get #position(): number {
    return this.#windowStart + this.#cursor.at;
  }

  #corrupt(what: string): CorruptError {
    return new CorruptError(`${what} at byte ${this.#position} of its values`, {
      where: 'values',
      offset: this.#position,
    });
  }

  /** Brings `wanted` bytes into the window, or all that are left. */
  #fill(wanted: number): void {
    const cursor = this.#cursor;
    if (cursor.end - cursor.at >= wanted) return;
    this.#windowStart += cursor.at;
    cursor.at = 0;
    cursor.end = Math.min(this.#window.length, this.source.byteLength - this.#windowStart);
    if (cursor.end > 0) this.source.readInto(this.#window.subarray(0, cursor.end), this.#windowStart);
  }

  #moveTo(position: number): void {
    const cursor = this.#cursor;
    const at = position - this.#windowStart;
    if (at <= cursor.end) cursor.at = at;
    else {
      this.#windowStart = position;
      cursor.at = 0;
      cursor.end = 0;
    }
  }

  #varint(): number {
    this.#fill(LONGEST_VARINT);
    return readVarint(this.#cursor);
  }

  /** Moves to the next number; false where there is none. */
  #findNumber(): boolean {
    const { byteLength } = this.source;
    while (this.#position >= this.#runEnd) {
      if (this.#position >= byteLength) return false;
      const tag = this.#varint();
      if (tag === this.#packedTag) this.#runEnd = this.#endOf(this.#varint());
      else if (tag === this.#singleTag) this.#runEnd = this.#endOf(this.#width || this.#varintLength());
      else this.#skipField(tag & 7);
    }
    return true;
  }

  #endOf(length: number): number {
    const left = this.source.byteLength - this.#position;
    if (length < 0 || length > left) throw this.#corrupt(`a field of ${length} bytes runs past the end`);
    if (this.#width > 0 && length % this.#width !== 0)
      throw this.#corrupt(`${length} bytes of ${this.#width}-byte numbers`);
    return this.#position + length;
  }

  #varintLength(): number {
    this.#fill(LONGEST_VARINT);
    const { bytes, at, end } = this.#cursor;
    for (let i = at; i < Math.min(end, at + LONGEST_VARINT); i++) if ((bytes[i] as number) < 0x80) return i - at + 1;
    throw this.#corrupt('a varint without an end');
  }

  #skipField(wireType: number): void {
    if (wireType === VARINT) this.#moveTo(this.#position + this.#varintLength());
    else if (wireType === DELIMITED) {
      const length = this.#varint();
      if (length < 0 || length > this.source.byteLength - this.#position) throw this.#corrupt('a field is cut off');
      this.#moveTo(this.#position + length);
    } else if (wireType === FIXED32 || wireType === FIXED64) {
      const end = this.#position + (wireType === FIXED32 ? 4 : 8);
      if (end > this.source.byteLength) throw this.#corrupt('a field is cut off');
      this.#moveTo(end);
    } else throw this.#corrupt(`wire type ${wireType}`);
  }

  /** Where the run ends that holds the next number, and where that number is; undefined where there is none. */
  nextRun(): WalkPlace | undefined {
    return this.#findNumber() ? this.place : undefined;
  }

  /** Passes over up to `count` numbers and returns how many there were. */
  skip(count: number): number {
    let done = 0;
    while (done < count && this.#findNumber()) {
      done += this.#width > 0 ? this.#skipFixed(count - done) : this.#skipVarints(count - done);
    }
    return done;
  }

  #skipFixed(count: number): number {
    const numbers = Math.min(count, (this.#runEnd - this.#position) / this.#width);
    this.#moveTo(this.#position + numbers * this.#width);
    return numbers;
  }

  #skipVarints(count: number): number {
    const end = this.#fillRun();
    const { bytes, at } = this.#cursor;
    let i = at;
    let last = at;
    let done = 0;
    for (; i < end && done < count; i++) {
      if ((bytes[i] as number) >= 0x80) continue;
      if (i - last >= LONGEST_VARINT) throw this.#corrupt('a varint is longer than ten bytes');
      last = i + 1;
      done++;
    }
    this.#checkWhole(last, end);
    this.#cursor.at = last;
    return done;
  }

  /** Fills the window and returns where, in it, the run or the window ends. */
  #fillRun(): number {
    this.#fill(LONGEST_VARINT);
    return Math.min(this.#cursor.end, this.#runEnd - this.#windowStart);
  }

  /** A varint may reach into the next window, not beyond its run; nor may it fill more than ten bytes. */
  #checkWhole(last: number, end: number): void {
    if (last > this.#cursor.at) return;
    if (end - last >= LONGEST_VARINT) throw this.#corrupt('a varint is longer than ten bytes');
    throw this.#corrupt('a varint runs past its field');
  }

  /** Decodes exactly `count` numbers into `target`, `width` bytes each, little-endian; `flags` makes each 0 or 1. */
  read(count: number, target: Uint8Array, width: number, flags: boolean): void {
    let at = 0;
    for (let left = count; left > 0; ) {
      if (!this.#findNumber()) throw this.#corrupt(`${left} values are missing`);
      const done =
        this.#width > 0 ? this.#readFixed(left, target, at) : this.#readVarints(left, target, at, width, flags);
      at += done * width;
      left -= done;
    }
  }

  #readFixed(count: number, target: Uint8Array, at: number): number {
    const end = this.#fillRun();
    const { bytes, at: from } = this.#cursor;
    const numbers = Math.min(count, Math.floor((end - from) / this.#width));
    const length = numbers * this.#width;
    target.set(bytes.subarray(from, from + length), at);
    this.#cursor.at = from + length;
    return numbers;
  }

  #readVarints(count: number, target: Uint8Array, start: number, width: number, flags: boolean): number {
    const end = this.#fillRun();
    const { bytes } = this.#cursor;
    let i = this.#cursor.at;
    let out = start;
    let done = 0;
    while (done < count && i < end) {
      let byte = bytes[i] as number;
      let low = byte;
      let high = 0;
      let next = i + 1;
      if (byte >= 0x80) {
        low = byte & 0x7f;
        for (let shift = 7; byte >= 0x80 && next < end && shift < 70; shift += 7) {
          byte = bytes[next++] as number;
          const bits = byte & 0x7f;
          if (shift < 28) low |= bits << shift;
          else if (shift === 28) {
            low |= bits << 28;
            high |= bits >>> 4;
          } else if (shift < 63) high |= bits << (shift - 32);
          else high |= bits << 31;
        }
        if (byte >= 0x80) break;
      }
      i = next;
      done++;
      if (flags) target[out] = (low | high) === 0 ? 0 : 1;
      else put(target, out, width, low, high);
      out += width;
    }
    this.#checkWhole(i, end);
    this.#cursor.at = i;
    return done;
  }
}

/** The low `width` bytes of a 64-bit number, little-endian. */
function put(target: Uint8Array, at: number, width: number, low: number, high: number): void {
  target[at] = low;
  if (width === 1) return;
  target[at + 1] = low >>> 8;
  if (width === 2) return;
  target[at + 2] = low >>> 16;
  target[at + 3] = low >>> 24;
  if (width === 4) return;
  target[at + 4] = high;
  target[at + 5] = high >>> 8;
  target[at + 6] = high >>> 16;
  target[at + 7] = high >>> 24;
}
