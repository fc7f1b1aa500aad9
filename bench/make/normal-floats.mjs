/** Float32 numbers as trained weights look, the same in every run: normally distributed around 0 with deviation 0.02. */

/** A small generator of numbers in [0,1) with a fixed seed (mulberry32). */
function uniform(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function normalFloats(count) {
  const next = uniform(20170215);
  const floats = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    floats[i] = 0.02 * Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
  }
  return floats;
}
