/** Where an HDF5 file begins in a file: what is before belongs to somebody else. */
import { type ByteSource, readBytes } from '../../bytes/source.ts';
import { SIGNATURE } from './layout.ts';

/** Superblocks lie at 0, 512, 1024, ...; what is before belongs to somebody else. */
const FIRST_OFFSET = 512;
const MOST_OFFSET = 1 << 20;

/** Where the superblock lies; undefined for what is no HDF5 file. */
export function superblockAt(source: ByteSource): number | undefined {
  for (
    let at = 0;
    at <= MOST_OFFSET && at + SIGNATURE.length <= source.byteLength;
    at = at === 0 ? FIRST_OFFSET : at * 2
  ) {
    const bytes = readBytes(source, at, SIGNATURE.length);
    if (bytes.every((byte, i) => byte === SIGNATURE[i])) return at;
  }
  return undefined;
}
