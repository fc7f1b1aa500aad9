/** Bits of packed content, the highest of each byte first. */
import { CorruptError } from '../../errors.ts';

const MOST_BITS = 32;

export class BitReader {
  #byte: number;
  /** Bits of that byte that are left. */
  #left = 8;

  constructor(
    readonly bytes: Uint8Array,
    start: number,
    /** What packed them, to be named where they end too soon. */
    readonly packing: string,
  ) {
    this.#byte = start;
  }

  /** A number of up to 32 bits, unsigned. */
  bits(count: number): number {
    if (count > MOST_BITS) throw this.damaged();
    let value = 0;
    for (let missing = count; missing > 0; ) {
      if (this.#byte >= this.bytes.length) throw this.damaged();
      const taken = Math.min(missing, this.#left);
      const part = ((this.bytes[this.#byte] as number) >> (this.#left - taken)) & ((1 << taken) - 1);
      value = value * (1 << taken) + part;
      this.#skip(taken);
      missing -= taken;
    }
    return value;
  }

  /** How many zeros stand before the next one, which is read too. */
  zeros(): number {
    let count = 0;
    for (;;) {
      if (this.#byte >= this.bytes.length) throw this.damaged();
      const rest = (this.bytes[this.#byte] as number) & ((1 << this.#left) - 1);
      if (rest !== 0) {
        const before = Math.clz32(rest) - (MOST_BITS - this.#left);
        this.#skip(before + 1);
        return count + before;
      }
      count += this.#left;
      this.#skip(this.#left);
    }
  }

  #skip(count: number): void {
    this.#left -= count;
    if (this.#left > 0) return;
    this.#left = 8;
    this.#byte++;
  }

  damaged(): CorruptError {
    return new CorruptError(`a chunk cannot be unpacked: it is no ${this.packing}`, { where: 'chunk' });
  }
}
