/**
 * The checksum of HDF5's newer structures: Bob Jenkins' lookup3 (`hashlittle`, initial value 0), over all bytes before it.
 */
import type { Structure } from './address-space.ts';

const rotated = (value: number, by: number): number => (value << by) | (value >>> (32 - by));
/** What `hashlittle` starts from, to which the length is added. */
const START = 0xdeadbeef;
const CHECKSUM_BYTES = 4;

/** The checksum of some bytes, unsigned. */
export function lookup3(bytes: Uint8Array): number {
  const word = (at: number): number => {
    let value = 0;
    for (let i = 3; i >= 0; i--) value = (value << 8) | (bytes[at + i] ?? 0);
    return value;
  };
  let a = (START + bytes.length) | 0;
  let [b, c] = [a, a];
  let at = 0;
  for (; bytes.length - at > 12; at += 12) {
    a = (a + word(at)) | 0;
    b = (b + word(at + 4)) | 0;
    c = (c + word(at + 8)) | 0;
    a = ((a - c) ^ rotated(c, 4)) | 0;
    c = (c + b) | 0;
    b = ((b - a) ^ rotated(a, 6)) | 0;
    a = (a + c) | 0;
    c = ((c - b) ^ rotated(b, 8)) | 0;
    b = (b + a) | 0;
    a = ((a - c) ^ rotated(c, 16)) | 0;
    c = (c + b) | 0;
    b = ((b - a) ^ rotated(a, 19)) | 0;
    a = (a + c) | 0;
    c = ((c - b) ^ rotated(b, 4)) | 0;
    b = (b + a) | 0;
  }
  if (at === bytes.length) return c >>> 0;
  return ended((a + word(at)) | 0, (b + word(at + 4)) | 0, (c + word(at + 8)) | 0);
}

/** The last mixing. */
function ended(a: number, b: number, c: number): number {
  c = ((c ^ b) - rotated(b, 14)) | 0;
  a = ((a ^ c) - rotated(c, 11)) | 0;
  b = ((b ^ a) - rotated(a, 25)) | 0;
  c = ((c ^ b) - rotated(b, 16)) | 0;
  a = ((a ^ c) - rotated(c, 4)) | 0;
  b = ((b ^ a) - rotated(a, 14)) | 0;
  c = ((c ^ b) - rotated(b, 24)) | 0;
  return c >>> 0;
}

/** Throws a `CorruptError` unless a structure begins with its signature and ends with its checksum. */
export function checkStructure(structure: Structure, signature: string): void {
  if (!structure.isSigned(signature)) throw structure.damaged(`it does not begin with ${signature}`);
  checkSum(structure);
}

/** Throws a `CorruptError` unless the last four bytes are the checksum of the others. */
export function checkSum(structure: Structure): void {
  const end = structure.length - CHECKSUM_BYTES;
  const expected = structure.u32(end);
  if (lookup3(structure.bytes.subarray(0, end)) !== expected) throw structure.damaged('it does not match its checksum');
}
