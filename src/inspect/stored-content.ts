/** The content of a tensor as far as it is stored: of slots of partitioned variables TensorFlow saves one slice of the whole. */
import { JoinedSource } from '../bytes/joined-source.ts';
import type { ByteSource } from '../bytes/source.ts';
import { partsAlone } from '../tensor/partitioned.ts';
import { elementCount, type Shape, sameShape } from '../tensor/shape.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { boxOf } from '../tensor/tensor-slice.ts';

export interface StoredContent {
  /** Row-major; of a tensor in part its stored slices end to end, in the order of their places. */
  readonly source: ByteSource;
  /** Where the n-th element of this stands in the tensor, as the index along each axis. */
  readonly indexOf: (element: number) => readonly number[];
  /** The stored slices, where these are not the whole. */
  readonly boxes: readonly { readonly start: Shape; readonly shape: Shape }[] | undefined;
}

/** The index along each axis of an element that is counted in row-major order. */
function indexIn(shape: Shape, element: number): number[] {
  let rest = element;
  const index = shape.toReversed().map((size) => {
    const at = rest % size;
    rest = (rest - at) / size;
    return at;
  });
  return index.reverse();
}

/** What there is of a tensor; throws a `CkptError` where it cannot be read, or its parts do not fit. */
export function storedContent(name: string, tensor: Tensor): StoredContent {
  const { shape } = tensor;
  const parts = tensor.parts === undefined ? undefined : partsAlone(name, tensor);
  if (parts === undefined)
    return { source: tensor.source, indexOf: (element) => indexIn(shape, element), boxes: undefined };
  const boxes = parts.map(({ slice }) => boxOf(slice, shape, `tensor ${name}`));
  const indexOf = (element: number): readonly number[] => {
    let rest = element;
    for (const box of boxes) {
      const count = elementCount(box.shape);
      if (rest < count) return indexIn(box.shape, rest).map((at, axis) => at + (box.start[axis] as number));
      rest -= count;
    }
    throw new RangeError(`tensor ${name} has no element ${element}`);
  };
  return { source: new JoinedSource(parts.map((part) => part.tensor.source)), indexOf, boxes };
}

/** Whether the same slices of two tensors of one shape are stored. */
export function sameExtent({ boxes: a }: StoredContent, { boxes: b }: StoredContent): boolean {
  if (a === undefined || b === undefined) return a === b;
  return (
    a.length === b.length &&
    a.every((box, i) => {
      const other = b[i];
      return other !== undefined && sameShape(box.start, other.start) && sameShape(box.shape, other.shape);
    })
  );
}
