/** The moments of float32 in a buffer that lies in WebAssembly's memory, and counts of them by their upper bits. */
import type { ChecksumBuffer } from '../bytes/crc32c-engine.ts';
import { type FloatFigures, floatFigures } from '../tensor/float-figures.ts';
import { Moments } from '../tensor/moments.ts';

/** Words of the table of counts: one for each value of the upper 16 bits. */
export const COUNTS = 1 << 16;
/** What the loops note: room for 256 bytes. */
const NOTES = 32;
/** Squares around zero are good as long as what must be taken off for the mean is at most so much of what is left. */
const MOST_OFF = 1;

export class MomentsLoop {
  readonly #kernels: FloatFigures;
  readonly #floats: Float32Array;
  readonly #words: Float64Array;
  readonly #counts: Uint32Array;
  readonly #at: { readonly notes: number; readonly counts: number };

  /** Numbers lie at the start of the buffer; behind them, at `counts`, is the table, and at `notes` room for notes. */
  constructor(engine: ChecksumBuffer, counts: number, notes: number) {
    const kernels = floatFigures(engine);
    if (kernels === undefined) throw new Error('moments are computed in the memory of WebAssembly alone');
    this.#kernels = kernels;
    const { buffer } = engine.buffer;
    this.#at = { notes: kernels.start + notes, counts: kernels.start + counts };
    this.#floats = new Float32Array(buffer, kernels.start, counts >>> 2);
    this.#words = new Float64Array(buffer, this.#at.notes, NOTES);
    this.#counts = new Uint32Array(buffer, this.#at.counts, COUNTS);
    this.#counts.fill(0);
  }

  /** Adds the first `count` numbers of the buffer; where some are not finite, the others are moved together. */
  add(count: number, into: Moments, withCounts: boolean): void {
    const whole = count - (count % 4);
    const moments = this.#momentsOf(whole);
    let finite = count;
    if (moments === undefined) finite = this.#passOver(count, into);
    const fours = finite - (finite % 4);
    const known = moments ?? this.#momentsOf(fours);
    if (known !== undefined) into.join(known);
    into.addFew(this.#floats.subarray(fours, finite));
    if (withCounts) this.#kernels.exports.countsOfFloat32(this.#kernels.start, finite, this.#at.counts);
  }

  /** Moves what is finite together, and counts the others; returns how many are left. */
  #passOver(count: number, into: Moments): number {
    const floats = this.#floats;
    let finite = 0;
    for (let i = 0; i < count; i++) {
      const value = floats[i] as number;
      if (value - value === 0) floats[finite++] = value;
      else if (Number.isNaN(value)) into.nan++;
      else into.inf++;
    }
    return finite;
  }

  /** Undefined where some of the numbers, which come by fours, are not finite. */
  #momentsOf(count: number): Moments | undefined {
    const moments = new Moments();
    if (count === 0) return moments;
    const { exports, start } = this.#kernels;
    const words = this.#words;
    exports.momentsOfFloat32(start, count, this.#at.notes);
    for (let part = 0; part < 2; part++) {
      moments.sum.join({ high: words[part] as number, low: words[part + 2] as number });
    }
    if (!Number.isFinite(moments.sum.value)) return undefined;
    const lanes = new Float32Array(words.buffer, this.#at.notes + 48, 8);
    const zeros = new Uint32Array(words.buffer, this.#at.notes + 80, 4);
    moments.finite = count;
    moments.min = Math.min(...lanes.subarray(0, 4));
    moments.max = Math.max(...lanes.subarray(4));
    moments.zeros = zeros.reduce((sum, each) => sum + each, 0);
    const squares = (words[4] as number) + (words[5] as number);
    const off = moments.mean ** 2 * count;
    if (off <= MOST_OFF * (squares - off)) moments.squares.add(squares - off);
    else this.#spread(count, moments);
    return moments;
  }

  /** The squares around the mean, where they lie in another place than was thought. */
  #spread(count: number, moments: Moments): void {
    const words = this.#words;
    this.#kernels.exports.spreadOfFloat32(this.#kernels.start, count, moments.mean, this.#at.notes);
    const four = (at: number): number => words.subarray(at, at + 4).reduce((sum, part) => sum + part, 0);
    const rest = four(4);
    moments.squares.add(four(0));
    moments.squares.add(-(rest * rest) / count);
  }

  /** Adds the counts so far to a table, which other threads may add to as well, and begins anew. */
  takeCounts(table: Uint32Array): void {
    for (let code = 0; code < COUNTS; code++) {
      const count = this.#counts[code] as number;
      if (count > 0) Atomics.add(table, code, count);
    }
    this.#counts.fill(0);
  }
}
