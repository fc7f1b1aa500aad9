/** The checksum buffer, with SIMD and without, against the bytewise oracle; and that the compiled module is current. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { crc32c, crc32cCombine } from '../../src/bytes/crc32c.ts';
import { createChecksumBuffer } from '../../src/bytes/crc32c-engine.ts';
import { oracle, pseudoRandom, randomBytes } from './crc32c-oracle.ts';

const CAPACITY = 700_000;
const DATA = randomBytes(CAPACITY, 1);

/** Where a method gives way to the next, in bytes: two windows of 209 units, the chunk, three windows of 5275 units. */
const SEAMS = [0, 16, 64, 6688, 16384, 16384 + 3344, 32768, 65536, 3 * 84400, 4 * 84400];

afterEach(() => vi.unstubAllGlobals());

describe.each([{ simd: true }, { simd: false }])('a checksum buffer, %o', (options) => {
  const engine = createChecksumBuffer(CAPACITY, options);

  /** Checks both methods on one range: right sums, nothing changed by the one and nothing outside by the other. */
  function check(offset: number, length: number, seed: number): void {
    const what = `offset ${offset}, length ${length}, seed ${seed}`;
    const expected = oracle(DATA.subarray(offset, offset + length), seed);
    engine.buffer.set(DATA);
    expect(engine.crc32c(offset, length, seed), what).toBe(expected);
    expect(Buffer.compare(engine.buffer, DATA), `${what} was changed`).toBe(0);
    expect(engine.crc32cDestroying(offset, length, seed), `${what}, destroying`).toBe(expected);
    engine.buffer.set(DATA.subarray(offset, offset + length), offset);
    expect(Buffer.compare(engine.buffer, DATA), `outside of ${what} was changed`).toBe(0);
  }

  it('is what was asked for', () => {
    expect(engine.simd).toBe(options.simd);
    expect(engine.buffer.length).toBe(CAPACITY);
    if (options.simd) expect(engine.buffer.byteOffset % 65536).toBe(0);
  });

  it('knows the vector', () => {
    engine.buffer.set(new TextEncoder().encode('123456789'), 5);
    expect(engine.crc32c(5, 9)).toBe(0xe3069283);
    expect(engine.crc32cDestroying(5, 9)).toBe(0xe3069283);
  });

  it('agrees with the oracle at every length up to 300 and every alignment', () => {
    for (let length = 0; length <= 300; length++) {
      const offset = length % 17;
      const expected = oracle(DATA.subarray(offset, offset + length));
      engine.buffer.set(DATA.subarray(0, 400));
      expect(engine.crc32c(offset, length)).toBe(expected);
      expect(engine.crc32cDestroying(offset, length)).toBe(expected);
    }
  });

  it('agrees with the oracle where the method changes', () => {
    for (const seam of SEAMS) {
      for (const off of [-17, -16, -1, 0, 1, 15, 16, 17, 127, 128]) {
        if (seam + off >= 0) check(seam % 7, seam + off, 0);
      }
    }
  });

  it('agrees with the oracle on random ranges and seeds', () => {
    const random = pseudoRandom(2);
    for (let round = 0; round < 150; round++) {
      const offset = random(5000);
      check(offset, random(round % 3 === 0 ? CAPACITY - offset : 30_000), random(2 ** 32));
    }
    check(0, CAPACITY, 0);
  });

  it('continues from a seed, and its sums combine', () => {
    const random = pseudoRandom(3);
    for (let round = 0; round < 50; round++) {
      const length = random(CAPACITY);
      const cut = random(length + 1);
      engine.buffer.set(DATA);
      const first = engine.crc32cDestroying(0, cut);
      const second = engine.crc32c(cut, length - cut);
      expect(crc32cCombine(first, second, length - cut)).toBe(crc32c(DATA.subarray(0, length)));
      expect(engine.crc32cDestroying(cut, length - cut, first)).toBe(crc32c(DATA.subarray(0, length)));
    }
  });

  it('refuses ranges outside of the buffer', () => {
    for (const [offset, length] of [
      [0, CAPACITY + 1],
      [CAPACITY, 1],
      [-1, 4],
      [4, -1],
      [Number.NaN, 4],
    ] as const) {
      expect(() => engine.crc32c(offset, length)).toThrow(RangeError);
      expect(() => engine.crc32cDestroying(offset, length)).toThrow(RangeError);
    }
    expect(engine.crc32c(CAPACITY, 0, 7)).toBe(7);
  });
});

describe('createChecksumBuffer', () => {
  it('falls back to plain JavaScript where there is no WebAssembly', () => {
    vi.stubGlobal('WebAssembly', undefined);
    const engine = createChecksumBuffer(100);
    expect(engine.simd).toBe(false);
    engine.buffer.set(DATA.subarray(0, 100));
    expect(engine.crc32c(1, 99)).toBe(oracle(DATA.subarray(1, 100)));
  });

  it('makes buffers that share nothing, of any size', () => {
    const a = createChecksumBuffer(70_000);
    const b = createChecksumBuffer(1);
    a.buffer.fill(1);
    b.buffer.fill(2);
    expect(a.crc32c(0, 70_000)).toBe(oracle(new Uint8Array(70_000).fill(1)));
    expect(b.crc32c(0, 1)).toBe(oracle(Uint8Array.of(2)));
    expect(createChecksumBuffer(0).crc32c(0, 0)).toBe(0);
  });
});
