/**
 * Which tensors go with a variable when its shape changes: its optimizer slots and moving averages, theirs in turn, as long as
 * they have the variable's shape. Slots that lack one of its axes, the factors of Adafactor and accumulators of rows, follow edits
 * along one axis; all others of another shape are told of and stay.
 */
import { graphColumnsOf } from '../object-graph/stored-columns.ts';
import { rolesByNames } from '../roles/name-role.ts';
import { roleByGraph } from '../roles/object-graph-role.ts';
import type { RoleOf } from '../roles/role.ts';
import { type Shape, sameShape } from '../tensor/shape.ts';
import type { Tensor, TensorMap } from '../tensor/tensor.ts';

export interface FollowOptions {
  /** Who tells what a tensor is for; the object graph of the tensors or their names when left out. */
  readonly roleOf?: RoleOf | undefined;
  /** Take slots and moving averages along; true unless said otherwise. */
  readonly withSlots?: boolean | undefined;
}

/** A tensor to be edited, and what it is to the variable that was asked for. */
export interface EditTarget {
  readonly name: string;
  readonly tensor: Tensor;
  readonly as: 'variable' | 'slot' | 'ema';
  /** The variable that was asked for: itself, or the one that it follows. */
  readonly of: string;
  /** The own axis for each axis of the variable, undefined where it has none; all of them when left out. */
  readonly axes?: readonly (number | undefined)[] | undefined;
}

/**
 * The axes of a slot for those of its variable, one of which it lacks, or has a single element along some; undefined where that is
 * not what it is, or where it may be any of several axes.
 */
function axesWithin(slot: Shape, variable: Shape): (number | undefined)[] | undefined {
  if (slot.length === variable.length) {
    const fits = slot.every((size, axis) => size === variable[axis] || size === 1);
    return fits ? slot.map((size, axis) => (size === variable[axis] ? axis : undefined)) : undefined;
  }
  if (slot.length !== variable.length - 1 || slot.length === 0) return undefined;
  const lacked = variable.flatMap((_, axis) => (sameShape(slot, variable.toSpliced(axis, 1)) ? [axis] : []));
  const [axis, ...more] = lacked;
  if (axis === undefined || more.length > 0) return undefined;
  return variable.map((_, at) => (at === axis ? undefined : at < axis ? at : at - 1));
}

export interface EditTargets {
  readonly targets: readonly EditTarget[];
  readonly notes: readonly string[];
}

/** Averages of slots of averages: nobody nests deeper. */
const MOST_NESTED = 4;

/** What a tensor is to the variable that carries it, if that is among those asked for. */
function relation(
  name: string,
  tensor: Tensor,
  chosen: ReadonlyMap<string, Tensor>,
  tensors: TensorMap,
  roleOf: RoleOf,
): { readonly of: string; readonly as: 'slot' | 'ema' } | undefined {
  let as: 'slot' | 'ema' = 'ema';
  let [at, facts] = [name, tensor];
  for (let depth = 0; depth < MOST_NESTED; depth++) {
    const { role, of } = roleOf(at, facts);
    if (role !== 'slot' && role !== 'ema') return undefined;
    if (role === 'slot') as = 'slot';
    if (of === undefined || of === at) return undefined;
    if (chosen.has(of)) return { of, as };
    const next = tensors.get(of);
    if (next === undefined) return undefined;
    [at, facts] = [of, next];
  }
  return undefined;
}

const MOST_NAMED = 3;

function someNames(names: readonly string[]): string {
  const more = names.length - MOST_NAMED;
  return names.slice(0, MOST_NAMED).join(', ') + (more > 0 ? ` and ${more} more` : '');
}

/** The roles that the tensors themselves tell. */
export function ownRoles(tensors: TensorMap): RoleOf {
  const graph = graphColumnsOf(tensors);
  return graph === undefined ? rolesByNames(tensors).roleOf : roleByGraph(graph, tensors);
}

/** The tensors asked for, and those that follow them, in the order of the map; where the edit is along an axis, slots without some, too. */
export function editTargets(
  tensors: TensorMap,
  chosen: ReadonlyMap<string, Tensor>,
  { roleOf = ownRoles(tensors), withSlots = true }: FollowOptions,
  byAxis = false,
): EditTargets {
  const targets: EditTarget[] = [];
  const other: string[] = [];
  const left: string[] = [];
  for (const [name, tensor] of tensors) {
    const found = relation(name, tensor, chosen, tensors, roleOf);
    if (chosen.has(name)) targets.push({ name, tensor, as: found?.as ?? 'variable', of: name });
    else if (found !== undefined && !withSlots) left.push(name);
    else if (found !== undefined) {
      const { shape } = chosen.get(found.of) as Tensor;
      const fits = sameShape(tensor.shape, shape);
      const axes = fits || !byAxis ? undefined : axesWithin(tensor.shape, shape);
      if (fits || axes !== undefined) targets.push({ name, tensor, as: found.as, of: found.of, axes });
      else if (tensor.shape.length > 0) other.push(name);
    }
  }
  const notes: string[] = [];
  if (left.length > 0) notes.push(`--no-slots: ${someNames(left)} stay as they are, and no longer fit their variable`);
  const theirs =
    other.length === 1
      ? 'has another shape than its variable and stays as it is'
      : 'have another shape than their variable and stay as they are';
  if (other.length > 0) notes.push(`${someNames(other)} ${theirs}`);
  return { targets, notes };
}
