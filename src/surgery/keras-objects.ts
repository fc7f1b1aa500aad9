/** Which value of a checkpoint of objects each weight of a Keras file is. */
import { TextMap, TextSet } from '../bytes/text-map.ts';
import { kerasLayers } from '../object-graph/keras-layers.ts';
import { kerasPaths } from '../object-graph/keras-paths.ts';
import type { ObjectGraph } from '../object-graph/object-graph.ts';
import { objectGraphOf } from '../object-graph/stored-object-graph.ts';
import type { TensorMap } from '../tensor/tensor.ts';
import { type Layers, pairedLayers } from './keras-layers-template.ts';
import { classesOf } from './keras-template.ts';
import { areKerasWeights } from './keras-weights.ts';

export interface KerasInput {
  readonly tensors: TensorMap;
  /** Names of layers by the paths of their weights, of a file of Keras 3. */
  readonly layers?: ReadonlyMap<string, string> | undefined;
  /** Layers in the order of the model, each with its weights, of a file of Keras 2. */
  readonly layerWeights?: Layers | undefined;
}

/**
 * The keys of `template` by the names of the input: by where Keras 3 keeps the variables of such a model, or by the layers that a
 * file of Keras 2 lists. `given` is what somebody said, which goes before. None for a file that is not Keras'.
 */
export function kerasObjectNames(
  input: KerasInput,
  template: TensorMap,
  given: ReadonlyMap<string, string> = new Map(),
): Map<string, string> {
  const graph = objectGraphOf(template);
  const taken = new TextSet(given.values());
  const told = graph === undefined ? [] : pairsOf(input, graph, template);
  const isFree = ([name, key]: readonly [string, string]): boolean =>
    input.tensors.has(name) && template.has(key) && !given.has(name) && !taken.has(key);
  return new TextMap([...[...told].filter(isFree), ...given]);
}

function pairsOf(
  { tensors, layers, layerWeights = new Map() }: KerasInput,
  graph: ObjectGraph,
  template: TensorMap,
): Iterable<readonly [string, string]> {
  if (areKerasWeights(tensors)) {
    const { paths } = kerasPaths(graph, (key) => template.get(key)?.shape, classesOf(layers));
    return [...paths].map(([key, path]) => [path, key] as const);
  }
  if (layerWeights.size === 0) return [];
  const wanted = kerasLayers(graph).map(({ name, weights }, i): [string, string[]] => [
    name ?? `layer ${i}`,
    weights.map(({ key }) => key),
  ]);
  return pairedLayers(layerWeights, new TextMap(wanted));
}
