/** CRC-32 by node's own zlib, which sums 5 GB/s; releases of Node 20 before 20.15 lack it, and the table takes over. */
import zlib from 'node:zlib';
import { tableCrc32 } from '../bytes/crc32.ts';

/** The CRC-32 of `bytes` following data whose checksum is `seed`. */
export const crc32: (bytes: Uint8Array, seed?: number) => number = zlib.crc32 ?? tableCrc32;
