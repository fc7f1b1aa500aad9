/** A checkpoint of a Keras model under the paths that Keras 3 gives its weights in a `.weights.h5`, so that `load_weights` takes it. */
import { TextMap } from '../bytes/text-map.ts';
import { UsageError } from '../errors.ts';
import { kerasPaths } from '../object-graph/keras-paths.ts';
import { OBJECT_GRAPH_KEY } from '../object-graph/object-graph-key.ts';
import { objectGraphOf } from '../object-graph/stored-object-graph.ts';
import type { Tensor, TensorMap } from '../tensor/tensor.ts';
import type { Converted } from './objects-to-names.ts';
import { someOf } from './some-of.ts';

/** Whether names are those of a weights file already. */
export function areKerasWeights(tensors: TensorMap): boolean {
  for (const name of tensors.keys()) if (!/(?:^|\/)vars\/\d+$/.test(name)) return false;
  return tensors.size > 0;
}

/**
 * The weights by their paths. `given` says for some keys which path they have, `classes` of which class a layer of some name is. Throws {@link UsageError} for a checkpoint that
 * goes by names, and where nothing tells of which class a layer is, since Keras finds layers by their classes.
 */
export function kerasWeights(
  tensors: TensorMap,
  given: ReadonlyMap<string, string> = new Map(),
  classes: ReadonlyMap<string, string> = new Map(),
): Converted {
  const { lost, ...converted } = weightsByPath(tensors, given, classes);
  if (converted.tensors.size === 0) {
    throw new UsageError(
      'the checkpoint holds no weight of a Keras model: what a model keeps in lists alone, as the cells of an RNN, is not saved by tf.train.Checkpoint; save it with model.save_weights',
    );
  }
  if (lost.length > 0) {
    throw new UsageError(
      `nothing tells where Keras looks for ${someOf(lost)}, which the optimizer trains: tf.train.Checkpoint knows no layers that a model keeps in lists or dictionaries; say it with --map KEY=layers/CLASS/vars/N`,
    );
  }
  return converted;
}

/** The same, and what else of the model the optimizer knows and no layer has. */
export function weightsByPath(
  tensors: TensorMap,
  given: ReadonlyMap<string, string>,
  classes: ReadonlyMap<string, string>,
): Converted & { readonly lost: readonly string[] } {
  if (areKerasWeights(tensors)) return { tensors, newNameOf: (name) => name, notes: [], lost: [] };
  const graph = objectGraphOf(tensors);
  if (graph === undefined && given.size === 0) {
    throw new UsageError(
      'the checkpoint goes by names, which do not tell where Keras looks for weights; say it with --map name=layers/dense/vars/0, or a list of such pairs',
    );
  }
  const told = graph === undefined ? undefined : kerasPaths(graph, (key) => tensors.get(key)?.shape, classes);
  const unknown = told?.unknown.filter(({ keys }) => keys.some((key) => !given.has(key) && tensors.has(key))) ?? [];
  if (unknown.length > 0) {
    throw new UsageError(
      `nothing tells of which class ${someOf(unknown.map(({ name }) => name))} is, and Keras finds layers by their classes; say it with --map KEY=layers/CLASS/vars/N`,
    );
  }
  if (told !== undefined && told.adapted.length > 0) {
    throw new UsageError(
      `${someOf(told.adapted)} ${told.adapted.length === 1 ? 'has' : 'have'} LoRA weights (lora_kernel_a, ...), which Keras merges into the kernel when it saves weights; save them with Keras, or leave the adaptation out: ckpt drop CKPT '**/lora_*' -o OUT`,
    );
  }
  const pathOf = (name: string): string | undefined => given.get(name) ?? told?.paths.get(name);
  const lost = told?.lost.filter((key) => tensors.has(key) && !given.has(key)) ?? [];
  const renamed = new TextMap<Tensor>();
  const names = new TextMap<string>();
  const left: string[] = [];
  for (const [name, tensor] of tensors) {
    const path = pathOf(name);
    if (path !== undefined) {
      if (renamed.has(path)) {
        throw new UsageError(
          `two tensors have the path ${path}: ${name} and ${names.get(path)}; say where each belongs with --map`,
        );
      }
      renamed.set(path, tensor);
      names.set(path, name);
    } else if (name !== OBJECT_GRAPH_KEY) left.push(name);
  }
  for (const [path, key] of told?.repeats ?? []) {
    const tensor = given.has(key) ? undefined : tensors.get(key);
    if (tensor !== undefined && !renamed.has(path)) renamed.set(path, tensor);
  }
  return { tensors: renamed, newNameOf: pathOf, notes: notesOf(told?.guessed ?? [], left), lost };
}

function notesOf(guessed: readonly string[], left: readonly string[]): string[] {
  const classes = `classes told from variables alone: ${someOf(guessed)}`;
  const rest = `${someOf(left)} ${left.length === 1 ? 'has' : 'have'} no place in a weights file and ${left.length === 1 ? 'is' : 'are'} left out`;
  return [...(guessed.length > 0 ? [classes] : []), ...(left.length > 0 ? [rest] : [])];
}
