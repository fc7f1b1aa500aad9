/** Unpacking deflated bytes from front to back, as much as is asked for: memory is bounded by what one push can become. */
import { InflateRaw } from 'minizlib';
import { Missing } from '../bytes/missing.ts';
import type { ByteSource, Run } from '../bytes/source.ts';

/** Packed bytes are never more than this beyond what they become: five for each block that is stored as it is. */
const PACKED_SLACK = 1 << 20;
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
      const next = this.#ready.shift() ?? this.#pushAfter(target, filled);
      if (next === undefined) break;
      const taken = next.subarray(0, target.length - filled);
      target.set(taken, filled);
      filled += taken.length;
      if (taken.length < next.length) this.#ready.unshift(next.subarray(taken.length));
    }
    return filled;
  }

  /** Packed bytes from which `length` more will come, as far as that can be said: what is left where that is not much. */
  packedFor(length: number): Run {
    const left = this.source.byteLength - this.#at;
    return { offset: this.#at, length: Math.min(left, length + PACKED_SLACK) };
  }

  /** Unpacks more; where packed bytes are missing, what was filled in stands ready for the next try. */
  #pushAfter(target: Uint8Array, filled: number): Uint8Array | undefined {
    try {
      return this.#push();
    } catch (error) {
      if (error instanceof Missing && filled > 0) this.#ready.unshift(target.slice(0, filled));
      throw error;
    }
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
