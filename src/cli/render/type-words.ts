/**
 * The part of a line that says dtype, shape and size. A model of a million tensors has a few dozen of these, so each is put
 * together once.
 */
import type { DType } from '../../index.ts';
import { type Shape, sameShape, type TensorFacts } from '../../text.ts';
import { ByteLines } from './byte-lines.ts';

interface TypeWord {
  readonly dtype: DType;
  readonly shape: Shape;
  readonly byteLength: number;
  readonly bytes: Uint8Array;
}

/** A power of two. */
const PLACES = 256;

export class TypeWords {
  readonly #known: (TypeWord | undefined)[] = new Array(PLACES);
  readonly #lines = new ByteLines();

  /** `put` writes the part of a line for a sound tensor; of its facts only dtype, shape and size may count. */
  constructor(readonly put: (lines: ByteLines, facts: TensorFacts) => void) {}

  of(facts: TensorFacts): Uint8Array {
    const { dtype, shape, byteLength } = facts;
    // Sizes of one file may differ in their upper bits alone.
    const place = ((byteLength >> 2) ^ (byteLength >> 12) ^ dtype.number) & (PLACES - 1);
    const known = this.#known[place];
    if (
      known !== undefined &&
      known.byteLength === byteLength &&
      known.dtype === dtype &&
      sameShape(known.shape, shape)
    )
      return known.bytes;
    this.#lines.length = 0;
    this.put(this.#lines, facts);
    const bytes = this.#lines.bytes.slice(0, this.#lines.length);
    this.#known[place] = { dtype, shape, byteLength, bytes };
    return bytes;
  }
}
