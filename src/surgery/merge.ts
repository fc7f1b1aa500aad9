/** Several maps as one. */

import { compareText } from '../bytes/text.ts';
import { TextMap } from '../bytes/text-map.ts';
import { NameError } from '../errors.ts';
import { OBJECT_GRAPH_KEY } from '../object-graph/object-graph-key.ts';
import { checkMaps } from '../tensor/arguments.ts';
import { DerivedMap } from '../tensor/derived-map.ts';
import { sameContent } from '../tensor/same-content.ts';
import type { Tensor, TensorMap } from '../tensor/tensor.ts';
import { withoutGraph } from './object-graph.ts';

/**
 * What happens when two inputs hold a tensor of one name: refuse the merge, keep the first, keep the last, or keep one
 * when both are equal to the byte and refuse otherwise.
 */
export type OnConflict = 'refuse' | 'first' | 'last' | 'identical';

/** Tensors of several maps as one. */
export class MergedMap extends DerivedMap {
  constructor(
    readonly inputs: readonly TensorMap[],
    /** For each name that several inputs have, the number of the one whose tensor is kept. */
    readonly contested: ReadonlyMap<string, number>,
    readonly count: number,
  ) {
    super();
  }

  override get size(): number {
    return this.count;
  }

  /** Whether the tensor of that name is the one of this input, which has one. */
  isFrom(name: string, input: number): boolean {
    return this.contested.size === 0 || (this.contested.get(name) ?? input) === input;
  }

  override *entries(): MapIterator<[string, Tensor]> {
    for (const [i, input] of this.inputs.entries()) {
      for (const pair of input) if (this.isFrom(pair[0], i)) yield pair;
    }
  }

  override get(name: string): Tensor | undefined {
    const owner = this.contested.get(name);
    if (owner !== undefined) return this.inputs[owner]?.get(name);
    for (const input of this.inputs) {
      const tensor = input.get(name);
      if (tensor !== undefined) return tensor;
    }
    return undefined;
  }
}

/** How many names the inputs have together, and which inputs have each of those that several have. */
interface Names {
  readonly count: number;
  readonly shared: ReadonlyMap<string, readonly number[]>;
}

/** Walks all inputs side by side, which takes no memory; undefined where one of them is not in order. */
function namesInOrder(inputs: readonly TensorMap[]): Names | undefined {
  const walks = inputs.map((input) => input.keys());
  const heads = walks.map((walk) => walk.next().value as string | undefined);
  const shared = new TextMap<number[]>();
  for (let count = 0; ; count++) {
    let least: string | undefined;
    for (const head of heads)
      if (head !== undefined && (least === undefined || compareText(head, least) < 0)) least = head;
    if (least === undefined) return { count, shared };
    const owners: number[] = [];
    for (let i = 0; i < heads.length; i++) {
      if (heads[i] !== least) continue;
      owners.push(i);
      heads[i] = walks[i]?.next().value as string | undefined;
      if (heads[i] !== undefined && compareText(heads[i] as string, least) <= 0) return undefined;
    }
    if (owners.length > 1) shared.set(least, owners);
  }
}

/** The same for inputs in any order, with every name held. */
function namesInAnyOrder(inputs: readonly TensorMap[]): Names {
  const first = new TextMap<number>();
  const shared = new TextMap<number[]>();
  for (const [i, input] of inputs.entries()) {
    for (const name of input.keys()) {
      const owner = first.get(name);
      if (owner === undefined) first.set(name, i);
      else shared.set(name, [...(shared.get(name) ?? [owner]), i]);
    }
  }
  return { count: first.size, shared };
}

/** Graphs are no tensors that could be in conflict: the first stands for all, which are brought together as they are written. */
function withOneGraph(inputs: readonly TensorMap[]): readonly TensorMap[] {
  const owner = inputs.findIndex((input) => input.has(OBJECT_GRAPH_KEY));
  return inputs.map((input, i) => (i > owner && input.has(OBJECT_GRAPH_KEY) ? withoutGraph(input) : input));
}

/**
 * All tensors of all inputs, in the order of the inputs; throws {@link NameError} for a conflict that is to be refused. The
 * object graph is that of the first input which has one, until the map is written: then it lists what all graphs list.
 *
 * @example
 * const [model, other] = await Promise.all([openCheckpoint('model.ckpt'), openCheckpoint('other.ckpt')]);
 * await writeCheckpoint('both.ckpt', merge([model.tensors, withPrefix(other.tensors, 'teacher/')]));
 */
export function merge(all: readonly TensorMap[], onConflict: OnConflict = 'refuse'): MergedMap {
  checkMaps('merge', all);
  const inputs = withOneGraph(all);
  const { count, shared } = namesInOrder(inputs) ?? namesInAnyOrder(inputs);
  const contested = new TextMap<number>();
  const refused: string[] = [];
  for (const [name, owners] of shared) {
    const of = (input: number): Tensor => inputs[input]?.get(name) as Tensor;
    const [first, ...others] = owners as [number, ...number[]];
    const differ = onConflict === 'identical' && others.some((other) => !sameContent(of(first), of(other)));
    if (onConflict === 'refuse' || differ) refused.push(name);
    contested.set(name, onConflict === 'last' ? (others.at(-1) ?? first) : first);
  }
  if (refused.length > 0) throw conflict(refused, onConflict === 'identical');
  return new MergedMap(inputs, contested, count);
}

const MOST_NAMED = 3;

function conflict(names: readonly string[], differ: boolean): NameError {
  const [first] = names;
  const some = names.slice(0, MOST_NAMED).join(', ');
  const those =
    names.length === 1
      ? `more than one input has a tensor called ${first}`
      : `more than one input has each of ${names.length} names, such as ${some}`;
  return new NameError(`${those}${differ ? ', with different content' : ''}`, { colliding: names });
}
