/** The value of a variable in memory, and who else may hold it: what nobody else holds may be filled anew. */
import { MemorySource } from '../bytes/source.ts';
import type { Tensor } from '../tensor/tensor.ts';

export class HeldValue {
  #tensor: Tensor | undefined;
  /** Whether anybody else may hold it for good. */
  #isShared = false;
  /** How many savers are reading it. */
  #lent = 0;

  /** Undefined where there is none yet. */
  get tensor(): Tensor | undefined {
    return this.#tensor;
  }

  set(tensor: Tensor, isShared: boolean): void {
    this.#tensor = tensor;
    this.#isShared = isShared;
    this.#lent = 0;
  }

  drop(): void {
    this.#tensor = undefined;
  }

  share(isShared = true): void {
    this.#isShared = isShared;
  }

  lend(): void {
    this.#lent++;
  }

  release(tensor: Tensor): void {
    if (tensor === this.#tensor && this.#lent > 0) this.#lent--;
  }

  /** Its bytes, where nobody else holds them. */
  memory(): Uint8Array | undefined {
    const source = this.#tensor?.source;
    return source instanceof MemorySource && !this.#isShared && this.#lent === 0 ? source.bytes : undefined;
  }
}
