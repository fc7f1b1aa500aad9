/** CRC-32C in plain JavaScript: published vectors, and an oracle that goes bit by bit through the definition. */
import { describe, expect, it } from 'vitest';
import { crc32c, crc32cCombine, maskCrc, unmaskCrc } from '../../src/bytes/crc32c.ts';
import { oracle, pseudoRandom, randomBytes } from './crc32c-oracle.ts';

const ascii = (text: string): Uint8Array => new TextEncoder().encode(text);
const joined = (a: Uint8Array, b: Uint8Array): Uint8Array => Uint8Array.from([...a, ...b]);

describe('crc32c', () => {
  it.each([
    ['nothing', new Uint8Array(0), 0],
    ['the check string', ascii('123456789'), 0xe3069283],
    ['32 zeros', new Uint8Array(32), 0x8a9136aa],
    ['32 bytes of ff', new Uint8Array(32).fill(0xff), 0x62a8ab43],
    ['0 to 31', Uint8Array.from({ length: 32 }, (_, i) => i), 0x46dd794e],
    ['31 to 0', Uint8Array.from({ length: 32 }, (_, i) => 31 - i), 0x113fdb5c],
  ])('sums %s', (_name, bytes, expected) => {
    expect(crc32c(bytes)).toBe(expected);
    expect(oracle(bytes)).toBe(expected);
  });

  it('agrees with the oracle at every short length and around the sizes where the method changes', () => {
    const data = randomBytes(200_000, 1);
    const lengths = [...Array(300).keys()];
    for (const size of [4096, 65536, 65536 + 4096, 131072]) for (let d = -20; d <= 20; d++) lengths.push(size + d);
    for (const length of lengths) {
      const bytes = data.subarray(length % 13, (length % 13) + length);
      expect(crc32c(bytes), `length ${length}`).toBe(oracle(bytes));
    }
  });

  it('extends: the seed stands for what came before', () => {
    const random = pseudoRandom(2);
    for (let round = 0; round < 300; round++) {
      const data = randomBytes(random(round % 10 === 0 ? 150_000 : 9000), round);
      const cut = random(data.length + 1);
      expect(crc32c(data.subarray(cut), crc32c(data.subarray(0, cut)))).toBe(oracle(data));
    }
  });

  it('leaves its input alone', () => {
    const data = randomBytes(100_000, 3);
    const copy = data.slice();
    crc32c(data);
    expect(Buffer.compare(data, copy)).toBe(0);
  });
});

describe('masking', () => {
  it('knows the vectors and is undone by unmasking', () => {
    expect(maskCrc(0xe3069283)).toBe(0xc78ab0e5);
    expect(maskCrc(0)).toBe(0xa282ead8);
    expect(unmaskCrc(0xc78ab0e5)).toBe(0xe3069283);
    const random = pseudoRandom(4);
    for (let round = 0; round < 1000; round++) {
      const crc = random(2 ** 32);
      expect(unmaskCrc(maskCrc(crc))).toBe(crc);
    }
    expect(unmaskCrc(maskCrc(0xffffffff))).toBe(0xffffffff);
  });
});

describe('crc32cCombine', () => {
  it('gives the checksum of two joined pieces', () => {
    const random = pseudoRandom(5);
    for (let round = 0; round < 500; round++) {
      const a = randomBytes(random(2000), round);
      const b = randomBytes(random(2000), round + 1000);
      expect(crc32cCombine(crc32c(a), crc32c(b), b.length)).toBe(oracle(joined(a, b)));
    }
  });

  it('with nothing on either side changes nothing', () => {
    expect(crc32cCombine(0xdeadbeef, 0, 0)).toBe(0xdeadbeef);
    expect(crc32cCombine(0, 0xdeadbeef, 2 ** 40)).toBe(0xdeadbeef);
  });

  it('takes lengths beyond 32 bits', () => {
    // Zeros double: the checksum of 2n zeros comes from that of n. At 2^k + 1 it must agree with both orders of joining.
    let zeros = crc32c(new Uint8Array(1));
    for (let k = 0; k < 52; k++) {
      const one = crc32c(new Uint8Array(1));
      expect(crc32cCombine(zeros, one, 1), `2^${k}`).toBe(crc32cCombine(one, zeros, 2 ** k));
      zeros = crc32cCombine(zeros, zeros, 2 ** k);
      if (k === 16) expect(zeros).toBe(oracle(new Uint8Array(2 ** 17)));
    }
    const length = 2 ** 53 - 1;
    const halves = crc32cCombine(crc32cCombine(0x12345678, 0, 2 ** 52), 0, 2 ** 52 - 1);
    expect(crc32cCombine(0x12345678, 0, length)).toBe(halves);
  });
});
