/** What a cast of chosen tensors means: floats, unless a pattern names others. */
import { TextSet } from '../bytes/text-map.ts';
import type { RoleOf } from '../roles/role.ts';
import type { Chooser } from '../surgery/selectors.ts';
import type { Tensor, TensorMap } from '../tensor/tensor.ts';

/** Slots of slots, averages of averages: nobody nests deeper. */
const MOST_NESTED = 4;

/**
 * What is cast beside what `choose` takes: with `withSlots` the slots and moving averages of it, too; with false none of them, and
 * all that it takes where it is left out.
 */
export function withFollowers(
  tensors: TensorMap,
  choose: Chooser,
  roleOf: RoleOf,
  withSlots: boolean | undefined,
): Chooser {
  if (withSlots === undefined) return choose;
  const follows = (name: string, tensor: Tensor): boolean => /^(?:slot|ema)$/.test(roleOf(name, tensor).role);
  if (!withSlots) return (name, tensor) => choose(name, tensor) && !follows(name, tensor);
  return (name, tensor) => {
    let [at, facts] = [name, tensor];
    for (let depth = 0; depth < MOST_NESTED; depth++) {
      if (choose(at, facts)) return true;
      const { of } = roleOf(at, facts);
      const next = of === undefined || !follows(at, facts) ? undefined : tensors.get(of);
      if (of === undefined || next === undefined) return false;
      [at, facts] = [of, next];
    }
    return false;
  };
}

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
