/** The bytes of an HDF5 file by address, every one checked against the end of the file before it is read. */

import { type ByteSource, RegionSource, readBytes } from '../../bytes/source.ts';
import { CorruptError } from '../../errors.ts';
import type { ByteRange } from '../../tensor/tensor.ts';
import { ChunkCache } from './chunk-cache.ts';
import { NO_HALF } from './layout.ts';

/** What a structure that is no content may take: larger ones are not what any writer makes. */
const MOST_STRUCTURE_BYTES = 64 << 20;
/** Structures up to this long are read with what lies around them: a page, and so much behind it. */
const MOST_PAGED = 4 << 10;
const PAGE_BYTES = 16 << 10;
const MOST_PAGES = 512;

/** Bytes of the file that are held, with the way to read numbers out of them. */
class Stretch {
  readonly view: DataView;
  constructor(readonly bytes: Uint8Array) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }
}

const BEYOND_ANY_FILE = 2 ** 21;

/** One structure: a part of bytes that are held, which it shares with its neighbours. */
export class Structure {
  constructor(
    readonly held: Stretch,
    readonly start: number,
    readonly length: number,
    /** What to call it where it is damaged. */
    readonly what: string,
    readonly address: number,
  ) {}

  static of(bytes: Uint8Array, what: string, address: number): Structure {
    return new Structure(new Stretch(bytes), 0, bytes.length, what, address);
  }

  get bytes(): Uint8Array {
    return this.held.bytes.subarray(this.start, this.start + this.length);
  }

  /** Where a number of so many bytes stands among the bytes that are held. */
  #at(at: number, length: number): number {
    if (at + length > this.length) throw this.damaged(`it ends at byte ${this.length}, before what it should hold`);
    return this.start + at;
  }

  u8(at: number): number {
    return this.held.view.getUint8(this.#at(at, 1));
  }

  u16(at: number): number {
    return this.held.view.getUint16(this.#at(at, 2), true);
  }

  u32(at: number): number {
    return this.held.view.getUint32(this.#at(at, 4), true);
  }

  /** A size or offset; one beyond 2^53 is damage, since no file is as long. */
  u64(at: number): number {
    const start = this.#at(at, 8);
    const { view } = this.held;
    const high = view.getUint32(start + 4, true);
    if (high < BEYOND_ANY_FILE) return high * 2 ** 32 + view.getUint32(start, true);
    throw this.damaged(`the number ${view.getBigUint64(start, true)} in it is larger than any file`);
  }

  /** An address, or undefined for the one that leads nowhere. */
  pointer(at: number): number | undefined {
    const start = this.#at(at, 8);
    const { view } = this.held;
    const leadsNowhere = view.getUint32(start + 4, true) === NO_HALF && view.getUint32(start, true) === NO_HALF;
    return leadsNowhere ? undefined : this.u64(at);
  }

  slice(at: number, length: number, what = this.what): Structure {
    return new Structure(this.held, this.#at(at, length), length, what, this.address + at);
  }

  isSigned(signature: string): boolean {
    if (this.length < signature.length) return false;
    for (let i = 0; i < signature.length; i++) {
      if (this.held.bytes[this.start + i] !== signature.charCodeAt(i)) return false;
    }
    return true;
  }

  damaged(why: string): CorruptError {
    return new CorruptError(`${this.what} at byte ${this.address} is damaged: ${why}`, {
      where: this.what,
      offset: this.address,
    });
  }
}

/** Pages of a file that were read last: its structures are small, and most lie beside those before them. */
class Pages {
  readonly #held = new Map<number, Stretch>();

  constructor(readonly source: ByteSource) {}

  /** The page in which a structure begins, which has all of it. */
  at(offset: number): Stretch {
    const number = Math.floor(offset / PAGE_BYTES);
    let page = this.#held.get(number);
    if (page !== undefined) return page;
    const start = number * PAGE_BYTES;
    const { byteLength } = this.source;
    page = new Stretch(readBytes(this.source, start, Math.min(PAGE_BYTES + MOST_PAGED, byteLength - start)));
    if (this.#held.size === MOST_PAGES) this.#held.delete(this.#held.keys().next().value as number);
    this.#held.set(number, page);
    return page;
  }
}

/** The file that an HDF5 file is, or lies in, and where it starts there. */
export interface Hdf5Place {
  readonly path: string;
  readonly file: ByteSource;
  readonly start: number;
}

export class AddressSpace {
  /** Chunks of its datasets. */
  readonly chunks = new ChunkCache();
  readonly #pages: Pages;

  constructor(
    readonly source: ByteSource,
    readonly base: number,
    readonly place?: Hdf5Place,
  ) {
    this.#pages = new Pages(source);
  }

  #absolute(address: number, length: number, what: string): number {
    const start = this.base + address;
    if (start + length > this.source.byteLength) {
      throw new CorruptError(
        `${what} should lie at bytes ${start} to ${start + length}, but the file has only ${this.source.byteLength}`,
        { where: what, offset: start },
      );
    }
    return start;
  }

  structure(address: number, length: number, what: string): Structure {
    const start = this.#absolute(address, length, what);
    if (length > MOST_STRUCTURE_BYTES) {
      throw new CorruptError(`${what} at byte ${start} claims ${length} bytes`, { where: what, offset: start });
    }
    if (length > MOST_PAGED) return Structure.of(readBytes(this.source, start, length), what, start);
    return new Structure(this.#pages.at(start), start % PAGE_BYTES, length, what, start);
  }

  content(address: number, length: number, what: string): RegionSource {
    return new RegionSource(this.source, this.#absolute(address, length, what), length);
  }

  /** Where content lies in the file on the disk; undefined where that is not known. */
  stored(address: number, byteLength: number): ByteRange | undefined {
    if (this.place === undefined) return undefined;
    const { path, file, start } = this.place;
    const offset = start + this.base + address;
    return { file, path, shard: 0, offset, byteLength, crc32c: undefined, byteOrder: 'little' };
  }
}
