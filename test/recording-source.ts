/** A source that remembers which bytes it was asked for: what a read touches is a promise of this library. */
import { type ByteSource, MemorySource } from '../src/bytes/source.ts';

export class RecordingSource implements ByteSource {
  readonly byteLength: number;
  readonly reads: { readonly offset: number; readonly length: number }[] = [];
  readonly #memory: MemorySource;

  constructor(readonly bytes: Uint8Array) {
    this.#memory = new MemorySource(bytes);
    this.byteLength = bytes.length;
  }

  readInto(target: Uint8Array, offset: number): void {
    this.reads.push({ offset, length: target.length });
    this.#memory.readInto(target, offset);
  }

  /** Bytes read in all. */
  get bytesRead(): number {
    return this.reads.reduce((sum, { length }) => sum + length, 0);
  }
}
