/** What new elements hold: zeros, ones, random numbers, or the mean along an axis; made where it is read, a chunk at a time. */
import { assertWithin, type ByteSource } from '../bytes/source.ts';
import { UnsupportedError, UsageError } from '../errors.ts';
import { normalPair, Philox, type Seed, unitFloat } from '../random/philox.ts';
import type { DType } from '../tensor/dtype.ts';
import { elementCount, type Shape } from '../tensor/shape.ts';
import { numbersFromFloats } from './numbers.ts';

export type Filling =
  | { readonly kind: 'zeros' }
  | { readonly kind: 'ones' }
  | { readonly kind: 'normal'; readonly stddev: number }
  | { readonly kind: 'uniform'; readonly low: number; readonly high: number };

/** `zeros`, `ones`, `normal:0.02`, `uniform:-1,1`; undefined for a text that is none of them. */
export function parseFilling(text: string): Filling | undefined {
  if (text === 'zeros' || text === 'ones') return { kind: text };
  const [kind, rest = ''] = [text.slice(0, text.indexOf(':')), text.slice(text.indexOf(':') + 1)];
  if (kind !== 'normal' && kind !== 'uniform') return undefined;
  const numbers = rest.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
  const [first = Number.NaN, second = Number.NaN] = numbers;
  if (kind === 'normal' && numbers.length === 1 && first >= 0 && first < Number.POSITIVE_INFINITY) {
    return { kind, stddev: first };
  }
  if (kind === 'uniform' && numbers.length === 2 && first < second && second - first < Number.POSITIVE_INFINITY) {
    return { kind, low: first, high: second };
  }
  const example = kind === 'normal' ? 'normal:0.02, a standard deviation' : 'uniform:-1,1, the lower bound first';
  throw new UsageError(`${text} is no ${kind} distribution; write ${example}`);
}

/** Floats by position: `fill(out, first)` fills `out` with the elements from `first` on. */
type FillFloats = (out: Float64Array, first: number) => void;

const WORDS_AT_ONCE = 4096;

function uniformFloats(seed: Seed, low: number, high: number): FillFloats {
  const philox = new Philox(seed);
  const words = new Uint32Array(WORDS_AT_ONCE);
  const [from, range] = [Math.fround(low), Math.fround(Math.fround(high) - Math.fround(low))];
  return (out, first) =>
    walk(out, first, philox, words, (word) => Math.fround(Math.fround(unitFloat(word) * range) + from));
}

function normalFloats(seed: Seed, stddev: number): FillFloats {
  const philox = new Philox(seed);
  const words = new Uint32Array(WORDS_AT_ONCE);
  const scale = Math.fround(stddev);
  return (out, first) =>
    walk(out, first, philox, words, (_, at) => {
      const pair = normalPair(words[at & ~1] as number, words[at | 1] as number);
      return Math.fround((pair[at & 1] as number) * scale);
    });
}

/** Goes through the words that elements `first` and on are made of, some thousand at a time. */
function walk(
  out: Float64Array,
  first: number,
  philox: Philox,
  words: Uint32Array,
  make: (word: number, at: number) => number,
): void {
  for (let done = 0; done < out.length; ) {
    const skip = (first + done) % 4;
    const count = Math.min(out.length - done, words.length - skip);
    philox.words((first + done - skip) / 4, words.subarray(0, 4 * Math.ceil((skip + count) / 4)));
    for (let i = 0; i < count; i++) out[done + i] = make(words[skip + i] as number, skip + i);
    done += count;
  }
}

function fillerOf(filling: Filling, seed: Seed): FillFloats | undefined {
  switch (filling.kind) {
    case 'zeros':
      return undefined;
    case 'ones':
      return (out) => void out.fill(1);
    case 'normal':
      return normalFloats(seed, filling.stddev);
    case 'uniform':
      return uniformFloats(seed, filling.low, filling.high);
  }
}

const CHUNK_ELEMENTS = 64 * 1024;

/** Elements made from float64, a chunk at a time. */
export class FloatSource implements ByteSource {
  readonly byteLength: number;
  readonly #encode: (values: Float64Array) => Uint8Array;
  readonly #values = new Float64Array(CHUNK_ELEMENTS);

  constructor(
    readonly dtype: DType,
    shape: Shape,
    readonly fill: FillFloats,
  ) {
    this.byteLength = elementCount(shape) * dtype.width;
    this.#encode = numbersFromFloats(dtype);
  }

  readInto(target: Uint8Array, offset: number): void {
    assertWithin(this, offset, target.length, 'new elements');
    const { width } = this.dtype;
    for (let done = 0; done < target.length; ) {
      const first = Math.floor((offset + done) / width);
      const skip = offset + done - first * width;
      const count = Math.min(CHUNK_ELEMENTS, Math.ceil((skip + target.length - done) / width));
      const values = this.#values.subarray(0, count);
      this.fill(values, first);
      const bytes = this.#encode(values).subarray(skip, skip + target.length - done);
      target.set(bytes, done);
      done += bytes.length;
    }
  }
}

class ZeroSource implements ByteSource {
  constructor(readonly byteLength: number) {}
  readInto(target: Uint8Array, offset: number): void {
    assertWithin(this, offset, target.length, 'zeros');
    target.fill(0);
  }
}

/**
 * A source of a whole tensor of new elements. Random numbers are those of `tf.random.stateless_normal(shape, seed)` and
 * `stateless_uniform` at the same place, times the deviation or the range, in single precision, then rounded to the dtype.
 */
export function fillingSource(filling: Filling, dtype: DType, shape: Shape, seed: Seed): ByteSource {
  const fill = fillerOf(filling, seed);
  if (fill === undefined) return new ZeroSource(elementCount(shape) * dtype.width);
  const isRandom = filling.kind === 'normal' || filling.kind === 'uniform';
  if (dtype.kind === 'complex' || (isRandom && dtype.kind !== 'float')) {
    throw new UnsupportedError(`a tensor of ${dtype.name} cannot be filled with ${filling.kind}; zeros can`, 'dtype');
  }
  return new FloatSource(dtype, shape, fill);
}
