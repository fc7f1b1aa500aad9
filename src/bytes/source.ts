/**
 * Where bytes come from and where they go. A source is anything with random access: a file, a region of one, memory,
 * stitched slices, decoded values. Reading is synchronous on purpose: a page-cache read of a chunk costs less than the
 * hop to a thread pool, and decoders stay free of `await`. Who needs another order of bytes or another place wraps a source.
 */
import { CorruptError } from '../errors.ts';

/** A run of bytes in a source. */
export interface Run {
  readonly offset: number;
  readonly length: number;
}

export interface ByteSource {
  /** Length in bytes. */
  readonly byteLength: number;
  /** Fills `target` with the bytes from `offset` on, or throws {@link CorruptError}; never fewer. */
  readInto(target: Uint8Array, offset: number): void;
  /**
   * Hears which bytes will be read next. A source whose bytes may have to be fetched throws `Missing` for all of them at once;
   * one that reads from another passes on where they lie there. Without it, each read is missed by itself.
   */
  expect?(runs: readonly Run[]): void;
}

export interface ByteSink {
  /** Appends a copy of `bytes`; the caller may reuse the array afterwards. */
  write(bytes: Uint8Array): void;
}

/** Thrown by every source when a read leaves it. */
export function assertWithin(source: ByteSource, offset: number, length: number, what: string): void {
  if (offset < 0 || offset + length > source.byteLength) {
    throw new CorruptError(
      `${what}: wants bytes ${offset} to ${offset + length}, but there are only ${source.byteLength}`,
      { where: what, offset },
    );
  }
}

/** Bytes `offset` to `offset + length` of a source as a fresh array; the caller has checked that `length` is affordable. */
export function readBytes(source: ByteSource, offset: number, length: number): Uint8Array {
  assertWithin(source, offset, length, 'read');
  source.expect?.([{ offset, length }]);
  const bytes = new Uint8Array(length);
  source.readInto(bytes, offset);
  return bytes;
}

/** The run of another source that a run of elements is made of, which are `width` bytes here and `otherWidth` there; whole elements. */
export function runOfElements({ offset, length }: Run, width: number, otherWidth: number): Run {
  const first = Math.floor(offset / width);
  const end = Math.ceil((offset + length) / width);
  return { offset: first * otherWidth, length: (end - first) * otherWidth };
}

/** Bytes in memory. */
export class MemorySource implements ByteSource {
  readonly byteLength: number;
  constructor(readonly bytes: Uint8Array) {
    this.byteLength = bytes.length;
  }
  readInto(target: Uint8Array, offset: number): void {
    assertWithin(this, offset, target.length, 'memory');
    target.set(this.bytes.subarray(offset, offset + target.length));
  }
}

/** A window on another source. */
export class RegionSource implements ByteSource {
  constructor(
    readonly parent: ByteSource,
    readonly offset: number,
    readonly byteLength: number,
  ) {
    assertWithin(parent, offset, byteLength, 'region');
  }
  readInto(target: Uint8Array, offset: number): void {
    assertWithin(this, offset, target.length, 'region');
    this.parent.readInto(target, this.offset + offset);
  }
  expect(runs: readonly Run[]): void {
    this.parent.expect?.(runs.map(({ offset, length }) => ({ offset: this.offset + offset, length })));
  }
}

/** How much of a source is held at a time where the caller names no size: large enough for speed, small enough for memory. */
export const CHUNK_BYTES = 1 << 20;

/** The bytes of a source in order, at most `chunkBytes` at a time, in one array that is reused: use a chunk before asking for the next. */
export function* chunksOf(source: ByteSource, chunkBytes: number = CHUNK_BYTES): Generator<Uint8Array> {
  source.expect?.([{ offset: 0, length: source.byteLength }]);
  const buffer = new Uint8Array(Math.min(chunkBytes, source.byteLength));
  for (let offset = 0; offset < source.byteLength; offset += buffer.length) {
    const chunk = buffer.subarray(0, Math.min(buffer.length, source.byteLength - offset));
    source.readInto(chunk, offset);
    yield chunk;
  }
}

/** A sink that keeps everything in memory, for small files and tests. */
export class MemorySink implements ByteSink {
  #parts: Uint8Array[] = [];
  byteLength = 0;
  write(bytes: Uint8Array): void {
    this.#parts.push(bytes.slice());
    this.byteLength += bytes.length;
  }
  toBytes(): Uint8Array {
    const all = new Uint8Array(this.byteLength);
    let at = 0;
    for (const part of this.#parts) {
      all.set(part, at);
      at += part.length;
    }
    return all;
  }
}
