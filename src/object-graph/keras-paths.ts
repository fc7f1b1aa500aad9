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
import { classOfName, classOfVariables } from './keras-layer-classes.ts';
import type { ObjectGraph } from './object-graph.ts';

export interface KerasPaths {
  /** The path of each variable's value, by its key in the checkpoint. */
  readonly paths: ReadonlyMap<string, string>;
  /** Layers with names of the user's choice, whose class was told from their variables: `logits (dense)`. */
  readonly guessed: readonly string[];
  /** Layers whose class nothing tells; their variables have no path. */
  readonly unknown: readonly string[];
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
  return walk;
}

class Walk extends KerasGraph implements KerasPaths {
  readonly paths = new TextMap<string>();
  readonly guessed: string[] = [];
  readonly unknown: string[] = [];
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
    const kept = this.keptBy(id);
    const isBefore = ({ name }: Kept): boolean => !isOwnModel || name < 'layers';
    for (const one of kept.filter(isBefore)) this.#visitKept(one, path);
    if (isOwnModel) this.#container(layersAmong(kept, this.node(id)), `${path}layers/`);
    for (const one of kept) this.#visitKept(one, path);
  }

  #visitKept({ id, name }: Kept, path: string): void {
    if (this.#seen.has(id)) return;
    if (this.isList(id)) this.#container(this.membersOf(id), `${path}${name}/`);
    else this.visit(id, `${path}${name}/`);
  }

  /** Variables in the order in which the layer made them. */
  #variables(id: number, path: string): void {
    const own = this.node(id).children.filter(({ localName }) => !PASSED_OVER.has(localName));
    const keys = [...new Set(own.map(({ nodeId }) => this.keyOf(nodeId)))].filter((key) => key !== undefined);
    for (const [i, key] of keys.entries()) if (!this.paths.has(key)) this.paths.set(key, `${path}vars/${i}`);
  }

  #container(layers: readonly number[], path: string): void {
    const used = new TextMap<number>();
    for (const id of layers) {
      if (!this.#hasValues(id, new Set())) continue;
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
    if (told === undefined) this.unknown.push(name ?? `object ${id}`);
    else this.guessed.push(`${name ?? `object ${id}`} (${told})`);
    return told;
  }

  #hasValues(id: number, seen: Set<number>): boolean {
    if (seen.has(id)) return false;
    seen.add(id);
    return this.node(id).children.some(
      ({ nodeId }) => this.keyOf(nodeId) !== undefined || this.#hasValues(nodeId, seen),
    );
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
}
