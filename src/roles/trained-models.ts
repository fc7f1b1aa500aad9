/** Which objects of a graph are parts of the models that its optimizers train. */
import type { ObjectGraph } from '../object-graph/object-graph.ts';
import type { Optimizers } from './object-optimizers.ts';

/** Children that only a model of Keras has: its layers, what it keeps of them, and what it compiled. */
const KERAS_MODEL =
  /^(?:layer(?:_with_weights)?-\d+|_functional|_layers|keras_api|_compiled_trainable_state|(?:train|test|predict)_(?:tf_)?function)$/;

/** Objects that hang together, put together pair by pair. */
class Groups {
  readonly #parents: Int32Array;

  constructor(count: number) {
    this.#parents = Int32Array.from({ length: count }, (_, id) => id);
  }

  /** The object that stands for the group of another. */
  of(id: number): number {
    const parents = this.#parents;
    let at = id;
    while (parents[at] !== at) {
      const parent = parents[at] as number;
      parents[at] = parents[parent] as number;
      at = parent;
    }
    return at;
  }

  join(a: number, b: number): void {
    this.#parents[this.of(a)] = this.of(b);
  }
}

/**
 * Tells whether an object is part of a model of which an optimizer trains a variable. A root that is itself a model makes
 * all one; below any other, models lie side by side, and an optimizer that trains one says nothing of the next.
 */
export function trainedModels(
  { nodes }: ObjectGraph,
  { nodes: optimizers, trained }: Optimizers,
): (id: number) => boolean {
  const isModel = nodes[0]?.children.some(({ localName }) => KERAS_MODEL.test(localName)) === true;
  const counts = (id: number): boolean => id < nodes.length && !optimizers.has(id) && (id > 0 || isModel);
  const groups = new Groups(nodes.length);
  for (const [id, { children }] of nodes.entries()) {
    if (!counts(id)) continue;
    for (const { nodeId } of children) if (counts(nodeId)) groups.join(nodeId, id);
  }
  const models = new Set([...trained.keys()].filter(counts).map((id) => groups.of(id)));
  return (id) => counts(id) && models.has(groups.of(id));
}
