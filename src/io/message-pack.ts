/** MessagePack, as far as it takes to know it by its beginning: https://github.com/msgpack/msgpack/blob/master/spec.md. */

export interface MessagePackHead {
  /** Types of the extensions that begin in it and hold lists. Flax: 1 an array, 2 a complex number, 3 a scalar (flax.serialization). */
  readonly extensions: readonly number[];
  /** Texts that stand in it whole, keys and values. */
  readonly strings: readonly string[];
}

/** The bytes end here, and the file goes on. */
class Ended extends Error {}
/** These bytes are no MessagePack. */
class Refused extends Error {}

/** Flax packs what an array is as a list: its shape, its dtype, its bytes. */
const isList = (byte: number): boolean => byte > 0x91 && byte < 0xa0;

/** Values within values, at most: no model is nested deeper, and bytes may say anything. */
const DEEPEST = 64;

class Walker {
  readonly extensions: number[] = [];
  readonly strings: string[] = [];
  #at = 0;

  constructor(readonly view: DataView) {}

  /** The map that the bytes begin with; throws {@link Ended} behind the last byte. */
  map(): void {
    const byte = this.#number(1);
    if (byte > 0x80 && byte < 0x90) this.#pairs(byte & 0x0f, 0);
    else if (byte === 0xde || byte === 0xdf) this.#pairs(this.#number(byte === 0xde ? 2 : 4), 0);
    else throw new Refused();
  }

  #number(width: 1 | 2 | 4): number {
    const { view } = this;
    if (this.#at + width > view.byteLength) throw new Ended();
    const at = this.#at;
    this.#at += width;
    return width === 1 ? view.getUint8(at) : width === 2 ? view.getUint16(at) : view.getUint32(at);
  }

  #skip(length: number): void {
    this.#at += length;
    if (this.#at > this.view.byteLength) throw new Ended();
  }

  #text(length: number): void {
    const { buffer, byteOffset } = this.view;
    const start = this.#at;
    this.#skip(length);
    const text = new TextDecoder().decode(new Uint8Array(buffer, byteOffset + start, length));
    if (/[\0-\x08\x0e-\x1f\x7f\ufffd]/.test(text)) throw new Refused();
    this.strings.push(text);
  }

  /** Keys of a model are texts; those of other maps may be numbers. */
  #pairs(count: number, depth: number): void {
    for (let i = 0; i < count; i++) {
      const before = this.strings.length;
      this.#value(depth + 1);
      if (depth === 0 && this.strings.length === before) throw new Refused();
      this.#value(depth + 1);
    }
  }

  #values(count: number, depth: number): void {
    for (let i = 0; i < count; i++) this.#value(depth + 1);
  }

  #extension(length: number): void {
    const type = this.#number(1);
    if (this.#at < this.view.byteLength && isList(this.view.getUint8(this.#at))) this.extensions.push(type);
    this.#skip(length);
  }

  #value(depth: number): void {
    if (depth > DEEPEST) throw new Refused();
    const byte = this.#number(1);
    if (byte < 0x80 || byte >= 0xe0 || byte === 0xc0 || byte === 0xc2 || byte === 0xc3) return;
    if (byte < 0x90) this.#pairs(byte & 0x0f, depth);
    else if (byte < 0xa0) this.#values(byte & 0x0f, depth);
    else if (byte < 0xc0) this.#text(byte & 0x1f);
    else this.#long(byte, depth);
  }

  /** What has its length, or its own bytes, behind the first. */
  #long(byte: number, depth: number): void {
    const widthAt = (first: number): 1 | 2 | 4 => ([1, 2, 4] as const)[byte - first] ?? 1;
    if (byte === 0xc1) throw new Refused();
    if (byte <= 0xc6) this.#skip(this.#number(widthAt(0xc4)));
    else if (byte <= 0xc9) this.#extension(this.#number(widthAt(0xc7)));
    else if (byte <= 0xcb) this.#skip(byte === 0xca ? 4 : 8);
    else if (byte <= 0xcf) this.#skip(1 << (byte - 0xcc));
    else if (byte <= 0xd3) this.#skip(1 << (byte - 0xd0));
    else if (byte <= 0xd8) this.#extension(1 << (byte - 0xd4));
    else if (byte <= 0xdb) this.#text(this.#number(widthAt(0xd9)));
    else if (byte <= 0xdd) this.#values(this.#number(byte === 0xdc ? 2 : 4), depth);
    else this.#pairs(this.#number(byte === 0xde ? 2 : 4), depth);
  }
}

/** What a map in MessagePack begins with; undefined for bytes that are none: no map, or not so much as one key. */
export function messagePackOf(head: Uint8Array): MessagePackHead | undefined {
  const walker = new Walker(new DataView(head.buffer, head.byteOffset, head.byteLength));
  try {
    walker.map();
  } catch (error) {
    if (error instanceof Refused) return undefined;
    if (!(error instanceof Ended)) throw error;
  }
  return walker.strings.length === 0 ? undefined : walker;
}
