/**
 * How far tests go that could try every byte of a file: all of them in `npm run test:full`, and a spread of places in
 * `npm test`. Files of such tests are called *.sweep.test.ts, and both run them.
 */

/** Set by vitest.full.config.ts. */
const EVERY = process.env.CKPT_EVERY_PLACE === '1';

/** In the full run `all`, in the quick one `some`: of generated cases, say. */
export const inFullRun = (all: number, some: number): number => (EVERY ? all : some);

const GOLDEN_RATIO = (Math.sqrt(5) - 1) / 2;

/**
 * Places from 0 to `length`, ascending: every `stride`-th in the full run. In the quick run about `some`: the first and the
 * last, and one somewhere in each of as many stretches of equal length, the same in every run.
 */
export function placesIn(length: number, some: number, stride = 1): number[] {
  if (length === 0) return [];
  if (EVERY || Math.ceil(length / stride) <= some) {
    return Array.from({ length: Math.ceil(length / stride) }, (_, i) => i * stride);
  }
  const spread = Array.from({ length: some }, (_, i) =>
    Math.floor(((i + ((i * GOLDEN_RATIO + length * GOLDEN_RATIO) % 1)) * length) / some),
  );
  return [...new Set([0, ...spread, length - 1])].sort((a, b) => a - b);
}
