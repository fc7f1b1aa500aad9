/**
 * Tensors of random numbers, element by element what TensorFlow's stateless ops give for the same seed on a CPU: uniform ones bit
 * for bit, normal ones up to the last places of its logarithm, sine and cosine in single precision.
 * Source: tensorflow/core/lib/random/random_distributions.h, tensorflow/core/kernels/random_op_cpu.h.
 */
import { normalPair, Philox, type Seed, unitFloat } from './philox.ts';

/** Words made at a time. */
const BATCH_WORDS = 4096;
/** Truncated normals lie within so many standard deviations. */
const TRUNCATED_AT = 2;

/** Runs `take` for batches of random words; `at` counts the words before the batch. */
function inBatches(seed: Seed, words: number, take: (batch: Uint32Array, at: number) => void): void {
  const philox = new Philox(seed);
  const buffer = new Uint32Array(BATCH_WORDS);
  const whole = Math.ceil(words / 4) * 4;
  for (let at = 0; at < whole; at += BATCH_WORDS) {
    const batch = buffer.subarray(0, Math.min(BATCH_WORDS, whole - at));
    philox.words(at / 4, batch);
    take(batch, at);
  }
}

/** From 0 up to but not including 1, in single precision. */
export function uniformFloats(seed: Seed, count: number): Float32Array {
  const values = new Float32Array(count);
  inBatches(seed, count, (batch, at) => {
    const end = Math.min(batch.length, count - at);
    for (let i = 0; i < end; i++) values[at + i] = unitFloat(batch[i] as number);
  });
  return values;
}

/** From 0 up to but not including 1, with `bits` bits of mantissa out of a word each: float16 has 10, bfloat16 7. */
export function uniformShortFloats(seed: Seed, count: number, bits: number): Float32Array {
  const values = new Float32Array(count);
  inBatches(seed, count, (batch, at) => {
    const end = Math.min(batch.length, count - at);
    for (let i = 0; i < end; i++) values[at + i] = ((batch[i] as number) & (2 ** bits - 1)) / 2 ** bits;
  });
  return values;
}

/** 52 bits of two words. */
function unitDouble(high: number, low: number): number {
  return ((high & 0xfffff) * 2 ** 32 + low) / 2 ** 52;
}

/** From 0 up to but not including 1, in double precision. */
export function uniformDoubles(seed: Seed, count: number): Float64Array {
  const values = new Float64Array(count);
  inBatches(seed, 2 * count, (batch, at) => {
    const end = Math.min(batch.length, 2 * count - at);
    for (let i = 0; i < end; i += 2) values[(at + i) / 2] = unitDouble(batch[i] as number, batch[i + 1] as number);
  });
  return values;
}

/** Integers from `low` up to but not including `high`, of at most 32 bits. */
export function uniformIntegers(seed: Seed, count: number, low: number, high: number): Float64Array {
  const values = new Float64Array(count);
  const span = high - low;
  inBatches(seed, count, (batch, at) => {
    const end = Math.min(batch.length, count - at);
    for (let i = 0; i < end; i++) values[at + i] = low + ((batch[i] as number) % span);
  });
  return values;
}

/** Integers from `low` up to but not including `high`, of 64 bits. */
export function uniformBigIntegers(seed: Seed, count: number, low: bigint, high: bigint): BigInt64Array {
  const values = new BigInt64Array(count);
  const span = high - low;
  inBatches(seed, 2 * count, (batch, at) => {
    const end = Math.min(batch.length, 2 * count - at);
    for (let i = 0; i < end; i += 2) {
      const bits = BigInt(batch[i] as number) | (BigInt(batch[i + 1] as number) << 32n);
      values[(at + i) / 2] = low + (bits % span);
    }
  });
  return values;
}

/** The standard normal distribution, in single precision. */
export function normalFloats(seed: Seed, count: number): Float32Array {
  const values = new Float32Array(Math.ceil(count / 2) * 2);
  inBatches(seed, values.length, (batch, at) => {
    const end = Math.min(batch.length, values.length - at);
    for (let i = 0; i < end; i += 2) {
      const [first, second] = normalPair(batch[i] as number, batch[i + 1] as number);
      values[at + i] = first;
      values[at + i + 1] = second;
    }
  });
  return values.slice(0, count);
}

/** Below this a logarithm would be of zero. */
const SMALLEST = 1e-7;

/** Two numbers of the standard normal distribution out of four words (Box and Muller), in double precision. */
function normalPairOfDoubles(words: Uint32Array, at: number): readonly [number, number] {
  const u = Math.max(unitDouble(words[at] as number, words[at + 1] as number), SMALLEST);
  const angle = 2 * Math.PI * unitDouble(words[at + 2] as number, words[at + 3] as number);
  const radius = Math.sqrt(-2 * Math.log(u));
  return [Math.sin(angle) * radius, Math.cos(angle) * radius];
}

/** The standard normal distribution, in double precision. */
export function normalDoubles(seed: Seed, count: number): Float64Array {
  const values = new Float64Array(Math.ceil(count / 2) * 2);
  inBatches(seed, 2 * values.length, (batch, at) => {
    for (let i = 0; i + 3 < batch.length && (at + i) / 2 < values.length; i += 4) {
      const [first, second] = normalPairOfDoubles(batch, i);
      values[(at + i) / 2] = first;
      values[(at + i) / 2 + 1] = second;
    }
  });
  return values.slice(0, count);
}

/** How truncated normals are made: so many words a pair, so many numbers a group. */
interface Truncation {
  readonly words: number;
  readonly group: number;
  pair(words: Uint32Array, at: number): readonly [number, number];
}

/** Blocks of four words that each number of a group has in store, for those that are thrown away. */
const BLOCKS_PER_NUMBER = 64;

function fillTruncated(seed: Seed, values: Float32Array | Float64Array, { words, group, pair }: Truncation): void {
  const philox = new Philox(seed);
  const buffer = new Uint32Array(4 * words);
  for (let start = 0; start < values.length; start += group) {
    let found = 0;
    for (let block = start * BLOCKS_PER_NUMBER; found < group; block += words) {
      philox.words(block, buffer);
      for (let at = 0; at < buffer.length; at += words) {
        for (const value of pair(buffer, at)) {
          // What lies past the end of the typed array is dropped.
          if (Math.abs(value) < TRUNCATED_AT && found < group) values[start + found++] = value;
        }
      }
    }
  }
}

/** The standard normal distribution within two standard deviations, in single precision. */
export function truncatedNormalFloats(seed: Seed, count: number): Float32Array {
  const values = new Float32Array(count);
  const pair = (words: Uint32Array, at: number): readonly [number, number] =>
    normalPair(words[at] as number, words[at + 1] as number);
  fillTruncated(seed, values, { words: 2, group: 4, pair });
  return values;
}

/** The standard normal distribution within two standard deviations, in double precision. */
export function truncatedNormalDoubles(seed: Seed, count: number): Float64Array {
  const values = new Float64Array(count);
  fillTruncated(seed, values, { words: 4, group: 2, pair: normalPairOfDoubles });
  return values;
}
