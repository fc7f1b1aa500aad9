/** What the front of a name is known not to hold, for rules that go through a million names. */
import type { TensorFacts } from '../tensor/tensor.ts';

/**
 * How many bytes at the front of name after name are known to be without some word: names come in order, a name mostly begins
 * as the one before, and what both have was looked at there.
 */
export class KnownFront {
  /** No such word lies within so many bytes. */
  length = 0;
  #position = -1;

  /** Must be told of every name; where one was left out, nothing is known. */
  follow({ nameShared, position }: TensorFacts): void {
    const isNext = position > 0 && position === this.#position + 1;
    this.length = isNext ? Math.min(this.length, nameShared) : 0;
    this.#position = position;
  }
}
