/** Writing bytes to a place in a file, all of them, in pieces that the system takes well. */
import { writeSync } from 'node:fs';

/**
 * Bytes of one write. The page cache gives a larger one its memory in larger pieces, which must be found and cleared first:
 * writes of half a mebibyte take up to seven times as long on some systems.
 */
export const WRITE_BYTES = 64 * 1024;

/** Writes `bytes` at `position`; throws what the system throws. */
export function writeAll(fd: number, bytes: Uint8Array, position: number): void {
  for (let done = 0; done < bytes.length; ) {
    done += writeSync(fd, bytes, done, Math.min(WRITE_BYTES, bytes.length - done), position + done);
  }
}
