/** What edits along one axis share: the variables and those that follow them, their parts, and their new rows. */

import type { ByteSource } from '../bytes/source.ts';
import { TextMap } from '../bytes/text-map.ts';
import { UnsupportedError } from '../errors.ts';
import type { Seed } from '../random/philox.ts';
import type { Chooser } from '../surgery/selectors.ts';
import { formatShape } from '../tensor/shape.ts';
import type { Tensor, TensorMap } from '../tensor/tensor.ts';
import { type CheckOptions, inputOf } from './checked-input.ts';
import { axisOf, checkNumbers, chosenTensors } from './chosen.ts';
import { type Edited, withEdits } from './edited-map.ts';
import { type Filling, fillingSource } from './filling.ts';
import { type EditTarget, editTargets, type FollowOptions } from './followers.ts';
import { inParts, lazyTensor } from './lazy-tensor.ts';
import { meanSource } from './mean-filling.ts';
import { type Cuts, cutsOf, evenCuts, slicesOf } from './part-grid.ts';
import { RowSource } from './row-source.ts';
import { Rows } from './rows.ts';

/** What new rows hold: a filling, the mean of the rows there are, or those again from the first on. */
export type RowFilling = Filling | { readonly kind: 'mean' } | { readonly kind: 'repeat' };

export interface ShapeEditOptions extends FollowOptions, CheckOptions {}

/** Makes the new tensor of a target; sentences go to `notes`. */
type Change = (target: EditTarget, number: number, notes: string[]) => Tensor;

/** The same along an axis, which is the one that the target has for that of its variable. */
type AxisChange = (target: EditTarget, along: number, number: number, notes: string[]) => Tensor;

/** {@link editShapes} along one axis: slots that lack other axes than that follow, too, and those that lack it stay as they are. */
export function editAlong(
  tensors: TensorMap,
  choose: Chooser,
  verb: string,
  axis: number,
  options: ShapeEditOptions,
  change: AxisChange,
): Edited {
  const changeAlong = (target: EditTarget, number: number, notes: string[]): Tensor | undefined => {
    const { name, tensor, axes } = target;
    if (axes === undefined) return change(target, axisOf(name, tensor, axis), number, notes);
    const along = axes.at(axis);
    return along === undefined ? undefined : change(target, along, number, notes);
  };
  return editTensors(tensors, choose, verb, options, changeAlong, true);
}

/** Changes the shape of what is chosen and of all that follows it. `number` counts the variables, for their random numbers. */
export function editShapes(
  tensors: TensorMap,
  choose: Chooser,
  verb: string,
  options: ShapeEditOptions,
  change: Change,
): Edited {
  return editTensors(tensors, choose, verb, options, change, false);
}

function editTensors(
  tensors: TensorMap,
  choose: Chooser,
  verb: string,
  options: ShapeEditOptions,
  change: (...args: Parameters<Change>) => Tensor | undefined,
  byAxis: boolean,
): Edited {
  const chosen = chosenTensors(tensors, choose, verb);
  const { targets, notes } = editTargets(tensors, chosen, options, byAxis);
  const numbers = new TextMap([...chosen.keys()].map((name, i) => [name, i]));
  const more = [...notes];
  const edits = new TextMap<Tensor>();
  for (const target of targets) {
    const after = change(target, numbers.get(target.name) ?? 0, more);
    if (after !== undefined) edits.set(target.name, after);
  }
  return withEdits(tensors, edits, [...new Set(more)]);
}

/** The tensor with its parts cut as before, save along one axis, which is cut anew into as many; `notes` says where not. */
export function withOldCuts(
  name: string,
  before: Tensor,
  after: Tensor,
  map: (cuts: Cuts) => Cuts | undefined,
  notes: string[],
): Tensor {
  const { parts } = before;
  if (parts === undefined) return after;
  const cuts = cutsOf(parts, before.shape);
  const next = cuts === undefined ? undefined : map(cuts);
  if (next !== undefined) return inParts(after, slicesOf(next, after.shape));
  notes.push(
    `${name} was partitioned and is one whole now: its ${parts.length} parts do not fit ${formatShape(after.shape)}`,
  );
  return after;
}

/** Seeds of the new elements of the `number`-th variable. */
export const seedOf = (seed: number, number: number): Seed => [seed, number];

/** Slots of TensorFlow 1's Adagrad, which divides by their root alone. */
const ADAGRAD = /\/(?:Proximal)?Adagrad(?:_\d+)?$/;

export interface NewRows {
  readonly axis: number;
  readonly rows: Rows;
  readonly filling: RowFilling;
  readonly seed: number;
}

/**
 * The tensor with other rows along an axis. New rows of a slot are zeros, as most optimizers begin; those of a moving average are
 * what its variable's are.
 */
export function withRows(
  target: EditTarget,
  number: number,
  change: NewRows,
  options: CheckOptions,
  notes: string[],
): Tensor {
  const { name, tensor, as } = target;
  const { axis, rows, seed } = change;
  const { dtype, shape } = tensor;
  checkNumbers(name, tensor, 'resized');
  const newShape = [...shape.slice(0, axis), rows.length, ...shape.slice(axis + 1)];
  const filling: RowFilling = as === 'slot' ? { kind: 'zeros' } : change.filling;
  const size = shape[axis] as number;
  const isNew = rows.hasNew;
  const chosenRows = filling.kind === 'repeat' && size > 0 ? new Rows(rows.length, rows.runs, size) : rows;
  const fillWith = (input: ByteSource): ByteSource => {
    if (filling.kind === 'mean' && size > 0) return meanSource(input, dtype, shape, axis, rows.length);
    if (filling.kind === 'mean' || filling.kind === 'repeat')
      return fillingSource({ kind: 'zeros' }, dtype, newShape, [0, 0]);
    return fillingSource(filling, dtype, newShape, seedOf(seed, number));
  };
  // What cannot be filled so is refused now, not in the midst of a write.
  if (isNew && filling.kind === 'mean' && dtype.kind !== 'float') {
    throw new UnsupportedError(
      `${name} is ${dtype.name}, of which rows have no mean; zeros, ones and repeat will do`,
      'dtype',
    );
  }
  if (isNew && filling.kind !== 'mean' && filling.kind !== 'repeat') fillingSource(filling, dtype, newShape, [0, 0]);
  if (isNew && as === 'slot' && ADAGRAD.test(name)) {
    notes.push(
      `new rows of ${name} are zeros, where TensorFlow's Adagrad begins at 0.1: a gradient of 0 makes NaN of such a row; ckpt strip-optimizer lets it begin anew`,
    );
  }
  const after = lazyTensor(dtype, newShape, () => {
    const input = inputOf(name, tensor, options);
    return new RowSource(input, shape, axis, chosenRows, isNew ? fillWith(input) : input, dtype.width);
  });
  const cut = (cuts: Cuts): Cuts | undefined =>
    cuts.map((starts, at) => (at === axis && starts.length > 1 ? evenCuts(rows.length, starts.length) : starts));
  return withOldCuts(name, tensor, after, rows.length === 0 ? () => undefined : cut, notes);
}
