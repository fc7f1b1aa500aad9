/**
 * Slots of Keras 3 whose names hold the path of a variable that its own full name lacks, as those of models that are subclasses
 * do: `muon/sub_block_0_kernel_momentum` belongs to one of several `sub/kernel`. An optimizer makes its slots in the order of
 * what it trains (keras/src/optimizers/base_optimizer.py, add_variable_from_reference).
 */
import { TextMap } from '../bytes/text-map.ts';
import { type Shape, sameShape } from '../tensor/shape.ts';
import type { NamedVariable } from './full-names.ts';
import { slotWord } from './role-words.ts';

/** A variable of the graph: its full name without scopes, and its shape where that is known. */
export interface NamedShape {
  readonly id: number;
  readonly name: string;
  readonly shape: Shape | undefined;
}

function fits({ name, shape }: NamedShape, stem: string, slot: NamedShape): boolean {
  if (stem !== name && !stem.endsWith(`_${name}`)) return false;
  return shape === undefined || slot.shape === undefined || sameShape(shape, slot.shape);
}

/** Whose each slot is, where as many variables have slots as are trained, and all fit in their order; else nothing. */
export function slotsInOrder(
  elements: readonly NamedShape[],
  trained: readonly NamedShape[],
): Map<number, NamedVariable> {
  const owners = new TextMap<NamedShape>();
  const found = new Map<number, NamedVariable>();
  for (const element of elements) {
    const at = element.name.lastIndexOf('_');
    const [stem, slot] = [element.name.slice(0, Math.max(at, 0)), element.name.slice(at + 1)];
    if (stem === '' || slotWord(slot) === undefined) continue;
    const owner = owners.get(stem) ?? trained[owners.size];
    if (owner === undefined || !fits(owner, stem, element)) return new Map();
    owners.set(stem, owner);
    found.set(element.id, { of: owner.id, slot });
  }
  return owners.size === trained.length ? found : new Map();
}
