/** The weights of a Keras model in the places of a `.h5` of Keras 2 that is of the same model. */
import type { TensorMap } from '../tensor/tensor.ts';
import { fillNames } from './fill-names.ts';
import type { ToObjectsOptions } from './names-to-objects.ts';
import type { Converted } from './objects-to-names.ts';
import { subset } from './subset.ts';

/** Layers in the order of a model, each with the names of its weights. */
export type Layers = ReadonlyMap<string, readonly string[]>;

export interface FillLayersOptions extends ToObjectsOptions {
  /** The layers of the template. */
  readonly layerWeights: Layers;
  /** Those of the input, where it tells them. */
  readonly inputLayers?: Layers | undefined;
}

const OPTIMIZER = 'optimizer_weights/';

/** Which name of the input goes where: layers by their names, those that are left by their order; weights by theirs in the layer. */
export function pairedLayers(input: Layers, template: Layers): Map<string, string> {
  const pairs = new Map<string, string>();
  const pair = (own: readonly string[], names: readonly string[]): void => {
    if (own.length === names.length) for (const [i, name] of own.entries()) pairs.set(name, names[i] as string);
  };
  for (const [layer, names] of template) pair(input.get(layer) ?? [], names);
  const [others, places] = [
    [...input].filter(([layer]) => !template.has(layer)),
    [...template].filter(([layer]) => !input.has(layer)),
  ];
  if (others.length === places.length) for (const [i, [, own]] of others.entries()) pair(own, places[i]?.[1] ?? []);
  return pairs;
}

/** Fills a template by layers, then by names; an optimizer of which the input has nothing starts anew. */
export function fillLayers(input: TensorMap, template: TensorMap, options: FillLayersOptions): Converted {
  const { layerWeights, inputLayers = new Map(), map = new Map() } = options;
  const isOptimizer = (name: string): boolean => name.startsWith(OPTIMIZER);
  const starts = ![...input.keys(), ...map.values()].some(isOptimizer) && [...template.keys()].some(isOptimizer);
  const wanted = starts ? subset(template, (name) => !isOptimizer(name)) : template;
  const filled = fillNames(input, wanted, {
    ...options,
    map: new Map([...pairedLayers(inputLayers, layerWeights), ...map]),
  });
  if (!starts) return filled;
  return { ...filled, notes: [...filled.notes, 'the input has nothing of the optimizer, which starts anew'] };
}
