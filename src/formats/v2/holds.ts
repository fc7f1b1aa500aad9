/** Which dtypes a bundle can hold: every one there is. */
import type { DType } from '../../tensor/dtype.ts';

export function bundleHolds(dtype: DType): boolean {
  return dtype.kind !== 'unknown';
}
