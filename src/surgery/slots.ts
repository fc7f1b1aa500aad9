/**
 * Optimizer slots of name-based checkpoints follow their variables: `x/Adam` is a slot of `x` because `x` is a tensor too.
 * The object-based kind is told by the object graph instead.
 */
import { slotNameOf } from '../roles/slot-names.ts';
import type { TensorMap } from '../tensor/tensor.ts';
import type { NameRule } from './name-rules.ts';

/** Slots have slots: an average of `x/Adam` is still carried by `x`. */
const MOST_NESTED = 4;

/** The variable that a name is a slot of, however often, and which is renamed; nothing for other names. */
function renamedOwner(name: string, tensors: TensorMap, rule: NameRule): string | undefined {
  let owner = name;
  for (let i = 0; i < MOST_NESTED; i++) {
    const base = slotNameOf(owner)?.base ?? '';
    if (base === '') return undefined;
    owner = base;
    if (tensors.has(owner) && rule(owner) !== owner) return owner;
  }
  return undefined;
}

/**
 * Averages without bias are made inside the scope of their variable, which then stands twice: `bn/bn/mean/biased` belongs to
 * `bn/mean`. Gives the repeated scope and the variable.
 */
function repeatedScope(name: string, tensors: TensorMap, rule: NameRule): readonly [string, string] | undefined {
  const match = /\/(?:biased|local_step)$/.exec(name);
  if (match === null) return undefined;
  for (let at = name.indexOf('/'); at > 0 && at < match.index; at = name.indexOf('/', at + 1)) {
    const scope = name.slice(0, at + 1);
    const owner = name.slice(at + 1, match.index);
    if (owner.startsWith(scope) && tensors.has(owner) && rule(owner) !== owner) return [scope, owner];
  }
  return undefined;
}

/** The first names of a path, as many as `like` has. */
function scopeLike(path: string, like: string): string {
  const count = like.split('/').length - 1;
  return path
    .split('/')
    .slice(0, count)
    .map((name) => `${name}/`)
    .join('');
}

/**
 * The rule that takes the slots of a renamed tensor along. A slot that `rule` renames itself is left to it, and so is a name
 * that only looks like a slot: what it would be a slot of must be a tensor of the map that `rule` renames.
 *
 * @example
 * const { tensors } = await openCheckpoint('model.ckpt');
 * const rule = mapRule(new Map([['net/weights', 'net/params']]));
 * const renamed = rename(tensors, withSlots(tensors, rule)); // net/weights/Adam is net/params/Adam now
 * console.log([...renamed.keys()]);
 */
export function withSlots(tensors: TensorMap, rule: NameRule): NameRule {
  return (name) => {
    const next = rule(name);
    if (next !== name) return next;
    const owner = renamedOwner(name, tensors, rule);
    if (owner !== undefined) return rule(owner) + name.slice(owner.length);
    const repeated = repeatedScope(name, tensors, rule);
    if (repeated === undefined) return name;
    const [scope, variable] = repeated;
    const renamed = rule(variable);
    const ending = name.slice(scope.length + variable.length);
    return scopeLike(renamed, scope) + renamed + ending;
  };
}
