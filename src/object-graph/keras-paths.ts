/**
 * Where Keras 3 keeps each variable of a model in a `.weights.h5` file, told from the object graph of its checkpoint:
 *
 *     model/_operations/1/_kernel   ->  layers/dense/vars/0      (layers are called after their class, and numbered)
 *     model/optimizer/_variables/2  ->  optimizer/vars/2
 *
 * Source: keras/src/saving/saving_lib.py (`_walk_saveable`, `_save_container_state`), Keras 3.15.
 */

import { TextMap } from '../bytes/text-map.ts';
import type { Shape } from '../tensor/shape.ts';
import { type Kept, KerasGraph, layersAmong, PASSED_OVER } from './keras-graph.ts';
import { classOfName, classOfVariables, inKerasOrder } from './keras-layer-classes.ts';
import type { ObjectGraph } from './object-graph.ts';
import { VARIABLE_VALUE } from './object-graph-key.ts';

const GROUPED = 'grouped_query_attention';
/** Where a Keras 3 optimizer lists what it trains. */
const TRAINED = '_trainable_variables';

export interface KerasPaths {
  /** The path of each variable's value, by its key in the checkpoint. */
  readonly paths: ReadonlyMap<string, string>;
  /** Paths of variables that another object has already, which Keras writes for each of them: tied weights, or what a wrapper shares. */
  readonly repeats: ReadonlyMap<string, string>;
  /** Layers with names of the user's choice, whose class was told from their variables: `logits (dense)`. */
  readonly guessed: readonly string[];
  /** Layers whose class nothing tells; what lies in them has no path. */
  readonly unknown: readonly UnknownLayer[];
  /** Keys of what the optimizer trains that no layer of the graph has. */
  readonly lost: readonly string[];
  /** Layers with LoRA weights, which Keras merges into the others as it writes. */
  readonly adapted: readonly string[];
}

export interface UnknownLayer {
  readonly name: string;
  /** Where its values lie in the checkpoint. */
  readonly keys: readonly string[];
}

/** The paths of a model's variables. `shapeOf` gives the shape of the tensor at a key, `classes` the class of layers by their names. */
export function kerasPaths(
  graph: ObjectGraph,
  shapeOf: (key: string) => Shape | undefined,
  classes: ReadonlyMap<string, string> = new Map(),
): KerasPaths {
  const walk = new Walk(graph, shapeOf, classes);
  if (graph.nodes.length === 0) return walk;
  const model = walk.model();
  walk.visit(model, '', walk.layersOf(model).length === 0);
  for (const id of new Set([0, model])) walk.optimizer(id);
  walk.findLost([0, model]);
  return walk;
}

class Walk extends KerasGraph implements KerasPaths {
  readonly paths = new TextMap<string>();
  readonly repeats = new TextMap<string>();
  readonly guessed: string[] = [];
  readonly unknown: UnknownLayer[] = [];
  readonly lost: string[] = [];
  readonly adapted: string[] = [];
  readonly #seen = new Set<number>();

  constructor(
    graph: ObjectGraph,
    readonly shapeOf: (key: string) => Shape | undefined,
    readonly classes: ReadonlyMap<string, string>,
  ) {
    super(graph);
  }

  /** Everything of an object: its own variables, its layers, then the objects that it keeps under a name. */
  visit(id: number, path: string, isOwnModel = false): void {
    if (this.#seen.has(id)) return;
    this.#seen.add(id);
    this.#variables(id, path);
    this.#container(this.layersOf(id), `${path}layers/`);
    const kept = this.keptBy(id, this.#isGrouped(id));
    const isBefore = ({ name }: Kept): boolean => !isOwnModel || name < 'layers';
    for (const one of kept.filter(isBefore)) this.#visitKept(one, path);
    if (isOwnModel) this.#container(layersAmong(kept, this.node(id)), `${path}layers/`);
    for (const one of kept) this.#visitKept(one, path);
  }

  /** Attention with grouped queries, by its name, or by fewer heads of keys than of queries: the middle axis of their kernels. */
  #isGrouped(id: number): boolean {
    if (this.child(id, '_query_dense') === undefined) return false;
    const heads = ['_query_dense', '_key_dense'].map((name) => {
      const dense = this.child(id, name);
      const kernel = dense === undefined ? undefined : this.child(dense, '_kernel');
      const key = kernel === undefined ? undefined : this.keyOf(kernel);
      return key === undefined ? undefined : this.shapeOf(key)?.at(-2);
    });
    return heads[0] !== heads[1] || classOfName(this.layerName(id) ?? '') === GROUPED;
  }

  #visitKept({ id, name }: Kept, path: string): void {
    if (this.#seen.has(id)) return;
    if (this.isList(id)) this.#container(this.membersOf(id), `${path}${name}/`);
    else this.visit(id, `${path}${name}/`);
  }

  /** The variables of an object, in the order in which Keras writes them. */
  #variables(id: number, path: string): void {
    const own = new TextMap<string>();
    for (const { localName, nodeId } of this.node(id).children) {
      const key = PASSED_OVER.has(localName) || this.#isBeside(id, localName, nodeId) ? undefined : this.keyOf(nodeId);
      if (key !== undefined && ![...own.values()].includes(key)) own.set(localName, key);
    }
    const names = [...own.keys()];
    if (names.some((name) => name.startsWith('lora_'))) this.adapted.push(this.layerName(id) ?? path);
    for (const [i, name] of inKerasOrder(names).entries()) {
      const key = own.get(name) as string;
      if (this.paths.has(key)) this.repeats.set(`${path}vars/${i}`, key);
      else this.paths.set(key, `${path}vars/${i}`);
    }
  }

  /** Whether a variable of the root is none of a model that is the root itself, but given to the checkpoint beside it. */
  #isBeside(id: number, localName: string, nodeId: number): boolean {
    if (id !== 0) return false;
    const value = this.node(nodeId).attributes.find(({ name }) => name === VARIABLE_VALUE);
    return localName === 'save_counter' || (this.layersOf(0).length > 0 && value?.fullName.includes('/') === false);
  }

  #container(layers: readonly number[], path: string): void {
    const used = new TextMap<number>();
    for (const id of layers) {
      if (this.#keysBelow(id).size === 0) continue;
      const name = this.#className(id);
      if (name === undefined) continue;
      const count = used.get(name) ?? 0;
      used.set(name, count + 1);
      this.visit(id, `${path}${count === 0 ? name : `${name}_${count}`}/`);
    }
  }

  /** What a layer is called in the file. */
  #className(id: number): string | undefined {
    if (this.child(id, '_functional') !== undefined) return 'sequential';
    if (this.layersOf(id).length > 0) return 'functional';
    const name = this.layerName(id);
    const known = name === undefined ? undefined : (this.classes.get(name) ?? classOfName(name));
    if (known !== undefined) return known;
    const variables = this.node(id).children.map(({ localName, nodeId }) => {
      const key = this.keyOf(nodeId);
      return { name: localName, shape: key === undefined ? undefined : this.shapeOf(key) };
    });
    const told = classOfVariables(variables);
    if (this.#seen.has(id)) return told;
    if (told === undefined) this.unknown.push({ name: name ?? `object ${id}`, keys: [...this.#keysBelow(id)] });
    else this.guessed.push(`${name ?? `object ${id}`} (${told})`);
    return told;
  }

  /** Where the values below an object lie. */
  #keysBelow(id: number, seen = new Set<number>(), keys = new Set<string>()): Set<string> {
    if (seen.has(id)) return keys;
    seen.add(id);
    for (const { nodeId } of this.node(id).children) {
      const key = this.keyOf(nodeId);
      if (key !== undefined) keys.add(key);
      this.#keysBelow(nodeId, seen, keys);
    }
    return keys;
  }

  /** The variables of a Keras 3 optimizer lie in one list, as in the file. */
  optimizer(owner: number): void {
    const optimizer = this.child(owner, 'optimizer');
    const list = optimizer === undefined ? undefined : this.child(optimizer, '_variables');
    if (list === undefined) return;
    for (const { localName, nodeId } of this.node(list).children) {
      const key = this.keyOf(nodeId);
      if (key !== undefined && !this.paths.has(key)) this.paths.set(key, `optimizer/vars/${localName}`);
    }
  }

  /** What an optimizer trains is a weight of the model; lists of layers are not in the graph. */
  findLost(owners: readonly number[]): void {
    const lists = owners.map((owner) => this.child(owner, 'optimizer')).map((id) => id && this.child(id, TRAINED));
    for (const list of new Set(lists)) {
      if (list === undefined) continue;
      for (const id of this.membersOf(list)) {
        const key = this.keyOf(id);
        if (key !== undefined && !this.paths.has(key)) this.lost.push(key);
      }
    }
  }
}
