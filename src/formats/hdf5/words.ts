/** Numbers of a fixed width as HDF5 writes them. */
import { UNDEFINED_ADDRESS } from './layout.ts';

/** Eight bytes, little-endian; `undefined` is the address that leads nowhere. */
export function uint64(value: number | undefined): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, value === undefined ? UNDEFINED_ADDRESS : BigInt(value), true);
  return bytes;
}

/** Two bytes, little-endian. */
export function uint16(value: number): Uint8Array {
  return Uint8Array.of(value & 0xff, value >>> 8);
}
