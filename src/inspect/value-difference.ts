/** How far the values of two tensors of the same dtype and shape lie apart: one pass over both, a chunk at a time. */

import type { DifferenceFigures } from '../tensor/differences.ts';
import type { DType } from '../tensor/dtype.ts';
import { elementCount } from '../tensor/shape.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { checkStored, sha256Of } from './digest.ts';
import { liePlain } from './plain-floats.ts';
import { chunksOfElements, hasNumbers, widening } from './statistics.ts';
import { sameExtent, storedContent } from './stored-content.ts';

export interface Tolerance {
  /** Values are alike where |a - b| is at most `atol + rtol * |b|`, as in numpy's allclose. Both are 0 unless given. */
  readonly atol?: number;
  readonly rtol?: number;
  /** Whether NaN is like NaN; where all bytes are equal, it is. */
  readonly equalNan?: boolean;
}

/** Figures over the elements; of a complex one its parts count one by one. */
export interface ValueDifference {
  /** Whether all are alike within the tolerance. */
  readonly alike: boolean;
  /** How it is known: by the checksums that the checkpoints recorded, or by reading. */
  readonly by: 'checksum' | 'content';
  /** Elements that are not alike; of text and other content that is no number, undefined. */
  readonly differing?: number;
  /** Over the pairs of which both are finite. */
  readonly maxAbs?: number;
  readonly meanAbs?: number;
  /** Largest |a - b| / |b|, over those with b not 0. */
  readonly maxRelative?: number;
  /** Of the angle between both, taken as vectors; null where one is zero. */
  readonly cosine?: number | null;
  /** Floats that lie between, plus one, at the most; of floats only. */
  readonly maxUlp?: number;
  /** Where the largest absolute difference stands. */
  readonly at?: readonly number[];
}

const EQUAL: ValueDifference = { alike: true, by: 'content', differing: 0, maxAbs: 0, meanAbs: 0, maxRelative: 0 };

function sameChecksum(a: Tensor, b: Tensor): boolean {
  const [one, other] = [a.stored, b.stored];
  return (
    one?.crc32c !== undefined &&
    one.crc32c === other?.crc32c &&
    one.byteLength === other.byteLength &&
    one.byteOrder === other.byteOrder
  );
}

type Codes = ((chunk: Uint8Array, element: number) => number | bigint) | undefined;

/** Floats as integers in their order, for the count of those between; undefined where the dtype is none. */
function orderedCodes({ name, width }: DType): Codes {
  if (!/^(?:float|bfloat)/.test(name) || ![1, 2, 4, 8].includes(width)) return undefined;
  const order = (code: number, sign: number): number => (code & sign ? -(code & (sign - 1)) : code);
  const view = (chunk: Uint8Array) => new DataView(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  if (width === 1) return (chunk, i) => order(chunk[i] as number, 0x80);
  if (width === 2) return (chunk, i) => order(view(chunk).getUint16(2 * i, true), 0x8000);
  if (width === 4) {
    return (chunk, i) => {
      const code = view(chunk).getInt32(4 * i, true);
      return code < 0 ? -(code & 0x7fffffff) : code;
    };
  }
  return (chunk, i) => {
    const code = view(chunk).getBigInt64(8 * i, true);
    return code < 0n ? -(code & 0x7fffffffffffffffn) : code;
  };
}

class Comparison {
  differing = 0;
  maxAbs = 0;
  maxRelative = 0;
  maxUlp = 0;
  at = -1;
  #sum = 0;
  #finite = 0;
  #dot = 0;
  #squaresA = 0;
  #squaresB = 0;
  readonly #codes: Codes;
  readonly #isLong: boolean;

  constructor(
    readonly dtype: DType,
    readonly tolerance: Tolerance,
  ) {
    this.#codes = orderedCodes(dtype);
    this.#isLong = dtype.width === 8 && (dtype.kind === 'int' || dtype.kind === 'uint');
  }

  get cosine(): number | null {
    return cosineOf(this.#dot, this.#squaresA, this.#squaresB);
  }

  get meanAbs(): number {
    return this.#finite === 0 ? 0 : this.#sum / this.#finite;
  }

  get hasCodes(): boolean {
    return this.#codes !== undefined;
  }

  /** Chunks of the same elements, the first of which is `first`; numbers of both, of which an element may have several. */
  add(chunks: readonly [Uint8Array, Uint8Array], numbers: readonly [Float64Array, Float64Array], first: number): void {
    const [a, b] = numbers;
    const each = a.length / (chunks[0].length / this.dtype.width);
    let [dot, squaresA, squaresB] = [0, 0, 0];
    for (let i = 0; i < a.length; i++) {
      const [x, y] = [a[i] as number, b[i] as number];
      if (x - x === 0 && y - y === 0) {
        dot += x * y;
        squaresA += x * x;
        squaresB += y * y;
        this.#finite++;
        if (x !== y) this.#apart(x, y, chunks, i, first + Math.floor(i / each));
        else if (this.#isLong) this.#large(chunks, i, first + i);
      } else if (x !== y && !(this.tolerance.equalNan === true && Number.isNaN(x) && Number.isNaN(y))) this.differing++;
    }
    this.#dot += dot;
    this.#squaresA += squaresA;
    this.#squaresB += squaresB;
  }

  #apart(x: number, y: number, chunks: readonly [Uint8Array, Uint8Array], i: number, element: number): void {
    const difference = Math.abs(x - y);
    this.#note(difference, Math.abs(y), element);
    if (this.#codes === undefined) return;
    const [one, other] = [this.#codes(chunks[0], i), this.#codes(chunks[1], i)];
    const ulp = Math.abs(typeof one === 'bigint' ? Number(one - (other as bigint)) : one - (other as number));
    if (ulp > this.maxUlp) this.maxUlp = ulp;
  }

  /** Integers that float64 takes for equal may not be. */
  #large([one, other]: readonly [Uint8Array, Uint8Array], i: number, element: number): void {
    const read = (chunk: Uint8Array): bigint => {
      const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.byteLength);
      return this.dtype.kind === 'uint' ? view.getBigUint64(8 * i, true) : view.getBigInt64(8 * i, true);
    };
    const [x, y] = [read(one), read(other)];
    if (x !== y) this.#note(Math.abs(Number(x - y)), Math.abs(Number(y)), element);
  }

  #note(difference: number, size: number, element: number): void {
    const { atol = 0, rtol = 0 } = this.tolerance;
    this.#sum += difference;
    if (difference > atol + rtol * size) this.differing++;
    if (difference > this.maxAbs) {
      this.maxAbs = difference;
      this.at = element;
    }
    if (size > 0 && difference / size > this.maxRelative) this.maxRelative = difference / size;
  }
}

const breath = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const BREATH_CHUNKS = 16;

/**
 * Compares the values of two tensors of the same dtype and shape; equal checksums that the checkpoints recorded are taken for
 * equal content, unread. Throws a `CkptError` where content cannot be read.
 */
export async function valueDifference(
  name: string,
  a: Tensor,
  b: Tensor,
  tolerance: Tolerance = {},
  onBytes: (bytes: number) => void = () => {},
): Promise<ValueDifference> {
  if (sameChecksum(a, b)) return { ...EQUAL, by: 'checksum' };
  if (!hasNumbers(a.dtype)) {
    const [one, other] = [await sha256Of(name, a), await sha256Of(name, b)];
    onBytes(a.byteLength);
    return { alike: one === other, by: 'content' };
  }
  checkStored(name, a);
  checkStored(name, b);
  const [one, other] = [storedContent(name, a), storedContent(name, b)];
  if (!sameExtent(one, other)) return { alike: false, by: 'content' };
  const comparison = new Comparison(a.dtype, tolerance);
  const widen = widening(a.dtype);
  const others = chunksOfElements(other.source, b.dtype.width);
  let [first, chunks] = [0, 0];
  for (const chunk of chunksOfElements(one.source, a.dtype.width)) {
    const beside = others.next().value as Uint8Array;
    comparison.add([chunk, beside], [widen(chunk), widen(beside)], first);
    first += chunk.length / a.dtype.width;
    onBytes(chunk.length);
    if (++chunks % BREATH_CHUNKS === 0) await breath();
  }
  return resultOf(comparison, a);
}

/** Tensors of one name, dtype and shape. */
export interface ComparedPair {
  readonly name: string;
  readonly a: Tensor;
  readonly b: Tensor;
}

/**
 * The same of many pairs, in their order: of float32 that lie in files on two threads. `onBytes` hears how many bytes more of the
 * first ones were read.
 */
export async function valueDifferences(
  pairs: readonly ComparedPair[],
  tolerance: Tolerance = {},
  onBytes: (bytes: number) => void = () => {},
): Promise<ValueDifference[]> {
  const found = new Map<ComparedPair, ValueDifference>();
  const quick = pairs.filter(({ a, b }) => !sameChecksum(a, b) && liePlain(a) && liePlain(b));
  if (quick.length > 0) {
    const { differencesIn } = await import('./quick-figures.ts');
    const { atol = 0, rtol = 0, equalNan = false } = tolerance;
    const figures = await differencesIn(quick, { atol, rtol, equalNan }, onBytes);
    for (const [i, pair] of quick.entries())
      found.set(pair, resultOf(asComparison(figures[i] as DifferenceFigures), pair.a));
  }
  const differences: ValueDifference[] = [];
  for (const pair of pairs) {
    const { name, a, b } = pair;
    differences.push(found.get(pair) ?? (await valueDifference(name, a, b, tolerance, onBytes)));
  }
  return differences;
}

type ComparedFigures = Omit<Comparison, 'add' | 'dtype' | 'tolerance'>;

function asComparison(figures: DifferenceFigures): ComparedFigures {
  const { differing, finite, sum, products, squaresA, squaresB, maxAbs, at, maxRelative, maxUlp } = figures;
  const meanAbs = finite === 0 ? 0 : sum / finite;
  return {
    differing,
    maxAbs,
    maxRelative,
    maxUlp,
    at,
    meanAbs,
    cosine: cosineOf(products, squaresA, squaresB),
    hasCodes: true,
  };
}

function cosineOf(products: number, squaresA: number, squaresB: number): number | null {
  // One root of the product where that is a number: vectors that are the same have 1 then, to the last digit.
  const product = squaresA * squaresB;
  const isPlain = product > Number.MIN_VALUE / Number.EPSILON && product < Number.POSITIVE_INFINITY;
  const norm = isPlain ? Math.sqrt(product) : Math.sqrt(squaresA) * Math.sqrt(squaresB);
  return norm === 0 ? null : Math.max(-1, Math.min(1, products / norm));
}

function resultOf(comparison: ComparedFigures, tensor: Tensor): ValueDifference {
  const { differing, maxAbs, meanAbs, maxRelative, cosine, maxUlp, at, hasCodes } = comparison;
  return {
    alike: differing === 0,
    by: 'content',
    differing,
    maxAbs,
    meanAbs,
    maxRelative,
    cosine: elementCount(tensor.shape) === 0 ? null : cosine,
    ...(hasCodes ? { maxUlp } : {}),
    ...(at < 0 ? {} : { at: storedContent('', tensor).indexOf(at) }),
  };
}
