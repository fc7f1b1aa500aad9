import { crc32c } from './crc32c.ts';
export interface ChecksumBuffer {
  readonly buffer: Uint8Array;
  crc32c(offset: number, length: number, seed?: number): number;
  crc32cDestroying(offset: number, length: number, seed?: number): number;
}
export function createChecksumBuffer(bytes: number): ChecksumBuffer {
  const buffer = new Uint8Array(bytes);
  const sum = (offset: number, length: number, seed = 0): number =>
    crc32c(buffer.subarray(offset, offset + length), seed);
  return { buffer, crc32c: sum, crc32cDestroying: sum };
}
