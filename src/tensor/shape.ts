/** Shapes: how many elements along each dimension; an empty list is a scalar. */
import { CorruptError } from '../errors.ts';

export type Shape = readonly number[];

/** TensorFlow's limit on dimensions (`TensorShape::MaxDimensions`). */
export const MAX_RANK = 254;

/** How many elements a shape holds; a product past 2^53 is only approximate and must not be trusted as a size. */
export function elementCount(shape: Shape): number {
  let count = 1;
  for (let axis = 0; axis < shape.length; axis++) {
    const size = shape[axis] as number;
    if (size === 0) return 0;
    count *= size;
  }
  return count;
}

/** Throws {@link CorruptError} unless every size is a non-negative integer and the whole is countable. */
export function checkShape(shape: Shape, where: string): void {
  if (shape.length > MAX_RANK) {
    throw new CorruptError(`${where}: the shape has ${shape.length} dimensions, TensorFlow allows ${MAX_RANK}`, {
      where,
    });
  }
  for (const size of shape) {
    if (!Number.isSafeInteger(size) || size < 0) {
      throw new CorruptError(`${where}: the shape ${formatShape(shape)} has a dimension of size ${size}`, { where });
    }
  }
  if (elementCount(shape) > 2 ** 63) {
    throw new CorruptError(`${where}: the shape ${formatShape(shape)} has more than 2^63 elements`, { where });
  }
}

/** A shape as people write it: `[784,200]`, `[]` for a scalar. */
export function formatShape(shape: Shape): string {
  let text = '[';
  for (let axis = 0; axis < shape.length; axis++) text += axis === 0 ? shape[axis] : `,${shape[axis]}`;
  return `${text}]`;
}

export function sameShape(a: Shape, b: Shape): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let axis = 0; axis < a.length; axis++) if (a[axis] !== b[axis]) return false;
  return true;
}

/** How many elements one step along each axis moves in row-major order. */
export function stridesOf(shape: Shape): number[] {
  const strides: number[] = new Array(shape.length);
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = stride;
    stride *= shape[axis] as number;
  }
  return strides;
}
