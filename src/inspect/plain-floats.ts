/** Which tensors the threads of `compute` can look into. */
import { liesInFile } from '../io/file-access.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** Whether float32 lie in a file of this machine as they are read, with a checksum or none of any kind. */
export function liePlain({ dtype, parts, problem, stored, byteLength, crc32c }: Tensor): boolean {
  if (dtype.name !== 'float32' || problem !== undefined || parts !== undefined || stored === undefined) return false;
  const isPlain = stored.byteOrder === 'little' && stored.isRecord !== true && stored.byteLength === byteLength;
  const isSummed = stored.crc32c === undefined ? stored.zipCrc32 === undefined : crc32c === stored.crc32c;
  return byteLength > 0 && isPlain && isSummed && stored.check === undefined && liesInFile(stored.file);
}
