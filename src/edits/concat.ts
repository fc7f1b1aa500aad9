/** Numbered variables joined into one, and one cut into numbered ones; slots and moving averages are joined and cut with them. */
import { TextMap, TextSet } from '../bytes/text-map.ts';
import { MismatchError, NameError, UsageError } from '../errors.ts';
import type { FurtherNames } from '../surgery/name-patterns.ts';
import { nearestHint } from '../surgery/nearest-names.ts';
import { AssembledSource, type PlacedPart } from '../tensor/assembled-source.ts';
import { formatShape, type Shape, sameShape } from '../tensor/shape.ts';
import { type AxisSelector, sliceTensor } from '../tensor/slice-tensor.ts';
import type { Tensor, TensorMap } from '../tensor/tensor.ts';
import type { ShapeEditOptions } from './axis-edit.ts';
import { inputOf } from './checked-input.ts';
import { axisOf, checkNumbers } from './chosen.ts';
import { type Edited, withEdits } from './edited-map.ts';
import { editTargets } from './followers.ts';
import { lazyTensor } from './lazy-tensor.ts';
import { numberedName, numberedTensors } from './numbered-names.ts';
import { evenCuts } from './part-grid.ts';

interface Named {
  readonly name: string;
  readonly tensor: Tensor;
}

/** The end of a key that is the value of an object; what hangs on the object has its path alone before it. */
const VALUE = /\/\.ATTRIBUTES\/VARIABLE_VALUE$/;

/** What of a variable's name a follower's holds: all of it, or the path of its object; undefined where it holds neither. */
function heldName(follower: string, variable: string): string | undefined {
  return [variable, variable.replace(VALUE, '')].find((name) => placeOf(follower, name) >= 0);
}

/** Where a follower's name holds the whole name of its variable, the last time; -1 where it does not. */
function placeOf(follower: string, variable: string): number {
  const isEdge = (at: number): boolean =>
    at < 0 || at >= follower.length || !/[\p{L}\p{N}]/u.test(follower[at] as string);
  let at = follower.lastIndexOf(variable);
  while (at > 0 && !(isEdge(at - 1) && isEdge(at + variable.length))) at = follower.lastIndexOf(variable, at - 1);
  return at >= 0 && isEdge(at - 1) && isEdge(at + variable.length) ? at : -1;
}

/** The name of a follower as if its variable were called otherwise: `a/w/Adam` for `a/w_0/Adam`. */
function renamedFollower(follower: string, variable: string, next: string): string {
  const held = heldName(follower, variable) ?? variable;
  const at = placeOf(follower, held);
  const rest = follower.slice(at + held.length);
  return follower.slice(0, at) + (rest.startsWith('/.OPTIMIZER_SLOT/') ? next.replace(VALUE, '') : next) + rest;
}

/** What follows each of the variables, by the name that it has beside the others. */
function followersBy(
  tensors: TensorMap,
  variables: readonly Named[],
  as: string,
  options: ShapeEditOptions,
): {
  readonly groups: Map<string, (Named | undefined)[]>;
  readonly notes: string[];
} {
  const groups = new TextMap<(Named | undefined)[]>();
  const notes = new TextSet();
  const { targets, notes: told } = editTargets(
    tensors,
    new TextMap(variables.map(({ name, tensor }) => [name, tensor])),
    options,
  );
  for (const note of told) notes.add(note);
  const owners = [...variables]
    .map((variable, i) => ({ ...variable, i }))
    .sort((a, b) => b.name.length - a.name.length);
  for (const { name, tensor, as: role } of targets) {
    if (role === 'variable') continue;
    const owner = owners.find((variable) => heldName(name, variable.name) !== undefined);
    if (owner === undefined) notes.add(`${name} stays: its name does not hold that of its variable`);
    else {
      const next = renamedFollower(name, owner.name, as);
      const group = groups.get(next) ?? new Array<Named | undefined>(variables.length).fill(undefined);
      group[owner.i] = { name, tensor };
      groups.set(next, group);
    }
  }
  return { groups, notes: [...notes] };
}

function checkAlike(parts: readonly Named[], axis: number): void {
  const [first] = parts as [Named];
  for (const { name, tensor } of parts) {
    checkNumbers(name, tensor, 'joined');
    if (tensor.problem !== undefined) throw tensor.problem;
    const without = (shape: Shape): number[] => shape.filter((_, at) => at !== axis);
    const fits =
      tensor.dtype === first.tensor.dtype &&
      tensor.shape.length === first.tensor.shape.length &&
      sameShape(without(tensor.shape), without(first.tensor.shape));
    if (fits) continue;
    const [a, b] = [first.tensor, tensor].map(({ dtype, shape }) => `${dtype.name}${formatShape(shape)}`);
    throw new MismatchError(
      `${first.name} is ${a}, ${name} is ${b}: they cannot be joined along axis ${axis}`,
      name,
      `${a}`,
      `${b}`,
    );
  }
}

function joined(parts: readonly Named[], axis: number, options: ShapeEditOptions): Tensor {
  checkAlike(parts, axis);
  const [{ tensor }] = parts as [Named];
  const sizes = parts.map((part) => part.tensor.shape[axis] as number);
  const shape = tensor.shape.map((size, at) => (at === axis ? sizes.reduce((sum, next) => sum + next, 0) : size));
  return lazyTensor(tensor.dtype, shape, () => {
    let start = 0;
    const placed = parts.map((part, i): PlacedPart => {
      const box = { start: shape.map((_, at) => (at === axis ? start : 0)), shape: part.tensor.shape };
      start += sizes[i] as number;
      return { box, source: inputOf(part.name, part.tensor, options) };
    });
    return new AssembledSource(placed, shape, tensor.dtype.width);
  });
}

function checkFree(tensors: TensorMap, name: string, gone: ReadonlySet<string>): void {
  if (!tensors.has(name) || gone.has(name)) return;
  throw new NameError(`there is a tensor called ${name} already; give the new one another name with --as`, {
    colliding: [name],
  });
}

export interface ConcatOptions extends ShapeEditOptions {
  /** What else the tensors are called, of an object-based checkpoint: looked through where no key is meant. */
  readonly others?: FurtherNames | undefined;
  readonly axis?: number | undefined;
  /** What the joined variable is called. */
  readonly as: string;
}

/**
 * `weights_{n}` joined along an axis, in the order of their numbers, under the name `as`.
 *
 * @example
 * const { tensors } = await openCheckpoint('model.ckpt');
 * const halves = split(tensors, 'net/weights', { axis: 1, as: 'net/half_{n}', into: 2 });
 * const joined = concat(halves.tensors, 'net/half_{n}', { axis: 1, as: 'net/weights' });
 * await writeCheckpoint('joined.ckpt', joined.tensors);
 */
export function concat(tensors: TensorMap, template: string, options: ConcatOptions): Edited {
  const { axis = 0, as } = options;
  if (as === '') throw new UsageError('the joined variable needs a name: --as NAME');
  const variables = numberedTensors(tensors, template, options.others);
  const [{ name, tensor }] = variables as [Named];
  const along = axisOf(name, tensor, axis);
  const { groups, notes } = followersBy(tensors, variables, as, options);
  const edits = new TextMap<Tensor | undefined>();
  for (const part of variables) edits.set(part.name, undefined);
  const made = new Map([[as, joined(variables, along, options)]]);
  for (const [next, group] of groups) {
    const parts = group.filter((part) => part !== undefined);
    if (parts.length < variables.length) {
      notes.push(`${next} is not made: only ${parts.length} of the ${variables.length} variables have it`);
      continue;
    }
    for (const part of parts) edits.set(part.name, undefined);
    made.set(next, joined(parts, along, options));
  }
  const gone = new TextSet(edits.keys());
  for (const [next, whole] of made) {
    checkFree(tensors, next, gone);
    edits.set(next, whole);
  }
  return withEdits(tensors, edits, notes);
}

export interface SplitOptions extends ShapeEditOptions {
  readonly axis?: number | undefined;
  /** Into so many, the first ones one longer where that does not come out even. */
  readonly into?: number | undefined;
  /** Or into parts of these sizes. */
  readonly sizes?: readonly number[] | undefined;
  /** What the parts are called, `{n}` standing for 0, 1 and so on. */
  readonly as: string;
}

/** Where each part starts, and the end. */
function edgesOf(name: string, size: number, { into, sizes }: SplitOptions): number[] {
  if ((into === undefined) === (sizes === undefined))
    throw new UsageError('say either --into how many parts, or their --sizes');
  if (sizes !== undefined) {
    if (sizes.length === 0 || !sizes.every((part) => Number.isInteger(part) && part > 0)) {
      throw new UsageError(`sizes are whole numbers from 1 on, one for each part, not ${sizes.join(',') || 'none'}`);
    }
    const edges = [0];
    for (const part of sizes) edges.push((edges.at(-1) as number) + part);
    if (edges.at(-1) === size) return edges;
    throw new MismatchError(
      `the sizes ${sizes.join(',')} make ${edges.at(-1)} rows, ${name} has ${size}`,
      name,
      `${size}`,
      `${edges.at(-1)}`,
    );
  }
  const count = into as number;
  if (!Number.isInteger(count) || count < 1 || count > size) {
    throw new UsageError(`${name} has ${size} rows, which cannot be cut into ${count} parts`);
  }
  return [...evenCuts(size, count), size];
}

function cutPart(name: string, tensor: Tensor, axis: number, from: number, to: number, whole: Tensor): Tensor {
  checkNumbers(name, tensor, 'split');
  const selectors = tensor.shape.map((_, at): AxisSelector => (at === axis ? { start: from, stop: to } : {}));
  return sliceTensor(whole, selectors);
}

/**
 * One variable cut along an axis into several, which take the place of it.
 *
 * @example
 * const { tensors } = await openCheckpoint('model.ckpt');
 * const halves = split(tensors, 'net/weights', { axis: 1, as: 'net/half_{n}', into: 2 });
 * await writeCheckpoint('halves.ckpt', halves.tensors);
 */
export function split(tensors: TensorMap, name: string, options: SplitOptions): Edited {
  const { axis = 0, as } = options;
  const tensor = tensors.get(name);
  if (tensor === undefined) {
    throw new NameError(`there is no tensor called ${name}${nearestHint(name, tensors.keys())}`, { missing: [name] });
  }
  if (tensor.problem !== undefined) throw tensor.problem;
  const along = axisOf(name, tensor, axis);
  const edges = edgesOf(name, tensor.shape[along] as number, options);
  const { groups, notes } = followersBy(tensors, [{ name, tensor }], name, options);
  const wholes = [
    { name, tensor },
    ...[...groups.values()].flatMap((group) => group.filter((part) => part !== undefined)),
  ];
  const edits = new TextMap<Tensor | undefined>(wholes.map((whole) => [whole.name, undefined]));
  const gone = new TextSet(edits.keys());
  for (const whole of wholes) {
    const input = lazyTensor(whole.tensor.dtype, whole.tensor.shape, () => inputOf(whole.name, whole.tensor, options));
    for (const [i, from] of edges.slice(0, -1).entries()) {
      const next = renamedFollower(whole.name, name, numberedName(as, i));
      checkFree(tensors, next, gone);
      edits.set(next, cutPart(whole.name, whole.tensor, along, from, edges[i + 1] as number, input));
    }
  }
  return withEdits(tensors, edits, notes);
}
