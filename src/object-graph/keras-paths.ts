/**
 * Where Keras 3 keeps each variable of a model in a `.weights.h5` file, told from the object graph of its checkpoint:
 *
 *     model/_operations/1/_kernel   ->  layers/dense/vars/0      (layers are called after their class, and numbered)
 *     model/optimizer/_variables/2  ->  optimizer/vars/2
 *
 * Source: keras/src/saving/saving_lib.py (`_walk_saveable`, `_save_container_state`), Keras 3.15.
 */
import type { Shape } from '../tensor/shape.ts';
import { classOfName, classOfVariables } from './keras-layer-classes.ts';
import type { ObjectGraph, ObjectNode } from './object-graph.ts';

export interface KerasPaths {
  /** The path of each variable's value, by its key in the checkpoint. */
  readonly paths: ReadonlyMap<string, string>;
  /** Layers with names of the user's choice, whose class was told from their variables: `logits (dense)`. */
  readonly guessed: readonly string[];
  /** Layers whose class nothing tells; their variables have no path. */
  readonly unknown: readonly string[];
}

/** What leads to the layers of a model, in the order in which they are tried. */
const LAYER_LISTS = ['_operations', '_layers', 'layers'];
/** Keras 2 lists layers among the children of the model itself. */
const LAYER_CHILD = /^layer-(\d+)$/;
/** Children that are no objects of their own in the file, or that repeat others. */
const PASSED_OVER = new Set([
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
/** Attributes of attention layers that Keras reaches by a property without the underscore. */
const PROPERTY = /^_((?:query|key|value|output)_dense)$/;

/** The paths of a model's variables. `shapeOf` gives the shape of the tensor at a key, `classes` the class of layers by their names. */
export function kerasPaths(
  graph: ObjectGraph,
  shapeOf: (key: string) => Shape | undefined,
  classes: ReadonlyMap<string, string> = new Map(),
): KerasPaths {
  const walk = new Walk(graph, shapeOf, classes);
  const root = graph.nodes[0];
  if (root === undefined) return walk;
  const model = modelBelow(root, walk);
  walk.visit(model, '', walk.layersOf(model).length === 0);
  for (const id of new Set([0, model])) walk.optimizer(id);
  return walk;
}

/** An object that another keeps under a name. */
interface Kept {
  readonly id: number;
  readonly name: string;
}

/** The layers of a model of the user's own class: Keras lists them in the order in which they were made. */
function layersAmong(kept: readonly Kept[], { children }: ObjectNode): number[] {
  const ids = new Set(kept.map(({ id }) => id));
  return children.map(({ nodeId }) => nodeId).filter((id) => ids.has(id));
}

/** The node of the model: the root, the only child that lists layers, or the child that is called model. */
function modelBelow(root: ObjectNode, walk: Walk): number {
  if (walk.layersOf(0).length > 0) return 0;
  const models = root.children.filter(({ nodeId }) => walk.layersOf(nodeId).length > 0);
  const named = root.children.find(({ localName }) => localName === 'model');
  return (models.length === 1 ? models[0] : named)?.nodeId ?? 0;
}

class Walk implements KerasPaths {
  readonly paths = new Map<string, string>();
  readonly guessed: string[] = [];
  readonly unknown: string[] = [];
  readonly #seen = new Set<number>();

  constructor(
    readonly graph: ObjectGraph,
    readonly shapeOf: (key: string) => Shape | undefined,
    readonly classes: ReadonlyMap<string, string>,
  ) {}

  #node(id: number): ObjectNode {
    return this.graph.nodes[id] as ObjectNode;
  }

  #child(id: number, name: string): number | undefined {
    return this.#node(id).children.find(({ localName }) => localName === name)?.nodeId;
  }

  /** The layers of a model, in order; none for what is no model. */
  layersOf(id: number): number[] {
    const inside = this.#child(id, '_functional');
    for (const owner of inside === undefined ? [id] : [inside, id]) {
      for (const name of LAYER_LISTS) {
        const list = this.#child(owner, name);
        if (list !== undefined && this.#isList(list)) return this.#membersOf(list);
      }
    }
    const numbered = this.#node(id).children.map(({ localName, nodeId }) => ({
      at: LAYER_CHILD.exec(localName)?.[1],
      nodeId,
    }));
    return numbered
      .filter(({ at }) => at !== undefined)
      .sort((a, b) => Number(a.at) - Number(b.at))
      .map(({ nodeId }) => nodeId);
  }

  /** Whether all children are numbers, and there are some. */
  #isList(id: number): boolean {
    const { children } = this.#node(id);
    return children.length > 0 && children.every(({ localName }) => /^\d+$/.test(localName));
  }

  #membersOf(list: number): number[] {
    const { children } = this.#node(list);
    return [...children].sort((a, b) => Number(a.localName) - Number(b.localName)).map(({ nodeId }) => nodeId);
  }

  /** Everything of an object: its own variables, its layers, then the objects that it keeps under a name. */
  visit(id: number, path: string, isOwnModel = false): void {
    if (this.#seen.has(id)) return;
    this.#seen.add(id);
    this.#variables(id, path);
    this.#container(this.layersOf(id), `${path}layers/`);
    const kept = this.#keptBy(id);
    const isBefore = ({ name }: Kept): boolean => !isOwnModel || name < 'layers';
    for (const one of kept.filter(isBefore)) this.#visitKept(one, path);
    if (isOwnModel) this.#container(layersAmong(kept, this.#node(id)), `${path}layers/`);
    for (const one of kept) this.#visitKept(one, path);
  }

  /** The objects that an object keeps under names of their own, in the order in which Keras goes through them. */
  #keptBy(id: number): Kept[] {
    const kept = this.#node(id).children.filter(({ localName, nodeId }) => {
      if (PASSED_OVER.has(localName) || LAYER_CHILD.test(localName) || this.#keyOf(nodeId) !== undefined) return false;
      return localName !== 'optimizer' && localName !== '_functional' && !LAYER_LISTS.includes(localName);
    });
    const named = kept.map(({ localName, nodeId }) => ({
      id: nodeId,
      name: PROPERTY.exec(localName)?.[1] ?? localName,
    }));
    const sortKey = ({ name }: Kept): string => (name.startsWith('_') ? `~${name}` : name);
    return named.sort((a, b) => (sortKey(a) < sortKey(b) ? -1 : 1));
  }

  #visitKept({ id, name }: Kept, path: string): void {
    if (this.#seen.has(id)) return;
    if (this.#isList(id)) this.#container(this.#membersOf(id), `${path}${name}/`);
    else this.visit(id, `${path}${name}/`);
  }

  #keyOf(id: number): string | undefined {
    return this.#node(id).attributes.find(({ name }) => name === 'VARIABLE_VALUE')?.checkpointKey;
  }

  /** Variables in the order in which the layer made them. */
  #variables(id: number, path: string): void {
    const own = this.#node(id).children.filter(({ localName }) => !PASSED_OVER.has(localName));
    const keys = [...new Set(own.map(({ nodeId }) => this.#keyOf(nodeId)))].filter((key) => key !== undefined);
    for (const [i, key] of keys.entries()) if (!this.paths.has(key)) this.paths.set(key, `${path}vars/${i}`);
  }

  #container(layers: readonly number[], path: string): void {
    const used = new Map<string, number>();
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
    if (this.#child(id, '_functional') !== undefined) return 'sequential';
    if (this.layersOf(id).length > 0) return 'functional';
    const name = this.#layerName(id);
    const known = name === undefined ? undefined : (this.classes.get(name) ?? classOfName(name));
    if (known !== undefined) return known;
    const variables = this.#node(id).children.map(({ localName, nodeId }) => {
      const key = this.#keyOf(nodeId);
      return { name: localName, shape: key === undefined ? undefined : this.shapeOf(key) };
    });
    const told = classOfVariables(variables);
    if (this.#seen.has(id)) return told;
    if (told === undefined) this.unknown.push(name ?? `object ${id}`);
    else this.guessed.push(`${name ?? `object ${id}`} (${told})`);
    return told;
  }

  /** The layer's own name: in the full name of a variable below it, as many steps from the end as the variable is away. */
  #layerName(id: number): string | undefined {
    const seen = new Set<number>();
    let level = [id];
    for (let steps = 1; level.length > 0; steps++) {
      for (const parent of level) {
        for (const { nodeId } of this.#node(parent).children) {
          const value = this.#node(nodeId).attributes.find(({ name }) => name === 'VARIABLE_VALUE');
          const names = value?.fullName.split('/') ?? [];
          if (names.length > steps) return names.at(-1 - steps);
        }
      }
      for (const parent of level) seen.add(parent);
      level = level
        .flatMap((parent) => this.#node(parent).children.map(({ nodeId }) => nodeId))
        .filter((next) => !seen.has(next));
    }
    return undefined;
  }

  #hasValues(id: number, seen: Set<number>): boolean {
    if (seen.has(id)) return false;
    seen.add(id);
    return this.#node(id).children.some(
      ({ nodeId }) => this.#keyOf(nodeId) !== undefined || this.#hasValues(nodeId, seen),
    );
  }

  /** The variables of a Keras 3 optimizer lie in one list, as in the file. */
  optimizer(owner: number): void {
    const optimizer = this.#child(owner, 'optimizer');
    const list = optimizer === undefined ? undefined : this.#child(optimizer, '_variables');
    if (list === undefined) return;
    for (const { localName, nodeId } of this.#node(list).children) {
      const key = this.#keyOf(nodeId);
      if (key !== undefined && !this.paths.has(key)) this.paths.set(key, `optimizer/vars/${localName}`);
    }
  }
}
