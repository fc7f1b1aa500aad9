/** CRC-32 by node's own zlib, which sums 5 GB/s; releases of Node 20 before 20.15 lack it, and the table takes over. */
import zlib from 'node:zlib';
import { tableCrc32 } from '../bytes/crc32.ts';
import { type RangeCrc32, rangeCrc32 } from '../bytes/crc32-engine.ts';
import type { ChecksumBuffer } from '../bytes/crc32c-engine.ts';

/** The CRC-32 of `bytes` following data whose checksum is `seed`. */
export const crc32: (bytes: Uint8Array, seed?: number) => number = zlib.crc32 ?? tableCrc32;

/** Sums ranges of a buffer, the fastest way there is. */
export const crc32Of = (buffer: ChecksumBuffer): RangeCrc32 => rangeCrc32(buffer, crc32);
