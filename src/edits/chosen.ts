/** The tensors that an edit was asked to change, with what speaks against it. */
import { TextMap } from '../bytes/text-map.ts';
import { MismatchError, UnsupportedError, UsageError } from '../errors.ts';
import { OBJECT_GRAPH_KEY } from '../object-graph/object-graph-key.ts';
import type { Chooser } from '../surgery/selectors.ts';
import { formatShape } from '../tensor/shape.ts';
import type { Tensor, TensorMap } from '../tensor/tensor.ts';

/** What `choose` takes, save the object graph, which is no number of the model. Throws {@link UsageError} for nothing. */
export function chosenTensors(tensors: TensorMap, choose: Chooser, verb: string): Map<string, Tensor> {
  const chosen = new TextMap<Tensor>();
  for (const [name, tensor] of tensors) {
    if (name === OBJECT_GRAPH_KEY || !choose(name, tensor)) continue;
    if (tensor.problem !== undefined) throw tensor.problem;
    chosen.set(name, tensor);
  }
  if (chosen.size === 0) throw new UsageError(`there is nothing to ${verb}: no tensor was chosen`);
  return chosen;
}

/** Throws {@link UnsupportedError} for a tensor of strings or variants, which have no fixed width. */
export function checkNumbers(name: string, { dtype }: Tensor, verb: string): void {
  if (dtype.width > 0) return;
  throw new UnsupportedError(
    `${name} holds ${dtype.name}s, which cannot be ${verb}; choose tensors of numbers`,
    'dtype',
  );
}

/** The axis, counted from the front; throws {@link MismatchError} where the tensor has none of that number. */
export function axisOf(name: string, { shape }: Tensor, axis: number): number {
  const rank = shape.length;
  const at = axis < 0 ? axis + rank : axis;
  if (Number.isInteger(axis) && at >= 0 && at < rank) return at;
  const axes = rank === 0 ? 'is a scalar and has no axes' : `has axes 0 to ${rank - 1}`;
  throw new MismatchError(
    `${name} has shape ${formatShape(shape)}, so there is no axis ${axis}; it ${axes}`,
    name,
    rank === 0 ? 'no axis' : `${-rank} to ${rank - 1}`,
    String(axis),
  );
}
