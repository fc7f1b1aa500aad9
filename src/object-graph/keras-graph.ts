/** The object graph of a Keras model, walked as Keras walks the model: layers, and what else objects keep. */

import type { ObjectGraph, ObjectNode } from './object-graph.ts';
import { VARIABLE_VALUE } from './object-graph-key.ts';

/** What leads to the layers of a model, in the order in which they are tried. */
const LAYER_LISTS = ['_operations', '_layers', 'layers'];
/** Keras 2 lists layers among the children of the model itself. */
const LAYER_CHILD = /^layer-(\d+)$/;
/** Children that are no objects of their own in the file, or that repeat others. */
export const PASSED_OVER = new Set([
  '_tracked',
  '_inbound_nodes',
  '_outbound_nodes',
  '_losses',
  '_losses_override',
  'call_signature_parameters',
  '_call_has_context_arg',
  '_compiled_trainable_state',
  '_trainable_variables',
  '_non_trainable_variables',
  '_variables',
  'variables',
  'trainable_variables',
  'regularization_losses',
  'keras_api',
  'signatures',
  '_metrics',
  '_seed_generators',
]);
/** Attributes of multi-head attention that Keras reaches by a property without the underscore; grouped queries have none. */
const PROPERTY = /^_((?:query|key|value|output)_dense)$/;

/** An object that another keeps under a name. */
export interface Kept {
  readonly id: number;
  readonly name: string;
}

/** The layers of a model of the user's own class: Keras lists them in the order in which they were made. */
export function layersAmong(kept: readonly Kept[], { children }: ObjectNode): number[] {
  const ids = new Set(kept.map(({ id }) => id));
  return children.map(({ nodeId }) => nodeId).filter((id) => ids.has(id));
}

export class KerasGraph {
  constructor(readonly graph: ObjectGraph) {}

  node(id: number): ObjectNode {
    return this.graph.nodes[id] as ObjectNode;
  }

  child(id: number, name: string): number | undefined {
    return this.node(id).children.find(({ localName }) => localName === name)?.nodeId;
  }

  /** The layers of a model, in order; none for what is no model. */
  layersOf(id: number): number[] {
    const inside = this.child(id, '_functional');
    for (const owner of inside === undefined ? [id] : [inside, id]) {
      for (const name of LAYER_LISTS) {
        const list = this.child(owner, name);
        if (list !== undefined && this.isList(list)) return this.membersOf(list);
      }
    }
    const numbered = this.node(id).children.map(({ localName, nodeId }) => ({
      at: LAYER_CHILD.exec(localName)?.[1],
      nodeId,
    }));
    return numbered
      .filter(({ at }) => at !== undefined)
      .sort((a, b) => Number(a.at) - Number(b.at))
      .map(({ nodeId }) => nodeId);
  }

  /** Whether all children are numbers, and there are some. */
  isList(id: number): boolean {
    const { children } = this.node(id);
    return children.length > 0 && children.every(({ localName }) => /^\d+$/.test(localName));
  }

  membersOf(list: number): number[] {
    const { children } = this.node(list);
    return [...children].sort((a, b) => Number(a.localName) - Number(b.localName)).map(({ nodeId }) => nodeId);
  }

  /**
   * The objects that an object keeps under names of their own, in the order in which Keras goes through them. `isGrouped` says
   * that it is attention with grouped queries.
   */
  keptBy(id: number, isGrouped: boolean): Kept[] {
    const kept = this.node(id).children.filter(({ localName, nodeId }) => {
      if (PASSED_OVER.has(localName) || LAYER_CHILD.test(localName) || this.keyOf(nodeId) !== undefined) return false;
      return localName !== 'optimizer' && localName !== '_functional' && !LAYER_LISTS.includes(localName);
    });
    const named = kept.map(({ localName, nodeId }) => ({
      id: nodeId,
      name: (isGrouped ? undefined : PROPERTY.exec(localName)?.[1]) ?? localName,
    }));
    const sortKey = ({ name }: Kept): string => (name.startsWith('_') ? `~${name}` : name);
    return named.sort((a, b) => (sortKey(a) < sortKey(b) ? -1 : 1));
  }

  keyOf(id: number): string | undefined {
    return this.node(id).attributes.find(({ name }) => name === VARIABLE_VALUE)?.checkpointKey;
  }

  /** The layer's own name: in the full name of a variable below it, as many steps from the end as the variable is away. */
  layerName(id: number): string | undefined {
    const seen = new Set<number>();
    let level = [id];
    for (let steps = 1; level.length > 0; steps++) {
      for (const parent of level) {
        const borrowed = this.#keptWithin(parent);
        for (const { nodeId } of this.node(parent).children) {
          const value = this.node(nodeId).attributes.find(({ name }) => name === VARIABLE_VALUE);
          const names = value?.fullName.split('/') ?? [];
          if (names.length > steps && !borrowed.has(nodeId)) return names.at(-1 - steps);
        }
      }
      for (const parent of level) seen.add(parent);
      level = level
        .flatMap((parent) => this.node(parent).children.map(({ nodeId }) => nodeId))
        .filter((next) => !seen.has(next));
    }
    return undefined;
  }

  /** The children of what an object keeps: a variable among them that it has too is called after what made it. */
  #keptWithin(id: number): Set<number> {
    const kept = this.node(id).children.filter(({ localName }) => !PASSED_OVER.has(localName));
    return new Set(kept.flatMap(({ nodeId }) => this.node(nodeId).children.map((child) => child.nodeId)));
  }

  /** The node of the model: the root, the only child that lists layers, or the child that is called model. */
  model(): number {
    if (this.layersOf(0).length > 0) return 0;
    const { children } = this.node(0);
    const models = children.filter(({ nodeId }) => this.layersOf(nodeId).length > 0);
    const named = children.find(({ localName }) => localName === 'model');
    return (models.length === 1 ? models[0] : named)?.nodeId ?? 0;
  }
}
