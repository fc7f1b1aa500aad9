/** The content of a partitioned tensor, put together from its parts; and what stands for a tensor that is none. */
import { type ByteSource, MemorySource } from '../bytes/source.ts';
import { CkptError, CorruptError, UnsupportedError } from '../errors.ts';
import { AssembledSource, checkCoverage } from './assembled-source.ts';
import { assembleStrings } from './assembled-strings.ts';
import { UNKNOWN_DTYPE } from './dtype.ts';
import { formatShape, sameShape } from './shape.ts';
import type { Tensor, TensorPart } from './tensor.ts';
import { boxOf, formatTensorSlice } from './tensor-slice.ts';

/** The whole out of its parts; throws a {@link CkptError} where they do not fit, or do not cover its shape. */
export function assembleParts(
  name: string,
  { dtype, shape }: Pick<Tensor, 'dtype' | 'shape'>,
  parts: readonly TensorPart[],
): ByteSource {
  const where = `tensor ${name}`;
  const placed = parts.map(({ slice, tensor: part }) => {
    const box = boxOf(slice, shape, where);
    if (part.dtype !== dtype || !sameShape(part.shape, box.shape)) {
      throw new CorruptError(
        `${where}: the part ${formatTensorSlice(slice)} is ${part.dtype.name}${formatShape(part.shape)}, not of the shape of its place`,
        { where },
      );
    }
    return { box, part };
  });
  checkCoverage(
    placed.map(({ box }) => box),
    shape,
    where,
  );
  const sources = placed.map(({ box, part }) => ({ box, source: part.source }));
  if (dtype.width > 0) return new AssembledSource(sources, shape, dtype.width);
  if (dtype.kind === 'string') return new MemorySource(assembleStrings(sources, shape));
  throw new UnsupportedError(`${where}: a partitioned variant cannot be put together`, 'partitioned variant');
}

/** Whether a tensor lies in parts, be they all there or not. */
export function isPartitioned(tensor: Tensor): boolean {
  try {
    return tensor.parts !== undefined;
  } catch (error) {
    if (error instanceof CkptError) return true;
    throw error;
  }
}

/** Stands for an entry that cannot be decoded, so that one bad entry does not hide the others. */
export function brokenTensor(problem: CkptError): Tensor {
  return {
    dtype: UNKNOWN_DTYPE,
    shape: [],
    byteLength: 0,
    get source(): ByteSource {
      throw problem;
    },
    problem,
  };
}
