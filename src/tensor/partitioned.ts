/** The content of a partitioned tensor, put together from its parts; and what stands for a tensor that is none. */
import { type ByteSource, MemorySource } from '../bytes/source.ts';
import { CkptError, CorruptError, UnsupportedError } from '../errors.ts';
import { AssembledSource, coverageProblem } from './assembled-source.ts';
import { assembleStrings } from './assembled-strings.ts';
import { UNKNOWN_DTYPE } from './dtype.ts';
import { formatShape, type Shape, sameShape } from './shape.ts';
import type { Tensor, TensorPart } from './tensor.ts';
import { boxOf, formatTensorSlice, type TensorSlice } from './tensor-slice.ts';

/**
 * The whole out of its parts; throws a {@link CkptError} where they do not fit or overlap. Where they leave elements out, what
 * is there can be read, and a read of anything else throws.
 */
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
  const problem = coverageProblem(
    placed.map(({ box }) => box),
    shape,
  );
  if (problem?.kind === 'overlap') throw new CorruptError(`${where}: ${problem.message}`, { where });
  const absent = (): UnsupportedError => partial(where, shape, parts);
  const sources = placed.map(({ box, part }) => ({ box, source: part.source }));
  if (dtype.width > 0) return new AssembledSource(sources, shape, dtype.width, absent);
  if (dtype.kind !== 'string')
    throw new UnsupportedError(`${where}: a partitioned variant cannot be put together`, 'partitioned variant');
  if (problem !== undefined) throw absent();
  return new MemorySource(assembleStrings(sources, shape));
}

/** What is said of elements that lie in no stored slice. */
function partial(where: string, shape: Shape, parts: readonly TensorPart[]): UnsupportedError {
  const stored = parts.map(({ slice }) => sliceText(slice, shape));
  const some = stored.length > 4 ? `${stored.slice(0, 3).join(' ')} and ${stored.length - 3} more` : stored.join(' ');
  return new UnsupportedError(
    `${where}: of its shape ${formatShape(shape)} only ${some} ${stored.length === 1 ? 'is' : 'are'} stored; read what is there`,
    'partial tensor',
  );
}

/** A stored slice as it is written after a name: `[0:3,:]`. */
export function sliceText(slice: TensorSlice, shape: Shape): string {
  const axes = slice.map(({ start, length }, axis) =>
    length === undefined || (start === 0 && length === shape[axis]) ? ':' : `${start}:${start + length}`,
  );
  return `[${axes.join(',')}]`;
}

/**
 * The parts of a tensor of which only some are stored, as TensorFlow saves slots of partitioned variables, in the order of
 * their places; undefined for a tensor that is there as a whole. Throws a {@link CkptError} where the parts do not fit.
 */
export function partsAlone(name: string, tensor: Tensor): readonly TensorPart[] | undefined {
  const { parts, shape } = tensor;
  if (parts === undefined) return undefined;
  const placed = parts.map((part) => ({ part, box: boxOf(part.slice, shape, `tensor ${name}`) }));
  const problem = coverageProblem(
    placed.map(({ box }) => box),
    shape,
  );
  if (problem?.kind !== 'incomplete') return undefined;
  return placed.sort((a, b) => compareShapes(a.box.start, b.box.start)).map(({ part }) => part);
}

function compareShapes(a: Shape, b: Shape): number {
  const axis = a.findIndex((start, i) => start !== b[i]);
  return axis < 0 ? 0 : (a[axis] as number) - (b[axis] as number);
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
