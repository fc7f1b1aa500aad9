import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type FloatName, isFloatName } from '../../src/tensor/code-tables.ts';
import { DTYPES, dtypeOf } from '../../src/tensor/dtype.ts';
import { floatCast, roundedCode, roundedFloats } from '../../src/tensor/float-cast.ts';
import type { SmallFloatName } from '../../src/tensor/small-floats.ts';
import { fixture } from '../fixtures.ts';
import { NO_PYTHON, PYTHON, python } from '../python.ts';
import { floatPatterns } from './float-patterns.ts';

const FLOATS = DTYPES.map(({ name }) => name).filter(isFloatName);

interface Truth {
  readonly count: number;
  readonly sha256: Record<string, Record<string, string>>;
}
const truth = JSON.parse(readFileSync(fixture('casts/casts.json'), 'utf8')) as Truth;

function castOf(from: FloatName, to: FloatName, bytes: Uint8Array): Uint8Array {
  const result = new Uint8Array((bytes.length / dtypeOf(from).width) * dtypeOf(to).width);
  floatCast(from, to)(bytes, result);
  return result;
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

describe('floats of one dtype as another', () => {
  it('knows every float dtype', () => {
    expect([...FLOATS].sort()).toEqual(Object.keys(truth.sha256).sort());
  });

  it.each(FLOATS)('are those of numpy and ml_dtypes, from %s', (from) => {
    const bytes = floatPatterns(from, truth.count);
    const digests = FLOATS.map((to) => [to, sha256(castOf(from, to, bytes))]);
    expect(Object.fromEntries(digests)).toEqual(truth.sha256[from]);
  });

  it.each(['float32', 'float64', 'bfloat16'] as const)('do not depend on where the bytes lie, from %s', (from) => {
    const bytes = floatPatterns(from, 1000);
    const moved = new Uint8Array(bytes.length + 1).subarray(1);
    moved.set(bytes);
    for (const to of FLOATS) {
      const whole = castOf(from, to, bytes);
      const target = new Uint8Array(whole.length + 1).subarray(1);
      floatCast(from, to)(moved, target);
      expect(sha256(target)).toBe(sha256(whole));
    }
  });
});

/** The code of the nearest number, found among all of them; of two as near, the even one. */
function nearestCode(name: SmallFloatName, value: number): Set<number> {
  const codes = floatPatterns(name, 0);
  const values = new Float64Array(codes.length / dtypeOf(name).width);
  floatCast(name, 'float64')(codes, new Uint8Array(values.buffer));
  let best = Number.POSITIVE_INFINITY;
  let found: number[] = [];
  for (const [code, candidate] of values.entries()) {
    const distance = Math.abs(candidate - value);
    if (distance > best || !Number.isFinite(candidate)) continue;
    if (distance < best) found = [];
    best = distance;
    found.push(code);
  }
  const even = found.filter((code) => code % 2 === 0);
  return new Set(even.length > 0 ? even : found);
}

describe('a float64 rounded once', () => {
  it.each(['bfloat16', 'float16', 'float8_e4m3fn', 'float8_e5m2', 'float8_e4m3fnuz'] as const)(
    'is the nearest number, or the even one of two: %s',
    (name) => {
      for (const half of [2 ** -3, 2 ** -4, 2 ** -8, 2 ** -11]) {
        for (const beyond of [-(2 ** -45), 0, 2 ** -45]) {
          for (const sign of [1, -1]) {
            const value = sign * (1 + half + beyond);
            expect(nearestCode(name, value)).toContain(roundedCode(name, value));
          }
        }
      }
    },
  );

  it.each(FLOATS)('is the same one by one and in a row: %s', (name) => {
    if (name === 'float32' || name === 'float64') return;
    const values = new Float64Array(floatPatterns('float64', 4096).buffer).map((x) => (Number.isNaN(x) ? 0 : x));
    const { width } = dtypeOf(name);
    const bytes = new Uint8Array(values.length * width);
    roundedFloats(name)(new Uint8Array(values.buffer), bytes);
    const codes = width === 2 ? new Uint16Array(bytes.buffer) : bytes;
    expect([...codes]).toEqual(Array.from(values, (value) => roundedCode(name, value)));
  });

  it('differs from a cast where rounding to float32 first makes a tie', () => {
    const value = 1 + 2 ** -8 + 2 ** -40;
    expect(roundedCode('bfloat16', value)).toBe(0x3f81);
    expect(castOf('float64', 'bfloat16', new Uint8Array(Float64Array.of(value).buffer))).toEqual(
      Uint8Array.of(0x80, 0x3f),
    );
  });
});

describe.skipIf(PYTHON === undefined)(`ten million numbers of each wide dtype${NO_PYTHON}`, () => {
  const BLOCK = 1 << 20;
  const BLOCKS = 10;

  it('are cast as numpy and ml_dtypes cast them', () => {
    const asked = { count: BLOCK, blocks: BLOCKS };
    const wanted = python('casts.py', [], asked) as Record<string, Record<string, string[]>>;
    for (const from of ['float32', 'float64'] as const) {
      for (let block = 0; block < BLOCKS; block++) {
        const bytes = floatPatterns(from, BLOCK, truth.count + block * BLOCK);
        for (const to of FLOATS) expect(sha256(castOf(from, to, bytes))).toBe(wanted[from]?.[to]?.[block]);
      }
    }
  }, 300_000);
});
