/** Equal to the byte or not, without reading more than it takes to know. */
import { describe, expect, it } from 'vitest';
import { CHUNK_BYTES, MemorySource } from '../../src/bytes/source.ts';
import { CorruptError } from '../../src/errors.ts';
import { dtypeOf } from '../../src/tensor/dtype.ts';
import { sameContent } from '../../src/tensor/same-content.ts';
import { type Tensor, tensorOfBytes } from '../../src/tensor/tensor.ts';
import { marked } from './small-maps.ts';

const UINT8 = dtypeOf('uint8');

/** A tensor whose bytes must not be asked for. */
function sealed(tensor: Tensor, crc32c?: number): Tensor {
  const { dtype, shape, byteLength } = tensor;
  return {
    dtype,
    shape,
    byteLength,
    crc32c,
    get source(): never {
      throw new CorruptError('nobody should read this', { where: 'test' });
    },
  };
}

describe('sameContent', () => {
  it('holds for a tensor and itself, unread', () => {
    const tensor = sealed(marked(1));
    expect(sameContent(tensor, tensor)).toBe(true);
  });

  it('compares the bytes, with and without checksums', () => {
    expect(sameContent(marked(1), marked(1))).toBe(true);
    expect(sameContent(marked(1), marked(2))).toBe(false);
    expect(sameContent({ ...marked(1), crc32c: 5 }, marked(1))).toBe(true);
    // Equal checksums prove nothing.
    expect(sameContent({ ...marked(1), crc32c: 5 }, { ...marked(2), crc32c: 5 })).toBe(false);
  });

  it('reads nothing where dtype, shape or checksum differ', () => {
    const int8 = tensorOfBytes(dtypeOf('int8'), [2], Uint8Array.of(1, 2));
    const row = tensorOfBytes(UINT8, [1, 2], Uint8Array.of(1, 2));
    for (const tensor of [int8, row, tensorOfBytes(UINT8, [3], Uint8Array.of(1, 2, 3))]) {
      expect(sameContent(sealed(marked(1)), sealed(tensor))).toBe(false);
    }
    expect(sameContent(sealed(marked(1), 1), sealed(marked(1), 2))).toBe(false);
  });

  it.each([0, CHUNK_BYTES - 1, CHUNK_BYTES, 2 * CHUNK_BYTES + 9])('sees the last of many bytes: %i before it', (at) => {
    const bytes = new Uint8Array(2 * CHUNK_BYTES + 10).fill(7);
    const changed = bytes.slice();
    changed[at] = 8;
    const made = (content: Uint8Array): Tensor => ({
      dtype: UINT8,
      shape: [content.length],
      byteLength: content.length,
      source: new MemorySource(content),
    });
    expect(sameContent(made(bytes), made(bytes.slice()))).toBe(true);
    expect(sameContent(made(bytes), made(changed))).toBe(false);
  });

  it('takes empty tensors for equal', () => {
    const empty = (): Tensor => tensorOfBytes(UINT8, [0, 3], new Uint8Array(0));
    expect(sameContent(empty(), empty())).toBe(true);
  });
});
