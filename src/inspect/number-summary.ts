/**
 * What can be said of many numbers in one pass over them: extremes, moments, percentiles, a histogram. Numbers come in blocks of
 * float64; nothing is kept but counts.
 */

/** Up to so many numbers all are kept, and percentiles and histograms are exact. */
export const EXACT_COUNT = 1 << 20;
export const PERCENTILES = [1, 5, 25, 50, 75, 95, 99] as const;
export const HISTOGRAM_BINS = 20;

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
  readonly histogram: { readonly edges: readonly number[]; readonly counts: readonly number[] } | null;
}

const BLOCK = 4096;

/** From this magnitude on, squares and sums leave float64: they are then made of numbers scaled by a power of two. */
const HUGE = 2 ** 480;
const HUGE_SCALE = 2 ** -536;

/** A sum of float64 with what rounding lost, so that cancellation costs no digits (Knuth's two-sum). */
class ExactSum {
  high = 0;
  low = 0;

  add(value: number): void {
    const sum = this.high + value;
    const rounded = sum - this.high;
    this.low += this.high - (sum - rounded) + (value - rounded);
    this.high = sum;
  }

  get value(): number {
    return this.high + this.low;
  }

  scale(by: number): void {
    this.high *= by;
    this.low *= by;
  }
}

/** Numbers by the upper 16 bits of their float32. */
class Sketch {
  readonly counts = new Float64Array(1 << 16);
  readonly #float = new Float32Array(1);
  readonly #bits = new Uint32Array(this.#float.buffer);

  add(value: number): void {
    this.#float[0] = value;
    this.counts[(this.#bits[0] as number) >>> 16]!++;
  }

  /** The codes in the order of their numbers, with the middle of the numbers that each stands for. */
  *ascending(): Generator<readonly [value: number, count: number]> {
    for (let code = 0xff7f; code >= 0x8000; code--)
      if (this.counts[code]! > 0) yield [this.#middle(code), this.counts[code]!];
    for (let code = 0; code < 0x7f80; code++)
      if (this.counts[code]! > 0) yield [this.#middle(code), this.counts[code]!];
  }

  #middle(code: number): number {
    this.#bits[0] = (code << 16) | ((code & 0x7fff) === 0 ? 0 : 0x8000);
    return this.#float[0] as number;
  }
}

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

  add(values: Float64Array): void {
    for (let at = 0; at < values.length; at += BLOCK) this.#block(values.subarray(at, at + BLOCK));
  }

  #block(values: Float64Array): void {
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
    if (this.#scale === 1 && Math.max(-min, max) > HUGE) this.#rescale();
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
    [this.#min, this.#max] = [min, max];
    this.#zeros += zeros;
    this.#norm.add(norm);
    this.#join(finite, fromOrigin);
    this.#sum.add(sum.high);
    this.#sum.add(sum.low);
    this.#finite += finite.length;
    this.#keep(finite);
  }

  #rescale(): void {
    this.#scale = HUGE_SCALE;
    this.#sum.scale(HUGE_SCALE);
    this.#fromOrigin.scale(HUGE_SCALE);
    if (this.#origin !== undefined) this.#origin *= HUGE_SCALE;
    this.#norm.scale(HUGE_SCALE ** 2);
    this.#squares.scale(HUGE_SCALE ** 2);
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
  #join(values: Float64Array, fromOrigin: ExactSum): void {
    const [count, origin, scale] = [values.length, this.#origin as number, this.#scale];
    const mean = fromOrigin.value / count;
    let [squares, rest] = [0, 0];
    for (let i = 0; i < count; i++) {
      const distance = values[i]! * scale - origin - mean;
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
    if (this.#kept !== undefined && this.#finite <= EXACT_COUNT) {
      this.#kept.push(values.slice());
      return;
    }
    this.#sketch ??= new Sketch();
    for (const before of this.#kept ?? []) for (let i = 0; i < before.length; i++) this.#sketch.add(before[i]!);
    this.#kept = undefined;
    for (let i = 0; i < values.length; i++) this.#sketch.add(values[i]!);
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
      min: this.#min,
      max: this.#max,
      mean: this.#sum.value / this.#finite / this.#scale,
      std: Math.sqrt(Math.max(0, this.#squares.value) / this.#finite) / this.#scale,
      l2: Math.sqrt(this.#norm.value) / this.#scale,
      ...(distribution ? this.#distribution() : none),
    };
  }
}

/** The number at a rank, among numbers of which each stands there several times. */
function rankIn(counts: readonly { readonly value: number; readonly count: number }[]): (rank: number) => number {
  return (rank) => {
    let seen = 0;
    for (const { value, count } of counts) {
      seen += count;
      if (seen > rank) return value;
    }
    return counts.at(-1)?.value ?? Number.NaN;
  };
}

/** By linear interpolation between neighbours, as numpy's default. */
function percentilesOf(count: number, valueAt: (rank: number) => number): Record<string, number> {
  return Object.fromEntries(
    PERCENTILES.map((percent) => {
      const at = ((count - 1) * percent) / 100;
      const [low, high] = [valueAt(Math.floor(at)), valueAt(Math.ceil(at))];
      return [String(percent), between(low, high, at - Math.floor(at))];
    }),
  );
}

/** The number `share` of the way from one to another, which may lie further apart than float64 reaches. */
function between(low: number, high: number, share: number): number {
  const range = high - low;
  return Number.isFinite(range) ? low + range * share : low * (1 - share) + high * share;
}

class Histogram {
  readonly #min: number;
  readonly #width: number;
  readonly #edges: readonly number[];
  readonly #counts = new Array<number>(HISTOGRAM_BINS).fill(0);

  constructor(min: number, max: number) {
    this.#min = min;
    this.#width = max / HISTOGRAM_BINS - min / HISTOGRAM_BINS;
    this.#edges = Array.from({ length: HISTOGRAM_BINS + 1 }, (_, i) =>
      i > HISTOGRAM_BINS / 2 && i * this.#width > Number.MAX_VALUE
        ? max - (HISTOGRAM_BINS - i) * this.#width
        : i === HISTOGRAM_BINS
          ? max
          : min + i * this.#width,
    );
  }

  add(value: number, times: number): void {
    const above = value - this.#min;
    const steps = Number.isFinite(above) ? above / this.#width : value / this.#width - this.#min / this.#width;
    const bin = this.#width === 0 ? 0 : Math.floor(steps);
    this.#counts[Math.min(HISTOGRAM_BINS - 1, Math.max(0, bin))]! += times;
  }

  get shape(): NonNullable<NumberSummary['histogram']> {
    return { edges: this.#edges, counts: this.#counts };
  }
}
