/** Which objects of a graph are parts of the models that its optimizers train. */
import type { GraphColumns } from '../object-graph/graph-columns.ts';
import type { Optimizers } from './object-optimizers.ts';

/** Children that only a model of Keras has: its layers, what it keeps of them, and what it compiled. */
const KERAS_MODEL =
  /^(?:layer(?:_with_weights)?-\d+|_functional|_layers|keras_api|_compiled_trainable_state|(?:train|test|predict)_(?:tf_)?function)$/;

/** Objects that hang together, put together pair by pair. */
class Groups {
  readonly #parents: Int32Array;

  constructor(count: number) {
    this.#parents = new Int32Array(count);
    for (let id = 0; id < count; id++) this.#parents[id] = id;
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
  graph: GraphColumns,
  { nodes: optimizers, trained }: Optimizers,
): (id: number) => boolean {
  const { children, childIds, count } = graph;
  let isModel = false;
  for (let i = children.start(0); i < children.end(0) && !isModel; i++) isModel = KERAS_MODEL.test(graph.childName(i));
  const counts = (id: number): boolean => id < count && !optimizers.has(id) && (id > 0 || isModel);
  const groups = new Groups(count);
  for (let id = 0; id < count; id++) {
    if (!counts(id)) continue;
    for (let i = children.start(id); i < children.end(id); i++) {
      const child = childIds.at(i);
      if (counts(child)) groups.join(child, id);
    }
  }
  const isTrained = new Uint8Array(count);
  for (const id of trained.ids()) if (counts(id)) isTrained[groups.of(id)] = 1;
  return (id) => counts(id) && isTrained[groups.of(id)] === 1;
}
