/** Moving averages in the place of the variables that they follow. */
import { TextMap, TextSet } from '../bytes/text-map.ts';
import { NameError, UsageError } from '../errors.ts';
import { sameShape } from '../tensor/shape.ts';
import type { Tensor, TensorMap } from '../tensor/tensor.ts';
import { type Edited, withEdits } from './edited-map.ts';
import { type FollowOptions, ownRoles } from './followers.ts';
import { sameContentAs } from './lazy-tensor.ts';

export interface TakeAveragesOptions extends Pick<FollowOptions, 'roleOf'> {
  /** What the raw variables are called from now on: their name and this. Without it they go. */
  readonly keepRaw?: string | undefined;
}

export interface TakenAverages extends Edited {
  /** Variables that now have the content of their average. */
  readonly taken: readonly string[];
  /** Weights that have no average. */
  readonly without: readonly string[];
}

/** The averages by their variables, and what only serves averages. */
interface Averages {
  readonly of: Map<string, { readonly name: string; readonly tensor: Tensor }>;
  readonly helpers: string[];
}

function averagesIn(tensors: TensorMap, roleOf: NonNullable<FollowOptions['roleOf']>): Averages {
  const of = new TextMap<{ readonly name: string; readonly tensor: Tensor }>();
  const names = new TextSet();
  for (const [name, tensor] of tensors) {
    const told = roleOf(name, tensor);
    if (told.role !== 'ema' || told.of === undefined) continue;
    const variable = tensors.get(told.of);
    if (variable === undefined || !sameShape(variable.shape, tensor.shape) || variable.dtype !== tensor.dtype) continue;
    if (of.has(told.of)) {
      const { name: other } = of.get(told.of) as { readonly name: string };
      throw new NameError(`${told.of} has two averages, ${other} and ${name}; drop one of them first`, {
        colliding: [other, name],
      });
    }
    of.set(told.of, { name, tensor });
    names.add(name);
  }
  const helpers = [...tensors].filter(([name, tensor]) => {
    const { of: owner } = roleOf(name, tensor);
    return !names.has(name) && owner !== undefined && names.has(owner);
  });
  return { of, helpers: helpers.map(([name]) => name) };
}

/**
 * Each variable that has a moving average gets its content; the averages go, and with them what only they need.
 *
 * @example
 * const { tensors } = await openCheckpoint('model.ckpt');
 * const averaged = takeAverages(tensors);
 * console.log(averaged.taken); // the variables that have the content of their moving averages now
 * await writeCheckpoint('averaged.ckpt', averaged.tensors);
 */
export function takeAverages(tensors: TensorMap, options: TakeAveragesOptions = {}): TakenAverages {
  const { roleOf = ownRoles(tensors), keepRaw } = options;
  if (keepRaw === '') throw new UsageError('--keep-raw takes a suffix that the raw variables get, such as /raw');
  const { of, helpers } = averagesIn(tensors, roleOf);
  if (of.size === 0)
    throw new UsageError('there is nothing to take: no moving average of a variable is among the tensors');
  const edits = new TextMap<Tensor | undefined>();
  const taken = new TextSet();
  // An average of an average stays, as a variable that is averaged.
  for (const [variable, { name, tensor }] of of) {
    edits.set(variable, sameContentAs(tensor));
    taken.add(variable);
    if (!of.has(name)) edits.set(name, undefined);
  }
  for (const name of helpers) edits.set(name, undefined);
  for (const variable of taken) {
    if (keepRaw === undefined) break;
    const raw = variable + keepRaw;
    if (edits.has(raw) ? edits.get(raw) !== undefined : tensors.has(raw)) {
      throw new NameError(`${raw} is there already; give the raw variables another suffix`, { colliding: [raw] });
    }
    edits.set(raw, tensors.get(variable) as Tensor);
  }
  const without = [...tensors].filter(([name, tensor]) => {
    const isFloat = tensor.dtype.kind === 'float' && !of.has(name) && !edits.has(name);
    return isFloat && roleOf(name, tensor).role === 'weight';
  });
  return { ...withEdits(tensors, edits), taken: [...taken], without: without.map(([name]) => name) };
}
