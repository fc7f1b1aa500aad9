/** Dataspace messages: the shape of a dataset or attribute. */
import { ByteWriter } from '../../bytes/byte-writer.ts';
import type { Shape } from '../../tensor/shape.ts';
import type { Structure } from './address-space.ts';
import { uint64 } from './words.ts';

/** HDF5's own limit. */
const MOST_DIMENSIONS = 32;

/** The dimensions; none for a scalar. Throws a `CorruptError` for what is no dataspace. */
export function dimensionsOf(message: Structure): number[] {
  const version = message.u8(0);
  const rank = message.u8(1);
  if (version !== 1 && version !== 2) throw message.damaged(`its dataspace has version ${version}`);
  if (rank > MOST_DIMENSIONS)
    throw message.damaged(`its dataspace has ${rank} dimensions, and HDF5 allows ${MOST_DIMENSIONS}`);
  const isNull = version === 2 && message.u8(3) === 2;
  if (isNull) return [0];
  const at = version === 1 ? 8 : 4;
  return Array.from({ length: rank }, (_, i) => message.u64(at + i * 8));
}

/** How far each dimension may grow; infinite for one without a limit. */
export function mostDimensionsOf(message: Structure): number[] {
  const dimensions = dimensionsOf(message);
  const at = (message.u8(0) === 1 ? 8 : 4) + 8 * dimensions.length;
  if ((message.u8(2) & 1) === 0) return dimensions;
  return dimensions.map((_, i) => message.pointer(at + 8 * i) ?? Number.POSITIVE_INFINITY);
}

/** The dataspace message of a shape, of version 1. */
export function encodeDataspace(shape: Shape): Uint8Array {
  const message = new ByteWriter().bytes(Uint8Array.of(1, shape.length, shape.length > 0 ? 1 : 0, 0, 0, 0, 0, 0));
  for (const size of [...shape, ...shape]) message.bytes(uint64(size));
  return message.toBytes();
}
