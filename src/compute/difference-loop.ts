/** What float32 in a buffer that lies in WebAssembly's memory differ in from others there. */
import type { ChecksumBuffer } from '../bytes/crc32c-engine.ts';
import { type AlikeWithin, DifferenceFigures } from '../tensor/differences.ts';
import { type FloatFigures, floatFigures, INFINITY_BITS } from '../tensor/float-figures.ts';

/** What division of float32 loses, and more: where the largest quotient may be one that counts, it is looked for. */
const ABOUT = 1 + 2 ** -20;

export class DifferenceLoop {
  readonly #figures: FloatFigures;
  readonly #a: Float32Array;
  readonly #b: Float32Array;
  readonly #notes: number;

  /** The ones lie at the start of the buffer, the others `stride` bytes on; at `notes` is room for 224 bytes. */
  constructor(engine: ChecksumBuffer, stride: number, notes: number) {
    const figures = floatFigures(engine);
    if (figures === undefined) throw new Error('differences are computed in the memory of WebAssembly alone');
    this.#figures = figures;
    this.#a = new Float32Array(engine.buffer.buffer, figures.start, stride >>> 2);
    this.#b = new Float32Array(engine.buffer.buffer, figures.start + stride, stride >>> 2);
    this.#notes = figures.start + notes;
  }

  /** Adds the first `count` pairs, of which the first is element `first`. */
  add(count: number, first: number, within: AlikeWithin, into: DifferenceFigures): void {
    const fours = count - (count % 4);
    const found = this.#differenceOf(fours, first, within, into);
    const done = found === undefined ? 0 : fours;
    if (found !== undefined) into.join(found);
    into.addFew(this.#a.subarray(done, count), this.#b.subarray(done, count), first + done, within);
  }

  /** Undefined where some are not finite: these are taken one by one. */
  #differenceOf(count: number, first: number, { atol, rtol }: AlikeWithin, before: DifferenceFigures) {
    const figures = new DifferenceFigures();
    if (count === 0) return figures;
    const { exports, start } = this.#figures;
    exports.differenceOfFloat32(start, this.#b.byteOffset, count, atol, rtol, this.#notes);
    const memory = this.#a.buffer;
    const sums = new Float64Array(memory, this.#notes, 10);
    const counts = new BigInt64Array(memory, this.#notes + 80, 2);
    const lanes = new Float32Array(memory, this.#notes + 96, 4);
    const words = new Uint32Array(memory, this.#notes + 112, 8);
    if (words.subarray(4).some((bits) => bits >= INFINITY_BITS)) return undefined;
    const pair = (at: number): number => (sums[at] as number) + (sums[at + 1] as number);
    figures.finite = count;
    [figures.sum, figures.products, figures.squaresA, figures.squaresB] = [pair(0), pair(2), pair(4), pair(6)];
    figures.maxAbs = Math.max(sums[8] as number, sums[9] as number);
    figures.differing = Number((counts[0] as bigint) + (counts[1] as bigint));
    figures.maxUlp = Math.max(...words.subarray(0, 4));
    const isLargest = figures.maxAbs > before.maxAbs;
    const mayBeRelative = Math.max(...lanes) * ABOUT > before.maxRelative;
    if (isLargest || mayBeRelative) this.#find(count, first, figures);
    return figures;
  }

  /** Finds the place of the largest distance, and the largest in relation, which the loop knows only about. */
  #find(count: number, first: number, figures: DifferenceFigures): void {
    const [a, b] = [this.#a, this.#b];
    for (let i = 0; i < count; i++) {
      const [x, y] = [a[i] as number, b[i] as number];
      const distance = Math.abs(x - y);
      if (distance === figures.maxAbs && figures.at < 0 && distance > 0) figures.at = first + i;
      const size = Math.abs(y);
      if (size > 0 && distance / size > figures.maxRelative) figures.maxRelative = distance / size;
    }
  }
}
