/** Content that lies in chunks, row-major; the chunks that were used last are kept unpacked. */
import { assertWithin, type ByteSource, type Run, readBytes } from '../../bytes/source.ts';
import { UnsupportedError } from '../../errors.ts';
import type { Shape } from '../../tensor/shape.ts';
import type { AddressSpace } from './address-space.ts';
import type { ChunkIndex } from './chunk-index.ts';
import { type Filter, unfiltered } from './filters.ts';

/** Unpacked chunks that are kept. */
const KEPT_BYTES = 32 << 20;
/** A chunk is unpacked whole: a larger one would take too much memory. */
const MOST_CHUNK_BYTES = 128 << 20;

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

/** A stretch of one row of a chunk. */
interface Stretch {
  readonly place: readonly number[];
  /** Bytes in the chunk, and how many. */
  readonly from: number;
  readonly length: number;
}

export class ChunkedSource implements ByteSource {
  readonly byteLength: number;
  readonly #chunkBytes: number;
  /** Axes and chunks, those behind joined into one that a chunk has whole. */
  readonly #shape: number[];
  readonly #dimensions: number[];
  /** Unpacked chunks by their place, the one that was used last at the end; `undefined` for one that was never written. */
  readonly #kept = new Map<string, Uint8Array | undefined>();

  constructor(readonly chunking: Chunking) {
    const { shape, dimensions, width } = chunking;
    this.byteLength = shape.reduce((all, size) => all * size, width);
    this.#chunkBytes = dimensions.reduce((all, size) => all * size, width);
    this.#shape = [...shape];
    this.#dimensions = [...dimensions];
    while (this.#shape.length > 1 && this.#shape.at(-1) === this.#dimensions.at(-1)) {
      const size = this.#shape.pop() as number;
      this.#dimensions.pop();
      for (const sizes of [this.#shape, this.#dimensions]) sizes.push((sizes.pop() as number) * size);
    }
    if (this.#chunkBytes <= MOST_CHUNK_BYTES) return;
    throw new UnsupportedError(
      `its chunks take ${this.#chunkBytes} bytes each, and ${MOST_CHUNK_BYTES} are unpacked at once; h5repack -l CHUNK=... makes smaller ones`,
      'HDF5 chunk size',
    );
  }

  readInto(target: Uint8Array, offset: number): void {
    assertWithin(this, offset, target.length, 'chunks');
    let done = 0;
    for (const { place, from, length } of this.#stretches(offset, target.length)) {
      const part = target.subarray(done, done + length);
      const chunk = this.#chunkAt(place);
      if (chunk !== undefined) part.set(chunk.subarray(from, from + length));
      else fillWith(part, this.chunking.fill, from);
      done += length;
    }
  }

  expect(runs: readonly Run[]): void {
    const { file, index } = this.chunking;
    const wanted = new Map<string, Run>();
    for (const { offset, length } of runs) {
      for (const { place } of this.#stretches(offset, length)) {
        const key = place.join();
        if (wanted.has(key) || this.#kept.has(key)) continue;
        const stored = index(place);
        if (stored !== undefined) wanted.set(key, { offset: file.base + stored.address, length: stored.byteLength });
      }
    }
    if (wanted.size > 0)
      file.source.expect?.([...wanted.values()].filter((run) => run.offset + run.length <= file.source.byteLength));
  }

  /** The stretches that a run is made of, in order. */
  *#stretches(offset: number, length: number): Generator<Stretch> {
    const { width } = this.chunking;
    const [shape, dimensions] = [this.#shape, this.#dimensions];
    const rank = shape.length;
    const last = dimensions[rank - 1] as number;
    const rowBytes = (shape[rank - 1] as number) * width;
    for (let at = offset; at < offset + length; ) {
      const index: number[] = new Array(rank);
      let row = Math.floor(at / rowBytes);
      for (let axis = rank - 2; axis >= 0; axis--) {
        const size = shape[axis] as number;
        index[axis] = row % size;
        row = Math.floor(row / size);
      }
      const inRow = at % rowBytes;
      index[rank - 1] = Math.floor(inRow / width);
      const place: number[] = index.map((number, axis) => Math.floor(number / (dimensions[axis] as number)));
      let element = 0;
      for (let axis = 0; axis < rank; axis++) {
        const size = dimensions[axis] as number;
        element = element * size + ((index[axis] as number) % size);
      }
      const endOfChunk = Math.min((Math.floor((index[rank - 1] as number) / last) + 1) * last * width, rowBytes);
      const bytes = Math.min(endOfChunk - inRow, offset + length - at);
      while (place.length < this.chunking.shape.length) place.push(0);
      yield { place, from: element * width + (inRow % width), length: bytes };
      at += bytes;
    }
  }

  #chunkAt(place: readonly number[]): Uint8Array | undefined {
    const key = place.join();
    const kept = this.#kept.get(key);
    if (kept !== undefined || this.#kept.has(key)) {
      this.#kept.delete(key);
      this.#kept.set(key, kept);
      return kept;
    }
    const chunk = this.#read(place);
    this.#kept.set(key, chunk);
    const most = Math.max(1, Math.floor(KEPT_BYTES / this.#chunkBytes));
    if (this.#kept.size > most) this.#kept.delete(this.#kept.keys().next().value as string);
    return chunk;
  }

  #read(place: readonly number[]): Uint8Array | undefined {
    const { file, index, filters } = this.chunking;
    const stored = index(place);
    if (stored === undefined) return undefined;
    const { address, byteLength, skipped } = stored;
    const bytes = readBytes(file.content(address, byteLength, 'a chunk'), 0, byteLength);
    return unfiltered(bytes, this.#isPlain(place) ? [] : filters, skipped, this.#chunkBytes);
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
  for (let i = 0; i < target.length; i++) target[i] = fill[(offset + i) % fill.length] as number;
}
