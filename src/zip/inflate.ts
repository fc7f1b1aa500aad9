/** Unpacking deflated bytes from front to back, as much as is asked for: memory is bounded by what one push can become. */
import { InflateRaw } from 'minizlib';
import type { ByteSource } from '../bytes/source.ts';

/** Pushed at a time; at the most that deflate can do it becomes 16 MiB. */
const PUSH_BYTES = 16 * 1024;

export class Inflater {
  readonly #unpack = new InflateRaw({});
  readonly #packed = new Uint8Array(PUSH_BYTES);
  #at = 0;
  #ready: Uint8Array[] = [];
  #error: Error | undefined;

  constructor(readonly source: ByteSource) {
    this.#unpack.on('data', (bytes: Uint8Array) => {
      this.#ready.push(bytes);
    });
    this.#unpack.on('error', (error: unknown) => {
      this.#error ??= error as Error;
    });
  }

  /** Fills `target` with the next bytes; returns how many there were, fewer only at the end. Throws what zlib throws. */
  fill(target: Uint8Array): number {
    let filled = 0;
    while (filled < target.length) {
      const next = this.#ready.shift() ?? this.#push();
      if (next === undefined) break;
      const taken = next.subarray(0, target.length - filled);
      target.set(taken, filled);
      filled += taken.length;
      if (taken.length < next.length) this.#ready.unshift(next.subarray(taken.length));
    }
    return filled;
  }

  /** Unpacks more; undefined at the end of the packed bytes. */
  #push(): Uint8Array | undefined {
    const { source } = this;
    while (this.#ready.length === 0 && this.#at < source.byteLength) {
      const packed = this.#packed.subarray(0, Math.min(PUSH_BYTES, source.byteLength - this.#at));
      source.readInto(packed, this.#at);
      this.#at += packed.length;
      this.#unpack.write(packed as Buffer);
      if (this.#error !== undefined) throw this.#error;
    }
    return this.#ready.shift();
  }
}
