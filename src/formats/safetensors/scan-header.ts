/**
 * Going through a long header byte by byte. Members as the reference writes them, with blanks or without, are taken as they
 * stand; any other is cut out and parsed by itself, with the same checks.
 */
import { parseStrictJson } from '../../bytes/strict-json.ts';
import { decodeText } from '../../bytes/text.ts';
import { MAX_RANK } from '../../tensor/shape.ts';
import { HeaderColumns, Tags } from './header-columns.ts';
import { damaged, METADATA_KEY, NO_WHOLE_NUMBER, parseEntry, parseMetadata } from './header-entry.ts';

const [QUOTE, BACKSLASH, OPEN, CLOSE] = [0x22, 0x5c, 0x7b, 0x7d];
const [OPEN_LIST, CLOSE_LIST, COMMA, COLON] = [0x5b, 0x5d, 0x2c, 0x3a];
const [ZERO, NINE] = [0x30, 0x39];
const MOST_DEPTH = 128;
const LENGTH_BYTES = 8;
const ascii = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0));
const [DTYPE, SHAPE, OFFSETS, METADATA] = ['"dtype"', '"shape"', '"data_offsets"', METADATA_KEY].map(ascii) as [
  Uint8Array,
  Uint8Array,
  Uint8Array,
  Uint8Array,
];

export interface Scanned {
  readonly entries: HeaderColumns;
  readonly metadata: ReadonlyMap<string, string> | undefined;
}

/** Reads a header that is UTF-8; throws `CorruptError` for what is no JSON, a name given twice, or an entry that is none. */
export function scanHeader(bytes: Uint8Array): Scanned {
  return new Scan(bytes).run();
}

class Scan {
  #at = 0;
  readonly #entries: HeaderColumns;
  readonly #tags = new Tags();
  #metadata: ReadonlyMap<string, string> | undefined;
  #hasMetadata = false;
  /** The number that was read last, and where the sizes of the shape stand. */
  #number = 0;

  constructor(readonly bytes: Uint8Array) {
    this.#entries = new HeaderColumns(bytes);
  }

  run(): Scanned {
    this.#take(OPEN);
    this.#blanks();
    if (this.bytes[this.#at] === CLOSE) this.#at++;
    else {
      for (;;) {
        this.#member();
        this.#blanks();
        if (this.bytes[this.#at] === CLOSE) break;
        this.#take(COMMA);
      }
      this.#at++;
    }
    this.#blanks();
    if (this.#at < this.bytes.length) throw this.#wrong();
    const twice = this.#entries.twice();
    if (twice !== undefined) {
      throw damaged(`the header gives the name ${JSON.stringify(this.#entries.name(twice))} twice`);
    }
    return { entries: this.#entries, metadata: this.#metadata };
  }

  #wrong(): Error {
    return damaged(
      `the header is no JSON: something else is wanted at byte ${this.#at} of it`,
      LENGTH_BYTES + this.#at,
    );
  }

  #blanks(): void {
    for (;;) {
      const byte = this.bytes[this.#at];
      if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return;
      this.#at++;
    }
  }

  #take(byte: number): void {
    this.#blanks();
    if (this.bytes[this.#at] !== byte) throw this.#wrong();
    this.#at++;
  }

  #member(): void {
    this.#take(QUOTE);
    const nameAt = this.#at;
    const isPlain = this.#passString();
    const nameEnd = this.#at - 1;
    this.#take(COLON);
    this.#blanks();
    if (isPlain && !this.#isMetadata(nameAt, nameEnd) && this.#plainEntry(nameAt, nameEnd)) return;
    const valueAt = this.#at;
    this.#passValue();
    // One member by itself, as a header of its own: its name and its value are checked as those of a short one.
    const name = parseStrictJson(this.#text(nameAt - 1, nameEnd + 1), 'the header') as string;
    const value = parseStrictJson(this.#text(valueAt, this.#at), 'the header', NO_WHOLE_NUMBER);
    if (name !== METADATA_KEY) this.#entries.addEntry(parseEntry(name, value));
    else if (this.#hasMetadata) throw damaged(`the header gives the name ${JSON.stringify(name)} twice`);
    else {
      this.#hasMetadata = true;
      this.#metadata = parseMetadata(value);
    }
  }

  #text(start: number, end: number): string {
    return decodeText(this.bytes, start, end);
  }

  #isMetadata(start: number, end: number): boolean {
    if (end - start !== METADATA.length) return false;
    return METADATA.every((byte, i) => this.bytes[start + i] === byte);
  }

  /** Passes over a string whose quote was passed; whether it stands for itself, without an escape. */
  #passString(): boolean {
    const { bytes } = this;
    let isPlain = true;
    for (let at = this.#at; at < bytes.length; at++) {
      const byte = bytes[at] as number;
      if (byte === QUOTE) {
        this.#at = at + 1;
        return isPlain;
      }
      if (byte === BACKSLASH) {
        isPlain = false;
        at++;
      } else if (byte < 0x20) {
        this.#at = at;
        throw this.#wrong();
      }
    }
    this.#at = bytes.length;
    throw this.#wrong();
  }

  /** Passes over a value of any kind. */
  #passValue(): void {
    const { bytes } = this;
    let depth = 0;
    for (; this.#at < bytes.length; ) {
      const byte = bytes[this.#at] as number;
      if (depth === 0 && (byte === COMMA || byte === CLOSE)) return;
      this.#at++;
      if (byte === QUOTE) this.#passString();
      else if (byte === OPEN || byte === OPEN_LIST) {
        if (++depth > MOST_DEPTH) throw damaged(`the header is nested deeper than ${MOST_DEPTH} levels`);
      } else if (byte === CLOSE || byte === CLOSE_LIST) depth--;
    }
    throw this.#wrong();
  }

  /** Takes an entry as the reference writes it; false, and nothing is taken, for any other. */
  #plainEntry(nameAt: number, nameEnd: number): boolean {
    const start = this.#at;
    if (this.#tryEntry(nameAt, nameEnd)) return true;
    this.#at = start;
    return false;
  }

  #tryEntry(nameAt: number, nameEnd: number): boolean {
    const { bytes } = this;
    if (!this.#has(OPEN) || !this.#hasKey(DTYPE) || !this.#has(QUOTE)) return false;
    const tagAt = this.#at;
    while (this.#at < bytes.length && bytes[this.#at] !== QUOTE && this.#at - tagAt < 16) this.#at++;
    const type = this.#tags.at(bytes, tagAt, this.#at);
    if (type === undefined || !this.#has(QUOTE) || !this.#has(COMMA)) return false;
    if (!this.#hasKey(SHAPE) || !this.#has(OPEN_LIST)) return false;
    const shapeAt = this.#at;
    let elements = 1;
    let rank = 0;
    if (!this.#has(CLOSE_LIST)) {
      do {
        if (!this.#hasNumber()) return false;
        elements *= this.#number;
        rank++;
      } while (this.#has(COMMA));
      if (!this.#has(CLOSE_LIST)) return false;
    }
    if (!this.#has(COMMA) || !this.#hasKey(OFFSETS) || !this.#has(OPEN_LIST) || !this.#hasNumber()) return false;
    const begin = this.#number;
    if (!this.#has(COMMA) || !this.#hasNumber() || !this.#has(CLOSE_LIST) || !this.#has(CLOSE)) return false;
    const end = this.#number;
    const wanted = (elements * type.bits) / 8;
    if (rank > MAX_RANK || !Number.isSafeInteger(elements * type.bits) || wanted !== end - begin) return false;
    this.#entries.add(nameAt, nameEnd - nameAt, type, shapeAt, begin, end);
    return true;
  }

  /** Passes over a mark, and the blanks before it. */
  #has(byte: number): boolean {
    if (this.bytes[this.#at] !== byte) {
      this.#blanks();
      if (this.bytes[this.#at] !== byte) return false;
    }
    this.#at++;
    return true;
  }

  #hasKey(key: Uint8Array): boolean {
    this.#blanks();
    for (let i = 0; i < key.length; i++) if (this.bytes[this.#at + i] !== key[i]) return false;
    this.#at += key.length;
    return this.#has(COLON);
  }

  /** A whole number as JSON writes it, which is exact. */
  #hasNumber(): boolean {
    const { bytes } = this;
    this.#blanks();
    const start = this.#at;
    let number = 0;
    for (; ; this.#at++) {
      const byte = bytes[this.#at] as number;
      if (!(byte >= ZERO && byte <= NINE)) break;
      number = number * 10 + byte - ZERO;
    }
    this.#number = number;
    const digits = this.#at - start;
    return digits > 0 && digits <= 16 && number <= Number.MAX_SAFE_INTEGER && (digits === 1 || bytes[start] !== ZERO);
  }
}
