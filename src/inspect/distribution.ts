/** How numbers are distributed: percentiles and histograms, of numbers in order or of counts. */

export const PERCENTILES = [1, 5, 25, 50, 75, 95, 99] as const;
export const HISTOGRAM_BINS = 20;

/** Counts in equal steps from the least to the largest. */
export interface HistogramShape {
  readonly edges: readonly number[];
  readonly counts: readonly number[];
}

/** Numbers by the upper 16 bits of their float32. */
export class Sketch {
  readonly counts = new Float64Array(1 << 16);
  readonly #float = new Float32Array(1);
  readonly #bits = new Uint32Array(this.#float.buffer);

  add(value: number): void {
    this.#float[0] = value;
    this.counts[(this.#bits[0] as number) >>> 16]!++;
  }

  addCounts(counts: Uint32Array): void {
    for (let code = 0; code < counts.length; code++) this.counts[code]! += counts[code]!;
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

/** The number at a rank, among numbers of which each stands there several times. */
export function rankIn(
  counts: readonly { readonly value: number; readonly count: number }[],
): (rank: number) => number {
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
export function percentilesOf(count: number, valueAt: (rank: number) => number): Record<string, number> {
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

export class Histogram {
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

  get shape(): HistogramShape {
    return { edges: this.#edges, counts: this.#counts };
  }
}
