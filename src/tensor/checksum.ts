/**
 * What "the checksum of a tensor" means, by dtype (format facts: tensor_bundle.cc):
 *
 *     numbers    the CRC-32C of the stored bytes
 *     strings    of the lengths as fixed words, then the stored checksum word, then the elements' bytes
 *     variants   for each element: its length as 8 bytes, its bytes, its stored checksum word; never reset in between
 */
import type { ByteOrder } from '../bytes/byte-order.ts';
import { checksumRange } from '../bytes/checksum.ts';
import { crc32c, maskCrc } from '../bytes/crc32c.ts';
import { type ByteSource, readBytes } from '../bytes/source.ts';
import { SourceReader } from '../bytes/source-reader.ts';
import { ChecksumError } from '../errors.ts';
import type { DType } from './dtype.ts';
import { checkLengths, walkStrings } from './strings.ts';

/** The CRC-32C (unmasked) of `count` elements stored in `source`, which holds them as they lie in the file. */
export function storedChecksum(dtype: DType, source: ByteSource, count: number, order: ByteOrder = 'little'): number {
  if (dtype.kind === 'string') return stringChecksum(source, count, order);
  if (dtype.kind === 'variant') return variantChecksum(source, count, order);
  return checksumRange(source, 0, source.byteLength);
}

function stringChecksum(source: ByteSource, count: number, order: ByteOrder): number {
  if (source.byteLength === 0 && count === 0) return 0;
  const layout = walkStrings(source, count, order);
  checkLengths(source, layout, order);
  const word = readBytes(source, layout.checksumAt, layout.payloadAt - layout.checksumAt);
  return checksumRange(source, layout.payloadAt, layout.payloadBytes, crc32c(word, layout.lengthsCrc));
}

function variantChecksum(source: ByteSource, count: number, order: ByteOrder): number {
  const reader = new SourceReader(source);
  const length = new Uint8Array(8);
  const little = order === 'little';
  let crc = 0;
  for (let i = 0; i < count; i++) {
    const size = reader.varint();
    const start = reader.position;
    reader.skip(size);
    new DataView(length.buffer).setBigUint64(0, BigInt(size), little);
    crc = checksumRange(source, start, size, crc32c(length, crc));
    const word = reader.bytes(4).slice();
    const stored = new DataView(word.buffer).getUint32(0, little);
    if (stored !== maskCrc(crc)) {
      throw new ChecksumError(`variant ${i} does not match its checksum`, `variant ${i}`, stored, maskCrc(crc));
    }
    crc = crc32c(word, crc);
  }
  return crc;
}
