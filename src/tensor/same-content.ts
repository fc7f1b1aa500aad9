/** Whether two tensors are equal to the byte, asked as cheaply as can be: shape first, then checksums, then the bytes. */
import { CHUNK_BYTES } from '../bytes/source.ts';
import { sameShape } from './shape.ts';
import type { Tensor } from './tensor.ts';

/** Equal dtype, shape and content. Recorded checksums that differ settle it; equal ones do not, so the bytes are compared. */
export function sameContent(a: Tensor, b: Tensor): boolean {
  if (a === b) return true;
  if (a.dtype !== b.dtype || !sameShape(a.shape, b.shape)) return false;
  if (a.crc32c !== undefined && b.crc32c !== undefined && a.crc32c !== b.crc32c) return false;
  const { source: left } = a;
  const { source: right } = b;
  if (left.byteLength !== right.byteLength) return false;
  const chunkBytes = Math.min(CHUNK_BYTES, left.byteLength);
  const [first, second] = [new Uint8Array(chunkBytes), new Uint8Array(chunkBytes)];
  for (let offset = 0; offset < left.byteLength; offset += CHUNK_BYTES) {
    const size = Math.min(CHUNK_BYTES, left.byteLength - offset);
    left.readInto(first.subarray(0, size), offset);
    right.readInto(second.subarray(0, size), offset);
    for (let i = 0; i < size; i++) if (first[i] !== second[i]) return false;
  }
  return true;
}
