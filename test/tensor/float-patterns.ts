/** The numbers that fixtures/casts/make_casts.py casts: every code of the small floats, spread patterns of the others. */
import type { FloatName } from '../../src/tensor/code-tables.ts';
import { dtypeOf } from '../../src/tensor/dtype.ts';

/** Product of two words of 32 bits, its lower 32. */
const product = (a: number, b: number): number => Math.imul(a, b) >>> 0;

function pattern(i: number): number {
  const spread = (product(i, 2654435761) & ~1) >>> 0;
  if (i % 2 === 0) return spread;
  return ((spread & 0xffffe000) | ((((i >>> 1) % 5) - 2) & 0x1fff)) >>> 0;
}

function words(i: number): readonly [low: number, high: number] {
  const high = pattern(i);
  const exponent = (high >>> 20) & 0x7ff;
  const near = high % 3 === 0 ? exponent : 896 + (exponent % 256);
  const low = product(pattern(i + 7), 40503);
  return [high % 4 === 1 ? low & 3 : low, ((high & 0x800fffff) | (near << 20)) >>> 0];
}

/** The little-endian bytes of `count` numbers from the pattern `start` on; of a small float, of all its codes. */
export function floatPatterns(name: FloatName, count: number, start = 0): Uint8Array {
  if (dtypeOf(name).width === 1) return Uint8Array.from({ length: name === 'float4_e2m1fn' ? 16 : 256 }, (_, i) => i);
  if (dtypeOf(name).width === 2) return new Uint8Array(Uint16Array.from({ length: 65536 }, (_, i) => i).buffer);
  const bits = new Uint32Array(name === 'float32' ? count : 2 * count);
  for (let i = 0; i < count; i++) {
    if (name === 'float32') bits[i] = pattern(start + i);
    else bits.set(words(start + i), 2 * i);
  }
  return new Uint8Array(bits.buffer);
}
