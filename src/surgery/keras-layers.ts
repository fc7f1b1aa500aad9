/** A checkpoint of a Keras model by layers, as Keras 2 keeps weights in a `.h5`: `hidden/hidden/kernel:0`. */
import { type KerasLayer, kerasLayers } from '../object-graph/keras-layers.ts';
import { objectGraphOf } from '../object-graph/stored-object-graph.ts';
import type { TensorMap } from '../tensor/tensor.ts';
import { type Converted, objectsToNames } from './objects-to-names.ts';
import { rename } from './rename.ts';
import { subset } from './subset.ts';

/** A checkpoint by layers. */
export interface WeightsByLayer extends Converted {
  /** The layers in the order of the model, each with the names of its weights in the order of the layer. */
  readonly layers: ReadonlyMap<string, readonly string[]>;
}

/** What a weight is called within its layer: its full name from the layer on. */
function weightNames({ weights }: KerasLayer, layer: string): string[] {
  const taken = new Set<string>();
  return weights.map(({ fullName, localName }) => {
    const steps = (fullName === '' ? `${layer}/${localName}` : fullName).split('/');
    const from = steps.slice(Math.max(0, steps.indexOf(layer))).join('/');
    let name = from;
    for (let i = 1; taken.has(name); i++) name = `${from}_${i}`;
    taken.add(name);
    return `${name}:0`;
  });
}

/**
 * The tensors by full names, those of layers as Keras 2 names them. Undefined for a checkpoint that is of no Keras model, or has
 * not all of its weights. A layer whose name nothing tells gets a number: then only the order finds it.
 */
export function weightsByLayer(tensors: TensorMap): WeightsByLayer | undefined {
  const graph = objectGraphOf(tensors);
  const found = graph === undefined ? [] : kerasLayers(graph);
  if (found.length === 0 || found.some(({ weights }) => weights.some(({ key }) => !tensors.has(key)))) return undefined;
  const names = new Map<string, string>();
  const layers = new Map<string, readonly string[]>();
  const unnamed: string[] = [];
  for (const [i, layer] of found.entries()) {
    const isFree = layer.name !== undefined && !layers.has(layer.name);
    const name = isFree ? (layer.name as string) : `layer_${i}`;
    if (!isFree) unnamed.push(name);
    const own = weightNames(layer, name).map((weight) => `${name}/${weight}`);
    for (const [j, { key }] of layer.weights.entries()) names.set(key, own[j] as string);
    layers.set(name, own);
  }
  const others = objectsToNames(tensors);
  const newNameOf = (key: string): string | undefined => names.get(key) ?? others.newNameOf(key);
  const kept = subset(tensors, (key) => newNameOf(key) !== undefined);
  const notes = [...others.notes, ...(unnamed.length === 0 ? [] : [unnamedNote(unnamed)])];
  return { tensors: rename(kept, (key) => newNameOf(key) as string), newNameOf, notes, layers };
}

function unnamedNote(layers: readonly string[]): string {
  return `nothing tells the names of ${layers.length === 1 ? 'a layer' : `${layers.length} layers`}, called ${layers.join(', ')} here: load_weights finds ${layers.length === 1 ? 'it' : 'them'} by order, not by_name`;
}
