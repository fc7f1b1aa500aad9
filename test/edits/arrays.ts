/** Arrays of numbers as tensors and back, and readings in odd pieces, for tests of edits. */

import { crc32c } from '../../src/bytes/crc32c.ts';
import { type ByteSource, readBytes } from '../../src/bytes/source.ts';
import { dtypeOf } from '../../src/tensor/dtype.ts';
import { elementCount, type Shape } from '../../src/tensor/shape.ts';
import { type Tensor, tensorOfBytes } from '../../src/tensor/tensor.ts';

/** A float32 tensor of these numbers, with the checksum that a file would have recorded. */
export function floats(shape: Shape, values: readonly number[]): Tensor {
  return withChecksum(tensorOfBytes(dtypeOf('float32'), shape, new Uint8Array(Float32Array.from(values).buffer)));
}

/** 0, 1, 2 and so on, from `first`. */
export function counted(shape: Shape, first = 0): Tensor {
  return floats(
    shape,
    Array.from({ length: elementCount(shape) }, (_, i) => first + i),
  );
}

export function withChecksum(tensor: Tensor, error = 0): Tensor {
  const { dtype, shape, byteLength, source, parts } = tensor;
  const bytes = readBytes(source, 0, source.byteLength);
  return parts === undefined ? { dtype, shape, byteLength, source, crc32c: (crc32c(bytes) ^ error) >>> 0 } : tensor;
}

export const contentOf = ({ source }: Tensor): Uint8Array => readBytes(source, 0, source.byteLength);

/** The numbers of a float32 tensor. */
export function valuesOf(tensor: Tensor | undefined): number[] {
  return tensor === undefined ? [] : [...new Float32Array(contentOf(tensor).slice().buffer)];
}

/** All bytes of a source, read `size` at a time. */
export function readInPieces(source: ByteSource, size: number): Uint8Array {
  const bytes = new Uint8Array(source.byteLength);
  for (let at = 0; at < bytes.length; at += size) source.readInto(bytes.subarray(at, at + size), at);
  return bytes;
}

/** The parts of a tensor as they are written, joined. */
export function partsContent({ parts = [] }: Tensor): Uint8Array[] {
  return parts.map(({ tensor }) => contentOf(tensor));
}
