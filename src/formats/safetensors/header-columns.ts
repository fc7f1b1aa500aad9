/**
 * A long header, column by column: a million entries as objects would take gigabytes. Its bytes stay as they are, and the columns say
 * where names and shapes stand in them. What is written in an odd way is parsed by itself, as in a short header.
 */
import { SmallColumn, WideColumn } from '../../bytes/column.ts';
import { compareBytes, decodeBytes, decodeText, encodeText } from '../../bytes/text.ts';
import type { Shape } from '../../tensor/shape.ts';
import { dtypeOfTag, type SafetensorsDType } from './dtypes.ts';
import { HeaderEntries, type HeaderEntry } from './header-entries.ts';

export class HeaderColumns extends HeaderEntries {
  readonly #nameAt = new SmallColumn();
  readonly #nameLength = new SmallColumn();
  readonly #type = new SmallColumn();
  /** Where the sizes of a shape stand, behind their bracket. */
  readonly #shapeAt = new SmallColumn();
  readonly #begin = new WideColumn();
  readonly #end = new WideColumn();
  readonly #types: SafetensorsDType[] = [];
  readonly #numbers = new Map<SafetensorsDType, number>();
  /** Entries that were parsed by themselves. */
  readonly #parsed = new Map<number, HeaderEntry>();

  constructor(readonly bytes: Uint8Array) {
    super();
  }

  get length(): number {
    return this.#begin.length;
  }

  #numberOf(type: SafetensorsDType): number {
    let number = this.#numbers.get(type);
    if (number === undefined) {
      number = this.#types.push(type) - 1;
      this.#numbers.set(type, number);
    }
    return number;
  }

  /** Adds an entry whose name and shape stand in the header as they are. */
  add(nameAt: number, nameLength: number, type: SafetensorsDType, shapeAt: number, begin: number, end: number): void {
    this.#nameAt.push(nameAt);
    this.#nameLength.push(nameLength);
    this.#type.push(this.#numberOf(type));
    this.#shapeAt.push(shapeAt);
    this.#begin.push(begin);
    this.#end.push(end);
  }

  /** Adds an entry of any kind. */
  addEntry(entry: HeaderEntry): void {
    this.#parsed.set(this.length, entry);
    this.add(0, 0, entry.type, 0, entry.begin, entry.end);
  }

  begin(row: number): number {
    return this.#begin.at(row);
  }

  end(row: number): number {
    return this.#end.at(row);
  }

  type(row: number): SafetensorsDType {
    return this.#types[this.#type.at(row)] as SafetensorsDType;
  }

  shape(row: number): Shape {
    return this.#parsed.get(row)?.shape ?? sizesAt(this.bytes, this.#shapeAt.at(row));
  }

  nameBytes(row: number): Uint8Array {
    const parsed = this.#parsed.get(row);
    if (parsed !== undefined) return encodeText(parsed.name);
    const at = this.#nameAt.at(row);
    return this.bytes.subarray(at, at + this.#nameLength.at(row));
  }

  /** Puts a name that stands in the header into an array that is reused; returns its length, and -1 where it does not fit. */
  copyName(row: number, target: Uint8Array): number {
    const length = this.#nameLength.at(row);
    if (length > target.length || this.#parsed.has(row)) return -1;
    const at = this.#nameAt.at(row);
    for (let i = 0; i < length; i++) target[i] = this.bytes[at + i] as number;
    return length;
  }

  name(row: number): string {
    return this.#parsed.get(row)?.name ?? decodeText(this.nameBytes(row));
  }

  entry(row: number): HeaderEntry {
    const parsed = this.#parsed.get(row);
    if (parsed !== undefined) return parsed;
    return {
      name: this.name(row),
      type: this.type(row),
      shape: this.shape(row),
      begin: this.begin(row),
      end: this.end(row),
    };
  }

  protected comparer(): (a: number, b: number) => number {
    if (this.#parsed.size === 0) return comparerOf(this.bytes, this.#nameAt.view(), this.#nameLength.view());
    return (a, b) => compareBytes(this.nameBytes(a), this.nameBytes(b));
  }
}

/** Compares names without a view for each: a sort asks millions of times. */
function comparerOf(bytes: Uint8Array, starts: Int32Array, lengths: Int32Array): (a: number, b: number) => number {
  return (a, b) => {
    const [lengthA, lengthB] = [lengths[a] as number, lengths[b] as number];
    const shorter = Math.min(lengthA, lengthB);
    let atA = starts[a] as number;
    let atB = starts[b] as number;
    for (const end = atA + shorter; atA < end; atA++, atB++) {
      const difference = (bytes[atA] as number) - (bytes[atB] as number);
      if (difference !== 0) return difference;
    }
    return lengthA - lengthB;
  };
}

const NO_SIZES: Shape = [];
const [ZERO, NINE, COMMA, CLOSE] = [0x30, 0x39, 0x2c, 0x5d];

/** The sizes of a shape that was passed over before: digits, commas and blanks up to a bracket. */
function sizesAt(bytes: Uint8Array, start: number): Shape {
  if (bytes[start] === CLOSE) return NO_SIZES;
  const sizes: number[] = [];
  let size = 0;
  let isEmpty = true;
  for (let at = start; ; at++) {
    const byte = bytes[at] as number;
    if (byte >= ZERO && byte <= NINE) {
      size = size * 10 + byte - ZERO;
      isEmpty = false;
    } else if (byte === COMMA) {
      sizes.push(size);
      size = 0;
    } else if (byte === CLOSE) {
      if (!isEmpty) sizes.push(size);
      return sizes;
    }
  }
}

/** A tag of this many bytes is a whole number that is exact. */
const MOST_EXACT = 6;

/** Types by the bytes of their tags. */
export class Tags {
  readonly #types = new Map<number, SafetensorsDType | undefined>();

  at(bytes: Uint8Array, start: number, end: number): SafetensorsDType | undefined {
    let key = 0;
    for (let i = start; i < end && i - start <= MOST_EXACT; i++) key = key * 256 + (bytes[i] as number);
    const isExact = end - start <= MOST_EXACT;
    if (isExact && this.#types.has(key)) return this.#types.get(key);
    const type = end - start > 32 ? undefined : dtypeOfTag(decodeBytes(bytes.subarray(start, end)));
    if (isExact) this.#types.set(key, type);
    return type;
  }
}
