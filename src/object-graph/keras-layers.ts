/** The layers of a Keras model with their weights, told from the object graph of its checkpoint in the order in which Keras lists them. */

import { KerasGraph, PASSED_OVER } from './keras-graph.ts';
import type { ObjectGraph } from './object-graph.ts';
import { VARIABLE_VALUE } from './object-graph-key.ts';

/** A layer of a model with its weights as Keras lists them, trained ones first. */
export interface KerasLayer {
  /** Its name; undefined where nothing tells it. */
  readonly name: string | undefined;
  readonly weights: readonly KerasWeight[];
}

export interface KerasWeight {
  readonly key: string;
  /** What the layer calls it, and what the whole model does. */
  readonly localName: string;
  readonly fullName: string;
}

/** The layers of a model that have weights, in its order; none for a model that does not list its layers. */
export function kerasLayers(graph: ObjectGraph): KerasLayer[] {
  if (graph.nodes.length === 0) return [];
  const walk = new LayerWalk(graph);
  return walk.layers(walk.model());
}

/** Variables of layers that are not trained. */
const UNTRAINED = /^_?(?:moving_mean|moving_variance|adapt_mean|adapt_variance|mean|variance|count|vector_u)$/;

class LayerWalk extends KerasGraph {
  layers(model: number): KerasLayer[] {
    const layers = this.layersOf(model).map((id) => {
      const weights = [...this.#weightsBelow(id, new Set())];
      const isTrained = ({ localName }: KerasWeight): boolean => !UNTRAINED.test(localName);
      const ordered = [...weights.filter(isTrained), ...weights.filter((weight) => !isTrained(weight))];
      return { name: this.layersOf(id).length > 0 ? this.#innerName(id) : this.layerName(id), weights: ordered };
    });
    return layers.filter(({ weights }) => weights.length > 0);
  }

  /** The name of a model within the model: what stands before that of one of its layers. */
  #innerName(id: number): string | undefined {
    for (const layer of this.layersOf(id)) {
      const name = this.layerName(layer);
      const [weight] = this.#weightsBelow(layer, new Set());
      const steps = weight?.fullName.split('/') ?? [];
      const at = name === undefined ? -1 : steps.indexOf(name);
      if (at > 0) return steps[at - 1];
    }
    return undefined;
  }

  /** The weights of a layer: its own, then those of its layers, then those of what else it keeps, as they were made. */
  *#weightsBelow(id: number, seen: Set<number>): Generator<KerasWeight> {
    if (seen.has(id)) return;
    seen.add(id);
    const children = this.node(id).children.filter(
      ({ localName }) => !PASSED_OVER.has(localName) && localName !== 'optimizer' && !localName.startsWith('seed_'),
    );
    for (const { localName, nodeId } of children) {
      const value = this.node(nodeId).attributes.find(({ name }) => name === VARIABLE_VALUE);
      if (value === undefined || seen.has(nodeId)) continue;
      seen.add(nodeId);
      yield { key: value.checkpointKey, localName, fullName: value.fullName };
    }
    for (const layer of this.layersOf(id)) yield* this.#weightsBelow(layer, seen);
    for (const { nodeId } of children) yield* this.#weightsBelow(nodeId, seen);
  }
}
