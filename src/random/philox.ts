/**
 * Random numbers that depend on a seed and a position and on nothing else: Philox 4x32-10, seeded and turned into floats as
 * TensorFlow's stateless ops do it, so that `tf.random.stateless_uniform(shape, seed)` gives the same numbers.
 * Source: tensorflow/core/lib/random/philox_random.h, random_distributions.h, kernels/stateless_random_ops.cc.
 */

const MULTIPLIER_A = 0xd2511f53;
const MULTIPLIER_B = 0xcd9e8d57;
const WEYL_A = 0x9e3779b9;
const WEYL_B = 0xbb67ae85;
const ROUNDS = 10;
/** The key that mixes a seed into the key and counter that are used. */
const SEEDING_KEY = [0x3ec8f720, 0x02461e29] as const;

/** High word of a product of two 32-bit words. */
function highProduct(a: number, b: number): number {
  const [aLow, aHigh, bLow, bHigh] = [a & 0xffff, a >>> 16, b & 0xffff, b >>> 16];
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16);
  const other = aLow * bHigh + (middle & 0xffff);
  return (aHigh * bHigh + Math.floor(middle / 0x10000) + Math.floor(other / 0x10000)) >>> 0;
}

/** Four random words for a counter of four words, under a key of two; written to `out` from `at` on. */
function block(counter: readonly number[], key: readonly number[], out: Uint32Array, at: number): void {
  let [c0 = 0, c1 = 0, c2 = 0, c3 = 0] = counter;
  let [k0 = 0, k1 = 0] = key;
  for (let round = 0; round < ROUNDS; round++) {
    const highA = highProduct(MULTIPLIER_A, c0);
    const lowA = Math.imul(MULTIPLIER_A, c0) >>> 0;
    const highB = highProduct(MULTIPLIER_B, c2);
    const lowB = Math.imul(MULTIPLIER_B, c2) >>> 0;
    c0 = (highB ^ c1 ^ k0) >>> 0;
    c1 = lowB;
    c2 = (highA ^ c3 ^ k1) >>> 0;
    c3 = lowA;
    k0 = (k0 + WEYL_A) >>> 0;
    k1 = (k1 + WEYL_B) >>> 0;
  }
  out[at] = c0;
  out[at + 1] = c1;
  out[at + 2] = c2;
  out[at + 3] = c3;
}

/** A seed of TensorFlow's stateless ops: two integers of 64 bits. */
export type Seed = readonly [number | bigint, number | bigint];

/** The words of a stream of random numbers, by their position in it. */
export class Philox {
  readonly #key: readonly number[];
  /** The upper half of the counter; the lower one counts blocks of four words. */
  readonly #upper: readonly number[];

  constructor([first, second]: Seed) {
    const words = [first, second].flatMap((part) => {
      const value = BigInt.asUintN(64, BigInt(part));
      return [Number(value & 0xffffffffn), Number(value >> 32n)];
    });
    const mixed = new Uint32Array(4);
    block(words, SEEDING_KEY, mixed, 0);
    this.#key = [mixed[0] as number, mixed[1] as number];
    this.#upper = [mixed[2] as number, mixed[3] as number];
  }

  /** Fills `out`, whose length is a multiple of 4, with the words from block `first` on. */
  words(first: number, out: Uint32Array): void {
    for (let i = 0; 4 * i < out.length; i++) {
      const counter = first + i;
      block([counter >>> 0, Math.floor(counter / 2 ** 32) >>> 0, ...this.#upper], this.#key, out, 4 * i);
    }
  }
}

const floatScratch = new Float32Array(1);
const wordScratch = new Uint32Array(floatScratch.buffer);

/** From 0 up to but not including 1: 23 bits of a word. */
export function unitFloat(word: number): number {
  wordScratch[0] = (word & 0x7fffff) | 0x3f800000;
  return (floatScratch[0] as number) - 1;
}

/** Below this a logarithm would be of zero. */
const SMALLEST = Math.fround(1e-7);

/** Two numbers of the standard normal distribution out of two words (Box and Muller), in single precision as TensorFlow has it. */
export function normalPair(first: number, second: number): readonly [number, number] {
  const u = Math.max(unitFloat(first), SMALLEST);
  // The factor is a double in TensorFlow's source, and the product is rounded once.
  const angle = Math.fround(2 * Math.PI * unitFloat(second));
  const radius = Math.fround(Math.sqrt(Math.fround(-2 * Math.fround(Math.log(u)))));
  return [Math.fround(Math.fround(Math.sin(angle)) * radius), Math.fround(Math.fround(Math.cos(angle)) * radius)];
}
