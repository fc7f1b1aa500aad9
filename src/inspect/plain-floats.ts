/** Which tensors the threads of `compute` can look into. */
import { createChecksumBuffer } from '../bytes/crc32c-engine.ts';
import { liesInFile } from '../io/file-access.ts';
import { floatFigures } from '../tensor/float-figures.ts';
import type { Tensor } from '../tensor/tensor.ts';

let loops: boolean | undefined;

/** Whether the loops that take figures run here: where WebAssembly or its SIMD is missing, numbers are taken one by one. */
function hasLoops(): boolean {
  loops ??= floatFigures(createChecksumBuffer(1)) !== undefined;
  return loops;
}

/** Whether float32 lie in a file of this machine as they are read, with a checksum or none of any kind. */
export function liePlain({ dtype, parts, problem, stored, byteLength, crc32c }: Tensor): boolean {
  if (dtype.name !== 'float32' || problem !== undefined || parts !== undefined || stored === undefined) return false;
  const isPlain = stored.byteOrder === 'little' && stored.isRecord !== true && stored.byteLength === byteLength;
  const isSummed = stored.crc32c === undefined ? stored.zipCrc32 === undefined : crc32c === stored.crc32c;
  return byteLength > 0 && isPlain && isSummed && stored.check === undefined && liesInFile(stored.file) && hasLoops();
}
