/**
 * A name out of a scan, kept to be held against those that come after it. Names come in order, and a scan says how much of a
 * name is that of the one before: so little of them is looked at twice.
 */
import type { TensorFacts } from './tensor.ts';

/** Plain fields: they are read a million times. */
export class LastName {
  /** The name that was kept last: its first `length` bytes. */
  bytes: Uint8Array = new Uint8Array(256);
  length = 0;
  /** The position that was looked at last, and so many bytes that the name there had of the kept one. */
  #position = -1;
  #shared = 0;

  /** How many bytes at the front of a name are those of the kept one. */
  sharedWith({ nameBytes, nameLength, nameShared, position }: TensorFacts): number {
    if (position >= 0 && position === this.#position) return this.#shared;
    const { bytes } = this;
    const most = Math.min(nameLength, this.length);
    const isNext = position > 0 && position === this.#position + 1;
    let shared = isNext ? Math.min(this.#shared, nameShared, most) : 0;
    while (shared < most && bytes[shared] === nameBytes[shared]) shared++;
    this.#position = position;
    this.#shared = shared;
    return shared;
  }

  /** Keeps a name in the place of the one before. */
  keep(facts: TensorFacts): void {
    const { nameBytes, nameLength } = facts;
    const shared = this.sharedWith(facts);
    if (this.bytes.length < nameLength) {
      const grown = new Uint8Array(2 * nameLength);
      grown.set(this.bytes.subarray(0, shared));
      this.bytes = grown;
    }
    const { bytes } = this;
    for (let i = shared; i < nameLength; i++) bytes[i] = nameBytes[i] as number;
    this.length = nameLength;
    this.#shared = nameLength;
  }
}
