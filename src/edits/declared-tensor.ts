/** What a new tensor is to be, as people write it behind its name: `head/kernel:float32[768,11]`. */
import { UsageError } from '../errors.ts';
import { type DType, dtypeOf } from '../tensor/dtype.ts';
import type { Shape } from '../tensor/shape.ts';

const DECLARED = /^(.+):([a-z][a-z0-9_]*)\[([^[\]]*)\]$/s;

/** Whether a text has the form of a name, a dtype and sizes. */
export const isDeclaration = (text: string): boolean => DECLARED.test(text);

function shapeOf(text: string, sizes: string): Shape {
  const inner = sizes.trim().replace(/,$/, '');
  if (inner === '') return [];
  const parts = inner.split(',');
  if (parts.every((part) => /^\s*\d{1,15}\s*$/.test(part))) return parts.map(Number);
  throw new UsageError(`${text}: sizes are whole numbers from 0 on, as in name:float32[3,4]; [] is a scalar`);
}

/** The name, dtype and shape of a declaration; undefined for a text that is none. Throws {@link UsageError} for sizes that are none. */
export function declaredTensor(
  text: string,
): { readonly name: string; readonly dtype: DType; readonly shape: Shape } | undefined {
  const [, name, dtype = '', sizes = ''] = DECLARED.exec(text) ?? [];
  return name === undefined ? undefined : { name, dtype: dtypeOf(dtype), shape: shapeOf(text, sizes) };
}
