/** The dtypes that TensorFlow.js has. */
import type { DType } from '../../tensor/dtype.ts';

const HELD: ReadonlySet<string> = new Set(['float32', 'int32', 'bool', 'string', 'complex64']);

/** Whether TensorFlow.js has tensors of a dtype. */
export function tfjsHolds({ name }: DType): boolean {
  return HELD.has(name);
}
