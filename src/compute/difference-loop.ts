/** What float32 in a buffer that lies in WebAssembly's memory differ in from others there. */
import type { ChecksumBuffer } from '../bytes/crc32c-engine.ts';
import { type AlikeWithin, DifferenceFigures } from '../tensor/differences.ts';
import { floatDifferences } from '../tensor/float-figures.ts';

export class DifferenceLoop {
  readonly #exports: NonNullable<ReturnType<typeof floatDifferences>>['exports'];
  readonly #a: Float32Array;
  readonly #b: Float32Array;
  /** What the loop notes: sums in two parts each, and single numbers behind. */
  readonly #sums: Float64Array;
  readonly #view: DataView;

  /** The ones lie at the start of the buffer, the others `stride` bytes on; at `notes` is room for 128 bytes. */
  constructor(engine: ChecksumBuffer, stride: number, notes: number) {
    const loops = floatDifferences(engine);
    if (loops === undefined) throw new Error('differences are computed in the memory of WebAssembly alone');
    const { exports, start } = loops;
    const { buffer } = engine.buffer;
    this.#exports = exports;
    this.#a = new Float32Array(buffer, start, stride >>> 2);
    this.#b = new Float32Array(buffer, start + stride, stride >>> 2);
    this.#sums = new Float64Array(buffer, start + notes, 11);
    this.#view = new DataView(buffer, start + notes, 128);
  }

  /** Adds the first `count` pairs, of which the first is element `first`. */
  add(count: number, first: number, within: AlikeWithin, into: DifferenceFigures): void {
    const fours = count - (count % 4);
    const done = fours > 0 && this.#compare(fours, first, within, into) ? fours : 0;
    into.addFew(this.#a.subarray(done, count), this.#b.subarray(done, count), first + done, within);
  }

  /** False where some are not finite: these are taken one by one. */
  #compare(count: number, first: number, { atol, rtol }: AlikeWithin, into: DifferenceFigures): boolean {
    const sums = this.#sums;
    [sums[8], sums[9], sums[10]] = [into.maxAbs, into.at, into.maxRelative];
    const [a, b, notes] = [this.#a.byteOffset, this.#b.byteOffset, sums.byteOffset];
    this.#exports.differenceOfFloat32(a, b, count, first, atol, rtol, notes);
    const pair = (at: number): number => (sums[at] as number) + (sums[at + 1] as number);
    const [squaresA, squaresB] = [pair(4), pair(6)];
    if (!Number.isFinite(squaresA) || !Number.isFinite(squaresB)) return false;
    const figures = new DifferenceFigures();
    figures.finite = count;
    [figures.sum, figures.products, figures.squaresA, figures.squaresB] = [pair(0), pair(2), squaresA, squaresB];
    [figures.maxAbs, figures.at, figures.maxRelative] = [sums[8] as number, sums[9] as number, sums[10] as number];
    figures.differing = this.#view.getUint32(88, true);
    figures.maxUlp = this.#view.getUint32(96, true);
    into.join(figures);
    return true;
  }
}
