/** From objects to names: the tensors of a TF2 checkpoint under the names that `tf.train.Saver` would give them. */
import { UsageError } from '../errors.ts';
import { graphColumnsOf } from '../object-graph/stored-columns.ts';
import type { TensorMap } from '../tensor/tensor.ts';
import { namesOfObjects } from './object-names.ts';
import { rename } from './rename.ts';
import { someOf } from './some-of.ts';
import { subset } from './subset.ts';

/** A map that goes by the other kind of keys. */
export interface Converted {
  readonly tensors: TensorMap;
  /** What a tensor of the input is called now; undefined for one that was left out. */
  readonly newNameOf: (name: string) => string | undefined;
  /** Sentences for the person who asked. */
  readonly notes: readonly string[];
}

/**
 * The tensors of an object-based checkpoint by name: each by the full name that the object graph gives it, or by the path of
 * its object where that is missing or not its own. The graph and what only `tf.train.Checkpoint` can use are left out.
 * Throws {@link UsageError} for a map without an object graph, and {@link CorruptError} for a graph that cannot be read.
 */
export function objectsToNames(tensors: TensorMap): Converted {
  const graph = graphColumnsOf(tensors);
  if (graph === undefined)
    throw new UsageError('there is no object graph (TF2) in this checkpoint: it goes by names already');
  const { names, unnamed, notes } = namesOfObjects(graph, [...tensors.keys()]);
  if (names.size === 0)
    throw new UsageError('nothing here has a name: this checkpoint holds bookkeeping of objects alone');
  const left =
    unnamed.length === 0 ? [] : [`${someOf(unnamed)}: left out, means nothing where checkpoints go by names`];
  return {
    tensors: rename(
      subset(tensors, (key) => names.has(key)),
      (key) => names.get(key) as string,
    ),
    newNameOf: (key) => names.get(key),
    notes: [...left, ...notes],
  };
}
