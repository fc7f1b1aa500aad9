import { describe, expect, it } from 'vitest';
import { createChecksumBuffer } from '../../src/bytes/crc32c-engine.ts';
import { DifferenceLoop } from '../../src/compute/difference-loop.ts';
import { MomentsLoop } from '../../src/compute/moments-loop.ts';
import { DifferenceFigures } from '../../src/tensor/differences.ts';
import { Moments } from '../../src/tensor/moments.ts';
import { floatPatterns } from '../tensor/float-patterns.ts';

const MOST = 1 << 16;
const STRIDE = 1 << 18;
const engine = createChecksumBuffer(4 * STRIDE);

/** The same numbers in every run, normally distributed. */
function normal(count: number, seed: number): Float32Array {
  let state = seed;
  const next = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state + 0.5) / 2 ** 32;
  };
  return Float32Array.from({ length: count }, () => Math.sqrt(-2 * Math.log(next())) * Math.cos(2 * Math.PI * next()));
}

const kinds: readonly (readonly [name: string, make: (count: number) => Float32Array])[] = [
  ['normal', (count) => normal(count, 1).map((value) => value * 0.02)],
  ['far from zero', (count) => normal(count, 2).map((value) => 1000 + value * 0.02)],
  ['of two values', (count) => new Float32Array(count).map((_, i) => 1000 + 0.1 * (i & 1))],
  ['all alike', (count) => new Float32Array(count).fill(0.1)],
  ['zeros', (count) => new Float32Array(count).map((_, i) => (i % 2 === 0 ? 0 : -0))],
  ['mostly zeros', (count) => normal(count, 3).map((value, i) => (i % 7 === 0 ? value : 0))],
  ['a few large ones', (count) => normal(count, 4).map((value, i) => (i % 1000 === 5 ? value * 1e7 : value * 1e-3))],
  ['of all sizes', (count) => normal(count, 5).map((value) => Math.exp(20 * value))],
  ['large ones that cancel', (count) => normal(count, 6).map((value, i) => (i % 3 === 0 ? value : 1e30 * (-1) ** i))],
  ['ever larger, then ever smaller', (count) => normal(count, 7).map((v, i) => v * 2 ** (60 - Math.abs(i / 256 - 64)))],
  ['subnormal', (count) => normal(count, 8).map((value) => value * 2 ** -140)],
  ['any bits', (count) => new Float32Array(floatPatterns('float32', count, 9).buffer)],
];
const counts = [1, 4, 1001, 4096, 4100, MOST];

const view = new DataView(new ArrayBuffer(4));
/** A finite float32 in units of the least one. */
function wholeOf(value: number): bigint {
  view.setFloat32(0, value);
  const bits = view.getUint32(0);
  const exponent = (bits >>> 23) & 0xff;
  const significand = BigInt((bits & 0x7fffff) | (exponent === 0 ? 0 : 0x800000));
  const whole = significand << BigInt(Math.max(exponent, 1) - 1);
  return bits >>> 31 === 1 ? -whole : whole;
}

/** `numerator / denominator * 2^exponent` in float64. */
function quotient(numerator: bigint, denominator: bigint, exponent: number): number {
  const digits = Math.max(0, 80 + denominator.toString(2).length - numerator.toString(2).length);
  const half = (exponent - digits) / 2;
  return Number((numerator << BigInt(digits)) / denominator) * 2 ** Math.ceil(half) * 2 ** Math.floor(half);
}

function expectNear(actual: number, expected: number, share: number): void {
  expect(Math.abs(actual - expected)).toBeLessThanOrEqual(share * Math.abs(expected));
}

describe('moments of float32', () => {
  const loop = new MomentsLoop(engine, STRIDE, 2 * STRIDE);
  const floats = new Float32Array(engine.buffer.buffer, engine.buffer.byteOffset, MOST);

  it.each(kinds)('are near to the exact ones, %s', (_, make) => {
    for (const count of counts) {
      const values = make(count);
      const finite = values.filter((value) => Number.isFinite(value));
      const moments = new Moments();
      floats.set(values);
      loop.add(count, moments, false);
      expect([moments.finite, moments.nan]).toEqual([finite.length, values.filter((v) => Number.isNaN(v)).length]);
      expect(moments.zeros).toBe(finite.filter((value) => value === 0).length);
      expect(moments.min).toBe(finite.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY));
      expect(moments.max).toBe(finite.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY));
      const whole = Array.from(finite, wholeOf);
      const [n, sum] = [BigInt(finite.length), whole.reduce((total, each) => total + each, 0n)];
      const squares = n * whole.reduce((total, each) => total + each * each, 0n) - sum * sum;
      expectNear(moments.mean, quotient(sum, n, -149), 1e-14);
      expectNear(moments.squares.value, quotient(squares, n, -298), 1e-12);
    }
  });
});

describe('differences of float32', () => {
  const loop = new DifferenceLoop(engine, STRIDE, 3 * STRIDE);
  const [a, b] = [0, STRIDE].map((at) => new Float32Array(engine.buffer.buffer, engine.buffer.byteOffset + at, MOST));

  it.each(kinds)('are those of each pair, %s', (_, make) => {
    for (const count of counts) {
      for (const within of [
        { atol: 0, rtol: 0, equalNan: false },
        { atol: 1e-3, rtol: 1e-2, equalNan: true },
      ]) {
        const [first, apart] = [make(count), normal(count, 11)];
        const second = first.map((value, i) => (i % 5 === 0 ? value : value * (1 + (apart[i] as number) / 64)));
        const [quick, slow] = [new DifferenceFigures(), new DifferenceFigures()];
        a?.set(first);
        b?.set(second);
        loop.add(count, 100, within, quick);
        loop.add(count, 100 + count, within, quick);
        slow.addFew(first, second, 100, within);
        slow.addFew(first, second, 100 + count, within);
        const exact = ({ differing, finite, maxAbs, at, maxRelative, maxUlp }: DifferenceFigures) => {
          return { differing, finite, maxAbs, at, maxRelative, maxUlp };
        };
        expect(exact(quick)).toEqual(exact(slow));
        expectNear(quick.sum, slow.sum, 1e-11);
        expectNear(quick.squaresA, slow.squaresA, 1e-11);
        expectNear(quick.squaresB, slow.squaresB, 1e-11);
      }
    }
  });
});
