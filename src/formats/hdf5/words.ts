/** Numbers of a fixed width as HDF5 writes them. */
import type { Structure } from './address-space.ts';

/** Eight bytes, little-endian; `undefined` is the address that leads nowhere. */
export function uint64(value: number | undefined): Uint8Array {
  const bytes = new Uint8Array(8);
  if (value === undefined) return bytes.fill(0xff);
  let rest = value;
  for (let i = 0; rest > 0; i++) {
    bytes[i] = rest % 256;
    rest = Math.floor(rest / 256);
  }
  return bytes;
}

/** Two bytes, little-endian. */
export function uint16(value: number): Uint8Array {
  return Uint8Array.of(value & 0xff, value >>> 8);
}

/** Bytes that a number up to `limit` takes. */
export function encodedSize(limit: number): number {
  return Math.floor(Math.log2(Math.max(limit, 1)) / 8) + 1;
}

/** A number of any width, little-endian. */
export function numberAt(bytes: Structure, at: number, width: number): number {
  const view = bytes.slice(at, width).bytes;
  let value = 0;
  for (let i = width - 1; i >= 0; i--) value = value * 256 + (view[i] as number);
  return value;
}
