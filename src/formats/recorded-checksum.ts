/** The checksum that a tensor carries from its file, checked where its content is copied. */
import { type ByteSource, RegionSource } from '../bytes/source.ts';
import { SteadySource } from '../bytes/steady-source.ts';
import { ChecksumError, CorruptError } from '../errors.ts';
import { storedChecksum } from '../tensor/checksum.ts';
import { elementCount } from '../tensor/shape.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** What stands in place of a tensor whose bytes are not what they were. */
export function checksumMismatch(name: string, expected: number, actual: number): ChecksumError {
  return new ChecksumError(
    `tensor ${name}: its bytes do not match their checksum, so they are not copied; ckpt verify shows all damage`,
    name,
    expected,
    actual,
  );
}

/** Content that was turned around on reading has no checksum of its own to compare: the stored bytes are checked instead. */
export function checkTurned(name: () => string, tensor: Tensor): void {
  const { stored } = tensor;
  stored?.check?.();
  if (stored?.crc32c === undefined || stored.byteLength === 0 || tensor.crc32c !== undefined) return;
  const raw = new RegionSource(stored.file, stored.offset, stored.byteLength);
  const actual = storedChecksum(tensor.dtype, raw, elementCount(tensor.shape), stored.byteOrder);
  if (actual !== stored.crc32c) throw checksumMismatch(name(), stored.crc32c, actual);
}

/**
 * The content of a tensor, to be read in one pass and summed in another: numbers are summed as they go by, strings and variants
 * by rules that read them once more, and what is summed must be what was written.
 */
export function steadyContent(tensor: Tensor, name: () => string): ByteSource {
  if (tensor.dtype.width > 0) return tensor.source;
  return new SteadySource(tensor.source, () => {
    const where = `tensor ${name()}`;
    return new CorruptError(`${where}: its content changed while it was written`, { where });
  });
}
