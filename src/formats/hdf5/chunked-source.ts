/** Content that lies in chunks, row-major; chunks are kept unpacked as long as there is room. */
import { assertWithin, type ByteSource, type Run } from '../../bytes/source.ts';
import { CorruptError, UnsupportedError } from '../../errors.ts';
import type { Shape } from '../../tensor/shape.ts';
import type { AddressSpace } from './address-space.ts';
import type { StoredChunk } from './chunk-arrays.ts';
import type { KeptChunks } from './chunk-cache.ts';
import type { ChunkIndex } from './chunk-index.ts';
import { type Filter, unfiltered } from './filters.ts';

/** A chunk is unpacked whole: a larger one would take too much memory. */
const MOST_CHUNK_BYTES = 64 << 20;
/** Plain chunks larger than this are read where they lie. */
const LARGE_BYTES = 8 << 20;
/** What filters may add to a chunk that cannot be packed, beside its own length. */
const LITTLE_BYTES = 64 << 10;

export interface Chunking {
  readonly file: AddressSpace;
  readonly shape: Shape;
  /** Of a chunk. */
  readonly dimensions: readonly number[];
  /** Bytes of an element. */
  readonly width: number;
  readonly index: ChunkIndex;
  readonly filters: readonly Filter[];
  /** Chunks that reach over an edge of the shape went through no filter. */
  readonly hasPlainEdges: boolean;
  /** An element of what was never written; zeros where there is none. */
  readonly fill: Uint8Array | undefined;
}

/** Hears of a stretch of one row of a chunk: the number of the chunk, where the stretch begins in it, and in what was asked for. */
type Visit = (chunk: number, from: number, at: number, length: number) => void;

/** Stretches up to this long are copied byte by byte: setting them would take longer. */
const SHORT_BYTES = 24;

export class ChunkedSource implements ByteSource {
  readonly byteLength: number;
  readonly #chunkBytes: number;
  /** Axes, chunks, and how many of these there are along each axis; those that a chunk has whole are joined to the one before. */
  readonly #shape: number[];
  readonly #dimensions: number[];
  readonly #grid: number[];
  /** Chunks lie as they are, and are too large to be held for a part of them. */
  readonly #isPlainAndLarge: boolean;
  /** Unpacked chunks by their number in the grid, row-major. */
  readonly #kept: KeptChunks = new Map();

  constructor(readonly chunking: Chunking) {
    const { shape, dimensions, width, filters } = chunking;
    this.byteLength = shape.reduce((all, size) => all * size, width);
    this.#chunkBytes = dimensions.reduce((all, size) => all * size, width);
    this.#shape = [...shape];
    this.#dimensions = [...dimensions];
    while (this.#shape.length > 1 && this.#shape.at(-1) === this.#dimensions.at(-1)) {
      const size = this.#shape.pop() as number;
      this.#dimensions.pop();
      for (const sizes of [this.#shape, this.#dimensions]) sizes.push((sizes.pop() as number) * size);
    }
    this.#grid = this.#shape.map((size, axis) => Math.ceil(size / (this.#dimensions[axis] as number)));
    this.#isPlainAndLarge = filters.length === 0 && this.#chunkBytes > LARGE_BYTES;
    if (this.#chunkBytes <= MOST_CHUNK_BYTES || this.#isPlainAndLarge) return;
    throw new UnsupportedError(
      `its chunks take ${this.#chunkBytes} bytes each, and ${MOST_CHUNK_BYTES} are unpacked at once; h5repack -l CHUNK=... makes smaller ones`,
      'HDF5 chunk size',
    );
  }

  readInto(target: Uint8Array, offset: number): void {
    assertWithin(this, offset, target.length, 'chunks');
    if (this.#isPlainAndLarge) {
      this.#readPlain(target, offset);
      return;
    }
    const { fill } = this.chunking;
    let last = -1;
    let chunk: Uint8Array | undefined;
    this.#visit(offset, target.length, (number, from, at, length) => {
      if (number !== last) chunk = this.#chunkAt(number);
      last = number;
      if (chunk === undefined) fillWith(target.subarray(at, at + length), fill, from);
      else if (length > SHORT_BYTES) target.set(chunk.subarray(from, from + length), at);
      else for (let i = 0; i < length; i++) target[at + i] = chunk[from + i] as number;
    });
  }

  /** Reads from the file into the target, stretch by stretch. */
  #readPlain(target: Uint8Array, offset: number): void {
    const { file, fill, index } = this.chunking;
    this.#visit(offset, target.length, (number, from, at, length) => {
      const stored = index(this.#placeOf(number));
      const part = target.subarray(at, at + length);
      if (stored === undefined) fillWith(part, fill, from);
      else if (stored.byteLength !== this.#chunkBytes) {
        const what = `a chunk has ${stored.byteLength} bytes, and should have ${this.#chunkBytes}`;
        throw new CorruptError(what, { where: 'chunk', offset: stored.address });
      } else file.content(stored.address, stored.byteLength, 'a chunk').readInto(part, from);
    });
  }

  expect(runs: readonly Run[]): void {
    const { file, index } = this.chunking;
    const { source, base } = file;
    if (source.expect === undefined) return;
    const wanted = new Map<number, Run>();
    for (const { offset, length } of runs) {
      this.#visit(offset, length, (number) => {
        if (wanted.has(number) || this.#kept.has(number)) return;
        const stored = index(this.#placeOf(number));
        if (stored !== undefined) wanted.set(number, { offset: base + stored.address, length: stored.byteLength });
      });
    }
    const inside = [...wanted.values()].filter((run) => run.offset + run.length <= source.byteLength);
    if (inside.length > 0) source.expect(inside);
  }

  /** The stretches that a run is made of, in order. */
  #visit(offset: number, length: number, visit: Visit): void {
    const { width } = this.chunking;
    const [shape, dimensions, grid] = [this.#shape, this.#dimensions, this.#grid];
    const last = shape.length - 1;
    const rowBytes = (shape[last] as number) * width;
    const stretchBytes = (dimensions[last] as number) * width;
    let row = Math.floor(offset / rowBytes);
    let inRow = offset - row * rowBytes;
    for (let done = 0; done < length; row++, inRow = 0) {
      let [rest, chunk, chunks, from, bytes] = [row, 0, grid[last] as number, 0, stretchBytes];
      for (let axis = last - 1; axis >= 0; axis--) {
        const [size, most] = [shape[axis] as number, dimensions[axis] as number];
        const index = rest % size;
        rest = (rest - index) / size;
        const within = index % most;
        chunk += ((index - within) / most) * chunks;
        chunks *= grid[axis] as number;
        from += within * bytes;
        bytes *= most;
      }
      while (inRow < rowBytes && done < length) {
        const within = inRow % stretchBytes;
        const count = Math.min(stretchBytes - within, rowBytes - inRow, length - done);
        visit(chunk + (inRow - within) / stretchBytes, from + within, done, count);
        inRow += count;
        done += count;
      }
    }
  }

  /** Numbers of a chunk along each axis. */
  #placeOf(number: number): number[] {
    const place = this.chunking.shape.map(() => 0);
    for (let axis = this.#grid.length - 1, rest = number; axis >= 0; axis--) {
      const size = this.#grid[axis] as number;
      place[axis] = rest % size;
      rest = Math.floor(rest / size);
    }
    return place;
  }

  #chunkAt(number: number): Uint8Array | undefined {
    const kept = this.#kept.get(number);
    if (kept !== undefined || this.#kept.has(number)) return kept;
    const { file, index } = this.chunking;
    const place = this.#placeOf(number);
    const stored = index(place);
    const chunk = stored === undefined ? undefined : this.#unpacked(stored, place);
    if (chunk === undefined) file.chunks.room(0);
    file.chunks.keep(this.#kept, number, chunk);
    return chunk;
  }

  #unpacked({ address, byteLength, skipped }: StoredChunk, place: readonly number[]): Uint8Array {
    const { file, filters } = this.chunking;
    if (byteLength > 2 * this.#chunkBytes + LITTLE_BYTES) {
      const what = `a chunk of ${this.#chunkBytes} bytes claims ${byteLength} bytes, packed`;
      throw new CorruptError(what, { where: 'chunk', offset: address });
    }
    const content = file.content(address, byteLength, 'a chunk');
    const packed = file.chunks.packed(byteLength);
    content.expect([{ offset: 0, length: byteLength }]);
    content.readInto(packed, 0);
    const room = file.chunks.room(this.#chunkBytes);
    return unfiltered(packed, this.#isPlain(place) ? [] : filters, skipped, room);
  }

  #isPlain(place: readonly number[]): boolean {
    const { shape, dimensions, hasPlainEdges } = this.chunking;
    const reachesOver = (at: number, axis: number): boolean =>
      (at + 1) * (dimensions[axis] as number) > (shape[axis] as number);
    return hasPlainEdges && place.some(reachesOver);
  }
}

/** Fills with an element again and again, from a byte of it on. */
export function fillWith(target: Uint8Array, fill: Uint8Array | undefined, offset: number): void {
  if (fill === undefined || fill.length === 0) {
    target.fill(0);
    return;
  }
  const { length } = fill;
  for (let i = 0; i < Math.min(length, target.length); i++) target[i] = fill[(offset + i) % length] as number;
  for (let done = length; done < target.length; done *= 2) target.copyWithin(done, 0, done);
}
