/** The bytes of an HDF5 file by address, every one checked against the end of the file before it is read. */

import { type ByteSource, RegionSource, readBytes } from '../../bytes/source.ts';
import { decodeBytes } from '../../bytes/text.ts';
import { CorruptError } from '../../errors.ts';
import type { ByteRange } from '../../tensor/tensor.ts';
import { ChunkCache } from './chunk-cache.ts';
import { UNDEFINED_ADDRESS } from './layout.ts';

/** What a structure that is no content may take: larger ones are not what any writer makes. */
const MOST_STRUCTURE_BYTES = 64 << 20;

/** Bytes of one structure, with the way to read numbers out of them. */
export class Structure {
  readonly view: DataView;
  constructor(
    readonly bytes: Uint8Array,
    /** What to call it where it is damaged. */
    readonly what: string,
    readonly address: number,
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  get length(): number {
    return this.bytes.length;
  }

  #check(at: number, length: number): void {
    if (at + length > this.bytes.length)
      throw this.damaged(`it ends at byte ${this.bytes.length}, before what it should hold`);
  }

  u8(at: number): number {
    this.#check(at, 1);
    return this.view.getUint8(at);
  }

  u16(at: number): number {
    this.#check(at, 2);
    return this.view.getUint16(at, true);
  }

  u32(at: number): number {
    this.#check(at, 4);
    return this.view.getUint32(at, true);
  }

  /** A size or offset; one beyond 2^53 is damage, since no file is as long. */
  u64(at: number): number {
    this.#check(at, 8);
    const value = this.view.getBigUint64(at, true);
    if (value > BigInt(Number.MAX_SAFE_INTEGER))
      throw this.damaged(`the number ${value} in it is larger than any file`);
    return Number(value);
  }

  /** An address, or undefined for the one that leads nowhere. */
  pointer(at: number): number | undefined {
    this.#check(at, 8);
    return this.view.getBigUint64(at, true) === UNDEFINED_ADDRESS ? undefined : this.u64(at);
  }

  slice(at: number, length: number, what = this.what): Structure {
    this.#check(at, length);
    return new Structure(this.bytes.subarray(at, at + length), what, this.address + at);
  }

  isSigned(signature: string): boolean {
    return this.bytes.length >= 4 && decodeBytes(this.bytes.subarray(0, 4)) === signature;
  }

  damaged(why: string): CorruptError {
    return new CorruptError(`${this.what} at byte ${this.address} is damaged: ${why}`, {
      where: this.what,
      offset: this.address,
    });
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

  constructor(
    readonly source: ByteSource,
    readonly base: number,
    readonly place?: Hdf5Place,
  ) {}

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
    return new Structure(readBytes(this.source, start, length), what, start);
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
