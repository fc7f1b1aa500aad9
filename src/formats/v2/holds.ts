/** Which dtypes a bundle can hold: every one that TensorFlow knows. */
import { UnsupportedError } from '../../errors.ts';
import type { DType } from '../../tensor/dtype.ts';
import type { Tensor } from '../../tensor/tensor.ts';

export function bundleHolds(dtype: DType): boolean {
  return dtype.number > 0;
}

/** Throws {@link UnsupportedError} for a tensor that a bundle cannot hold. */
export function checkBundleHolds(name: string, { dtype }: Pick<Tensor, 'dtype'>): void {
  if (bundleHolds(dtype)) return;
  throw new UnsupportedError(`tensor ${name}: a bundle cannot hold dtype ${dtype.name}`, 'dtype');
}
