/** What a cast of chosen tensors means: floats, unless a pattern names others. */
import { TextSet } from '../bytes/text-map.ts';
import type { Chooser } from '../surgery/selectors.ts';
import type { TensorMap } from '../tensor/tensor.ts';

export interface CastChoice {
  readonly choose: Chooser;
  /** Tensors that were chosen and are no floats, and stay. */
  readonly left: readonly string[];
}

/**
 * Of the chosen tensors the floats, and those others that a pattern names exactly; all of them where no float is among them.
 */
export function castChoice(tensors: TensorMap, choose: Chooser, patterns: readonly string[]): CastChoice {
  const named = new TextSet(patterns);
  const left: string[] = [];
  let floats = 0;
  for (const [name, tensor] of tensors) {
    if (!choose(name, tensor)) continue;
    if (tensor.dtype.kind === 'float') floats++;
    else if (!named.has(name)) left.push(name);
  }
  if (floats === 0 && patterns.length > 0) return { choose, left: [] };
  const only: Chooser = (name, tensor) => choose(name, tensor) && (tensor.dtype.kind === 'float' || named.has(name));
  return { choose: only, left };
}
