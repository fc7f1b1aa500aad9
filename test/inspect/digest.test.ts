/** Digests: the same for the same content wherever it lies, and none of content that is damaged. */
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { MemorySource } from '../../src/bytes/source.ts';
import { ChecksumError, CorruptError, UnsupportedError } from '../../src/errors.ts';
import { checkStored, sha256Of } from '../../src/inspect/digest.ts';
import { dtypeOf } from '../../src/tensor/dtype.ts';
import { type Tensor, tensorOfBytes, tensorOfStrings } from '../../src/tensor/tensor.ts';

const sha256 = (...parts: (string | Uint8Array)[]): string => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
};

/** A tensor that claims to lie in a file with this checksum. */
function storedWith(tensor: Tensor, crc32c: number): Tensor {
  const { source, byteLength } = tensor;
  return {
    ...tensor,
    stored: { file: source, path: 'm.data', shard: 0, offset: 0, byteLength, crc32c, byteOrder: 'little' },
  };
}

describe('a digest', () => {
  it('of numbers is of their bytes', async () => {
    const bytes = new Uint8Array(3_000_000).fill(3);
    expect(await sha256Of('w', tensorOfBytes(dtypeOf('uint8'), [3_000_000], bytes))).toBe(sha256(bytes));
  });

  it('of strings is of each length in eight bytes and the string', async () => {
    const tensor = tensorOfStrings(dtypeOf('string'), [2], [Buffer.from('ab'), Buffer.from('')]);
    const length = (n: number): Uint8Array => Uint8Array.of(n, 0, 0, 0, 0, 0, 0, 0);
    expect(await sha256Of('s', tensor)).toBe(sha256(length(2), 'ab', length(0)));
  });

  it('of a variant there is none', async () => {
    const variant: Tensor = {
      dtype: dtypeOf('variant'),
      shape: [0],
      byteLength: 0,
      source: new MemorySource(new Uint8Array(0)),
    };
    await expect(sha256Of('v', variant)).rejects.toThrow(UnsupportedError);
  });

  it('of damaged content there is none, and the error names the tensor', async () => {
    const halves = tensorOfBytes(dtypeOf('float32'), [], Uint8Array.of(0, 0, 0, 0x3f));
    await expect(sha256Of('w', storedWith(halves, 0x26973e52))).resolves.toBe(sha256(Uint8Array.of(0, 0, 0, 0x3f)));
    await expect(sha256Of('w', storedWith(halves, 1))).rejects.toThrow(ChecksumError);
    expect(() => checkStored('w', storedWith(halves, 1))).toThrow(
      'tensor w: its bytes do not match their checksum (recorded 00000001, found 26973e52)',
    );
  });

  it('names the tensor whose strings lie about their lengths', () => {
    const lying = tensorOfBytes(dtypeOf('string'), [2], Uint8Array.from(Buffer.from('7f02462d0e796869796f', 'hex')));
    expect(() => checkStored('labels', storedWith(lying, 0))).toThrow(CorruptError);
    expect(() => checkStored('labels', storedWith(lying, 0))).toThrow(/^tensor labels: string 0/);
    const changed = tensorOfBytes(dtypeOf('string'), [2], Uint8Array.from(Buffer.from('0103462d0e796869796f', 'hex')));
    expect(() => checkStored('labels', storedWith(changed, 0))).toThrow(ChecksumError);
    expect(() => checkStored('labels', storedWith(changed, 0))).toThrow(/^tensor labels: /);
  });
});
