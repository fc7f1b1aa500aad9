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

/** What is known of layers, by object. */
interface Layers {
  readonly isKeras: Uint8Array;
  readonly isBesideTrained: Uint8Array;
}

/** How such names begin. */
const BEGINNINGS: ReadonlySet<number> = new Set([...'l_ktp'].map((letter) => letter.charCodeAt(0)));

/**
 * The models of which an optimizer trains a variable. A root that is itself a model makes all one; below any other, models lie
 * side by side, and an optimizer that trains one says nothing of the next.
 */
export class TrainedModels {
  readonly #isRootModel: boolean;
  readonly #groups: Groups;
  /** By the object that stands for a group: whether a variable in it is trained. */
  readonly #isTrained: Uint8Array;
  #layers: Layers | undefined;

  constructor(
    readonly graph: GraphColumns,
    readonly optimizers: Optimizers,
  ) {
    const { children, childIds, count } = graph;
    this.#isRootModel = this.#hasModelChild(0);
    this.#groups = new Groups(count);
    const compiled: number[] = [];
    for (let id = 0; id < count; id++) {
      if (!this.#counts(id)) continue;
      for (let i = children.start(id); i < children.end(id); i++) {
        const child = childIds.at(i);
        if (this.#counts(child)) this.#groups.join(child, id);
        else if (optimizers.nodes.has(child)) compiled.push(id);
      }
    }
    this.#isTrained = new Uint8Array(count);
    for (const id of optimizers.trained.ids()) if (this.#counts(id)) this.#isTrained[this.#groups.of(id)] = 1;
    // What a model is compiled with trains it, though no path of its own may lead to what is trained: to layers in a list of Python.
    if (!optimizers.trained.any) return;
    for (const id of compiled) if (this.#hasModelChild(id)) this.#isTrained[this.#groups.of(id)] = 1;
  }

  #hasModelChild(id: number): boolean {
    const { graph } = this;
    for (let i = graph.children.start(id); i < graph.children.end(id); i++) {
      graph.locate(graph.childNames.at(i));
      if (BEGINNINGS.has(graph.bytes[graph.start] as number) && KERAS_MODEL.test(graph.childName(i))) return true;
    }
    return false;
  }

  #counts(id: number): boolean {
    const { nodes, tables } = this.optimizers;
    return id < this.graph.count && !nodes.has(id) && !tables.has(id) && (id > 0 || this.#isRootModel);
  }

  /** Whether an object is part of such a model. */
  has(id: number): boolean {
    return this.#counts(id) && this.#isTrained[this.#groups.of(id)] === 1;
  }

  /** Whether a variable is one of a layer of Keras in such a model, of which no variable is trained. */
  isFrozen(id: number): boolean {
    if (!this.has(id)) return false;
    this.#layers ??= this.#readLayers();
    const { isKeras, isBesideTrained } = this.#layers;
    return isKeras[this.#groups.of(id)] === 1 && isBesideTrained[id] === 0;
  }

  /** Which groups are models of Keras, and beside which variables, in one object, lies one that is trained. */
  #readLayers(): Layers {
    const { children, childIds, count } = this.graph;
    const [isKeras, isBesideTrained] = [new Uint8Array(count), new Uint8Array(count)];
    for (let id = 0; id < count; id++) {
      if (!this.#counts(id)) continue;
      const group = this.#groups.of(id);
      if (isKeras[group] === 0 && this.#hasModelChild(id)) isKeras[group] = 1;
      let isTrained = false;
      for (let i = children.start(id); i < children.end(id); i++)
        isTrained ||= this.optimizers.trained.has(childIds.at(i));
      for (let i = children.start(id); isTrained && i < children.end(id); i++) isBesideTrained[childIds.at(i)] = 1;
    }
    return { isKeras, isBesideTrained };
  }
}
