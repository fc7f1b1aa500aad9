/**
 * The values of a record as content in the house's encoding. Floats that lie in one run are a region of the file; anything
 * else is decoded piece by piece, from marks that stand at every so many numbers.
 */
import { assertWithin, type ByteSource, RegionSource } from '../../bytes/source.ts';
import type { DType } from '../../tensor/dtype.ts';
import { countStrings, StringsSource } from './strings-source.ts';
import { checkCount, type ValueField } from './value-field.ts';
import { ValueWalker, type WalkPlace } from './value-walker.ts';

/** Numbers from one mark to the next. */
const MARK_EVERY = 1 << 16;

/**
 * The content of `elements` elements that a TensorProto holds. All of its fields are walked once, so that the count is
 * known to be right; throws {@link CorruptError} where it is not.
 */
export function openValues(proto: ByteSource, dtype: DType, field: ValueField, elements: number): ByteSource {
  if (field.encoding === 'string') return new StringsSource(proto, field.number, elements);
  const numbers = elements * field.perElement;
  const region = typeof field.encoding === 'number' ? singleRun(proto, field, numbers) : undefined;
  return region ?? new DecodedValues(proto, dtype, field, numbers);
}

/** How many whole elements a TensorProto holds; throws {@link CorruptError} where its values cannot be walked. */
export function countElements(proto: ByteSource, field: ValueField): number {
  if (field.encoding === 'string') return countStrings(proto, field.number);
  return Math.floor(new ValueWalker(proto, field).skip(Number.MAX_SAFE_INTEGER) / field.perElement);
}

/** The region that holds all of the numbers, when they lie in one run and nothing is beside it. */
function singleRun(proto: ByteSource, field: ValueField, numbers: number): ByteSource | undefined {
  const walker = new ValueWalker(proto, field);
  const run = walker.nextRun();
  if (run === undefined || run.runEnd !== proto.byteLength) return undefined;
  const width = field.encoding as number;
  checkCount((run.runEnd - run.position) / width, numbers);
  return new RegionSource(proto, run.position, run.runEnd - run.position);
}

class DecodedValues implements ByteSource {
  readonly byteLength: number;
  /** Bytes of a decoded number. */
  readonly #width: number;
  readonly #flags: boolean;
  readonly #positions: number[] = [];
  readonly #runEnds: number[] = [];
  /** Where the last read ended: the next one usually begins there. */
  #last: { readonly number: number; readonly place: WalkPlace } | undefined;

  constructor(
    readonly proto: ByteSource,
    dtype: DType,
    readonly field: ValueField,
    numbers: number,
  ) {
    this.#width = dtype.width / field.perElement;
    this.#flags = dtype.kind === 'bool';
    this.byteLength = numbers * this.#width;
    checkCount(this.#mark(), numbers);
  }

  /** Walks through everything, setting marks; returns how many numbers there are. */
  #mark(): number {
    const walker = new ValueWalker(this.proto, this.field);
    let found = 0;
    for (;;) {
      const { position, runEnd } = walker.place;
      this.#positions.push(position);
      this.#runEnds.push(runEnd);
      const skipped = walker.skip(MARK_EVERY);
      found += skipped;
      if (skipped < MARK_EVERY) return found;
    }
  }

  /** A walker that stands before number `index`. */
  #walkerAt(index: number): ValueWalker {
    const last = this.#last;
    const mark = Math.floor(index / MARK_EVERY);
    const resumes = last !== undefined && last.number <= index && last.number >= mark * MARK_EVERY;
    const place = resumes
      ? last.place
      : { position: this.#positions[mark] as number, runEnd: this.#runEnds[mark] as number };
    const walker = new ValueWalker(this.proto, this.field, place);
    walker.skip(index - (resumes ? last.number : mark * MARK_EVERY));
    return walker;
  }

  readInto(target: Uint8Array, offset: number): void {
    assertWithin(this, offset, target.length, 'values');
    if (target.length === 0) return;
    const width = this.#width;
    const first = Math.floor(offset / width);
    const count = Math.ceil((offset + target.length) / width) - first;
    const walker = this.#walkerAt(first);
    const whole = count * width === target.length ? target : new Uint8Array(count * width);
    walker.read(count, whole, width, this.#flags);
    this.#last = { number: first + count, place: walker.place };
    if (whole !== target) target.set(whole.subarray(offset - first * width, offset - first * width + target.length));
  }
}
