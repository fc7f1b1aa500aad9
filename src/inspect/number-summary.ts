/**
 * What can be said of many numbers in one pass over them: extremes, moments, percentiles, a histogram. Numbers come in blocks of
 * float64; nothing is kept but counts.
 */

import { ExactSum } from '../tensor/exact-sum.ts';
import type { Moments } from '../tensor/moments.ts';
import { Histogram, type HistogramShape, percentilesOf, rankIn, Sketch } from './distribution.ts';

/** Up to so many numbers all are kept, and percentiles and histograms are exact. */
export const EXACT_COUNT = 1 << 20;

/** Figures over the finite numbers; null where there are none. */
export interface NumberSummary {
  /** All numbers. */
  readonly count: number;
  readonly finite: number;
  readonly zeros: number;
  readonly nan: number;
  readonly inf: number;
  readonly min: number | null;
  readonly max: number | null;
  readonly mean: number | null;
  /** Of the population. */
  readonly std: number | null;
  /** The square root of the sum of squares. */
  readonly l2: number | null;
  /**
   * By percent, as numpy's `percentile` interpolates them: exact up to {@link EXACT_COUNT} numbers, beyond that from counts of
   * the numbers cut to the upper 16 bits of float32, which is within 0.8 % of the value.
   */
  readonly percentiles: Readonly<Record<string, number>> | null;
  /** Counts in equal steps from min to max; like the percentiles, exact up to {@link EXACT_COUNT} numbers. */
  readonly histogram: HistogramShape | null;
}

const BLOCK = 4096;

/** Beyond these magnitudes squares and sums leave float64: they are then made of numbers scaled by a power of two. */
const HUGE = 2 ** 480;
const TINY = 2 ** -480;
const HUGE_SCALE = 2 ** -536;
const TINY_SCALE = 2 ** 600;

/** The scale for numbers of which the largest is of this magnitude. */
const scaleFor = (most: number): number => (most > HUGE ? HUGE_SCALE : most < TINY ? TINY_SCALE : 1);

/** Gathers numbers; {@link summary} may be asked at any time. */
export class NumberSummarizer {
  #count = 0;
  #zeros = 0;
  #nan = 0;
  #inf = 0;
  #min = Number.POSITIVE_INFINITY;
  #max = Number.NEGATIVE_INFINITY;
  #finite = 0;
  #scale = 1;
  readonly #sum = new ExactSum();
  /** Sum of squares of the distances from the mean, block joined to block (Chan, Golub and LeVeque). */
  readonly #squares = new ExactSum();
  /** The first number: squares are made of distances from it, so that numbers far from zero lose no digits. */
  #origin: number | undefined;
  readonly #fromOrigin = new ExactSum();
  readonly #norm = new ExactSum();
  readonly #scratch = new Float64Array(BLOCK);
  #kept: Float64Array[] | undefined = [];
  #sketch: Sketch | undefined;
  readonly #distributes: boolean;

  /** Percentiles and the histogram can be asked for unless `distribution` is false. */
  constructor({ distribution = true }: { readonly distribution?: boolean | undefined } = {}) {
    this.#distributes = distribution;
  }

  /** Adds numbers of which only the moments are known, and how often each upper 16 bits of a float32 came where that is. */
  addMoments(moments: Moments, counts?: Uint32Array): void {
    this.#count += moments.finite + moments.nan + moments.inf;
    this.#nan += moments.nan;
    this.#inf += moments.inf;
    if (moments.finite === 0) return;
    this.#min = Math.min(this.#min, moments.min);
    this.#max = Math.max(this.#max, moments.max);
    this.#rescale();
    const scale = this.#scale;
    const { finite, mean } = moments;
    const squares = moments.squares.value * scale * scale;
    this.#origin ??= mean * scale;
    const apart = mean * scale - this.#origin;
    if (this.#finite > 0) {
      const delta = apart - this.#fromOrigin.value / this.#finite;
      this.#squares.add(((delta * delta * this.#finite) / (this.#finite + finite)) * finite);
    }
    this.#squares.add(squares);
    this.#fromOrigin.add(apart * finite);
    this.#norm.add(squares);
    this.#norm.add((mean * scale) ** 2 * finite);
    this.#sum.add(moments.sum.high * scale);
    this.#sum.add(moments.sum.low * scale);
    this.#finite += finite;
    this.#zeros += moments.zeros;
    if (counts !== undefined) this.#toSketch().addCounts(counts);
  }

  /** Adds numbers; `rests` is what float64 lost of each, of integers that are too long for it. */
  add(values: Float64Array, rests?: Float64Array): void {
    for (let at = 0; at < values.length; at += BLOCK) {
      this.#block(values.subarray(at, at + BLOCK), rests?.subarray(at, at + BLOCK));
    }
  }

  #block(values: Float64Array, rests: Float64Array | undefined): void {
    const finite = this.#finiteOf(values);
    this.#count += values.length;
    if (finite.length === 0) return;
    let [min, max, zeros, norm] = [this.#min, this.#max, 0, 0];
    for (let i = 0; i < finite.length; i++) {
      const value = finite[i]!;
      if (value < min) min = value;
      if (value > max) max = value;
      if (value === 0) zeros++;
    }
    [this.#min, this.#max] = [min, max];
    this.#rescale();
    const scale = this.#scale;
    this.#origin ??= finite[0]! * scale;
    const origin = this.#origin;
    const [sum, fromOrigin] = [new ExactSum(), new ExactSum()];
    for (let i = 0; i < finite.length; i++) {
      const value = finite[i]! * scale;
      norm += value * value;
      sum.add(value);
      fromOrigin.add(value - origin);
    }
    for (let i = 0; rests !== undefined && i < rests.length; i++) {
      sum.add(rests[i]! * scale);
      fromOrigin.add(rests[i]! * scale);
    }
    this.#zeros += zeros;
    this.#norm.add(norm);
    this.#join(finite, rests, fromOrigin);
    this.#sum.add(sum.high);
    this.#sum.add(sum.low);
    this.#finite += finite.length;
    this.#keep(finite);
  }

  /** Goes over to the scale of the largest number so far; zeros are of any. */
  #rescale(): void {
    const most = Math.max(-this.#min, this.#max);
    const scale = most === 0 ? this.#scale : scaleFor(most);
    if (scale === this.#scale) return;
    const by = scale / this.#scale;
    this.#scale = scale;
    for (const sum of [this.#sum, this.#fromOrigin, this.#norm, this.#squares]) sum.scale(by);
    for (const squares of [this.#norm, this.#squares]) squares.scale(by);
    if (this.#origin !== undefined) this.#origin *= by;
  }

  /** The finite ones; the block itself where all are. */
  #finiteOf(values: Float64Array): Float64Array {
    let all = true;
    for (let i = 0; i < values.length && all; i++) all = values[i]! - values[i]! === 0;
    if (all) return values;
    let finite = 0;
    for (let i = 0; i < values.length; i++) {
      const value = values[i]!;
      if (value - value === 0) this.#scratch[finite++] = value;
      else if (Number.isNaN(value)) this.#nan++;
      else this.#inf++;
    }
    return this.#scratch.subarray(0, finite);
  }

  /** Adds the squares of a block: those around its own mean, and those of its mean around that of all before. */
  #join(values: Float64Array, rests: Float64Array | undefined, fromOrigin: ExactSum): void {
    const [count, origin, scale] = [values.length, this.#origin as number, this.#scale];
    const mean = fromOrigin.value / count;
    let [squares, rest] = [0, 0];
    for (let i = 0; i < count; i++) {
      const apart = values[i]! * scale - origin;
      const distance = (rests === undefined ? apart : apart + rests[i]! * scale) - mean;
      squares += distance * distance;
      rest += distance;
    }
    this.#squares.add(squares - (rest * rest) / count);
    if (this.#finite > 0) {
      const delta = mean - this.#fromOrigin.value / this.#finite;
      this.#squares.add(((delta * delta * this.#finite) / (this.#finite + count)) * count);
    }
    this.#fromOrigin.add(fromOrigin.high);
    this.#fromOrigin.add(fromOrigin.low);
  }

  #keep(values: Float64Array): void {
    if (!this.#distributes) return;
    if (this.#kept !== undefined && this.#finite <= EXACT_COUNT) {
      this.#kept.push(values.slice());
      return;
    }
    const sketch = this.#toSketch();
    for (let i = 0; i < values.length; i++) sketch.add(values[i]!);
  }

  /** Goes over to counts: too many numbers to keep them all. */
  #toSketch(): Sketch {
    const sketch = this.#sketch ?? new Sketch();
    for (const before of this.#kept ?? []) for (let i = 0; i < before.length; i++) sketch.add(before[i]!);
    this.#kept = undefined;
    this.#sketch = sketch;
    return sketch;
  }

  /** The numbers in order, where all are kept. */
  #sorted(kept: readonly Float64Array[]): Float64Array {
    const all = new Float64Array(this.#finite);
    let at = 0;
    for (const values of kept) {
      all.set(values, at);
      at += values.length;
    }
    return all.sort();
  }

  #distribution(): Pick<NumberSummary, 'percentiles' | 'histogram'> {
    const histogram = new Histogram(this.#min, this.#max);
    if (this.#kept !== undefined) {
      const sorted = this.#sorted(this.#kept);
      for (let i = 0; i < sorted.length; i++) histogram.add(sorted[i]!, 1);
      return { percentiles: percentilesOf(sorted.length, (rank) => sorted[rank]!), histogram: histogram.shape };
    }
    const counts = [...(this.#sketch as Sketch).ascending()].map(([value, count]) => ({
      value: Math.min(this.#max, Math.max(this.#min, value)),
      count,
    }));
    for (const { value, count } of counts) histogram.add(value, count);
    return { percentiles: percentilesOf(this.#finite, rankIn(counts)), histogram: histogram.shape };
  }

  /** The figures so far; percentiles and the histogram, which cost a sort, only when asked for. */
  summary({ distribution = true }: { distribution?: boolean } = {}): NumberSummary {
    const counts = { count: this.#count, finite: this.#finite, zeros: this.#zeros, nan: this.#nan, inf: this.#inf };
    const none = { percentiles: null, histogram: null };
    if (this.#finite === 0) return { ...counts, min: null, max: null, mean: null, std: null, l2: null, ...none };
    return {
      ...counts,
      // Of zeros of both signs either would do: it is the plain one.
      min: this.#min + 0,
      max: this.#max + 0,
      mean: this.#sum.value / this.#finite / this.#scale,
      std: Math.sqrt(Math.max(0, this.#squares.value) / this.#finite) / this.#scale,
      l2: Math.sqrt(this.#norm.value) / this.#scale,
      ...(distribution && this.#distributes ? this.#distribution() : none),
    };
  }
}
