/**
 * What an object graph tells of its objects one by one: what its optimizers train and keep, what hangs on them alone, metrics,
 * averages, the counter of saves.
 */
import { SmallColumn } from '../bytes/column.ts';
import { TextMap } from '../bytes/text-map.ts';
import type { GraphColumns } from '../object-graph/graph-columns.ts';
import { NameSet } from '../object-graph/name-set.ts';
import type { TensorMap } from '../tensor/tensor.ts';
import { type FoundSlot, ObjectSet } from './found-slots.ts';
import type { GraphValues } from './graph-values.ts';
import { childrenOf, type Optimizers, optimizersOf } from './object-optimizers.ts';
import { optimizerNames } from './optimizer-name.ts';
import type { Role, RoleFacts, TensorRole, Trainable } from './role.ts';
import { isCounter, meaningOf, slotWord } from './role-words.ts';

/** What was derived, once each: there are many variables and few reasons. */
const DERIVED = new TextMap<TensorRole>();
const MOST_DERIVED = 1024;

/** A role that follows from an object graph. */
export function derived(role: Role, trainable: Trainable, because: string): TensorRole {
  const key = `${role} ${trainable} ${because}`;
  let told = DERIVED.get(key);
  if (told === undefined) {
    told = Object.freeze({ role, trainable, evidence: 'object-graph', because });
    if (DERIVED.size < MOST_DERIVED) DERIVED.set(key, told);
  }
  return told;
}

const SAVE_COUNTER = derived('bookkeeping', 'no', 'it counts how often the checkpoint was saved');
const OF_METRIC = derived('bookkeeping', 'no', 'it belongs to a metric');
const OF_AVERAGE = derived('weight', 'no', 'it belongs to a moving average');
const AVERAGE = derived('weight', 'no', 'it is a moving average');
const QUANTIZED = derived('weight', 'no', 'moving averages of a vector quantizer move it');

/** The objects that can be reached from the root by paths that pass no optimizer. */
function reachedWithout({ count, children, childIds }: GraphColumns, skipped: ObjectSet): (id: number) => boolean {
  const isReached = new Uint8Array(count);
  const open = new SmallColumn();
  const reach = (id: number): void => {
    if (id >= count || isReached[id] !== 0) return;
    isReached[id] = 1;
    open.push(id);
  };
  reach(0);
  for (let at = 0; at < open.length; at++) {
    const id = open.at(at);
    for (let i = children.start(id); i < children.end(id); i++) if (!skipped.has(childIds.at(i))) reach(childIds.at(i));
  }
  return (id) => isReached[id] === 1;
}

/** Optimizers, and what hangs on them, in the order in which it is come to. */
class OwnedObjects {
  readonly ids = new SmallColumn();
  /** The reference that led to each, and where who has it stands; -1 for optimizers. */
  readonly #references = new SmallColumn();
  readonly #owners = new SmallColumn();
  /** The optimizer that each hangs on. */
  readonly #optimizers = new SmallColumn();
  readonly #known: ObjectSet;

  constructor(
    readonly graph: GraphColumns,
    optimizers: ObjectSet,
  ) {
    this.#known = new ObjectSet(graph.count);
    for (const id of optimizers) this.#add(id, -1, -1);
  }

  /** Adds a child of what stands at a place, unless it is known. */
  add(child: number, owner: number): void {
    const id = this.graph.childIds.at(child);
    if (id < this.graph.count && !this.#known.has(id)) this.#add(id, child, owner);
  }

  #add(id: number, child: number, owner: number): void {
    this.#known.add(id);
    this.ids.push(id);
    this.#references.push(child);
    this.#owners.push(owner);
    this.#optimizers.push(owner < 0 ? id : this.#optimizers.at(owner));
  }

  /** What the one at a place is called by its owner; empty for an optimizer. */
  name(at: number): string {
    const child = at < 0 ? -1 : this.#references.at(at);
    return child < 0 ? '' : this.graph.childName(child);
  }

  /** What its owner is called. */
  list(at: number): string {
    return this.name(this.#owners.at(at));
  }

  /** The optimizer that it hangs on. */
  optimizer(at: number): number {
    return this.#optimizers.at(at);
  }
}

/** What a variable of an optimizer is that is no slot of a known variable. */
function ownedRole(name: string, list: string, { dtype, shape }: RoleFacts): TensorRole {
  const because = `it is ${name} of an optimizer`;
  if (slotWord(list) === 'ema') return derived('ema', 'no', `it is in ${list} of an optimizer`);
  if (shape.length > 0) return derived('slot', 'no', because);
  if (meaningOf(name) === 'bookkeeping') return derived('bookkeeping', 'no', because);
  const isStep = (dtype.kind === 'int' || dtype.kind === 'uint') && isCounter(name);
  return derived(isStep ? 'step' : 'hyperparameter', 'no', because);
}

/** A child of every object that its parts tell of: most have none, and there are many. */
const TELLING = new NameSet(['save_counter', 'average', 'embeddings', 'total', 'layer_metrics', 'layers']);

/** Roles of which there are few kinds, one for each object, by their numbers. */
class ToldRoles {
  readonly #roles: TensorRole[] = [];
  readonly #numbers = new Map<TensorRole, number>();
  readonly #byId: Uint32Array;

  constructor(count: number) {
    this.#byId = new Uint32Array(count);
  }

  /** The first thing told of an object stands. */
  tell(id: number | undefined, role: TensorRole): void {
    if (id === undefined || this.#byId[id] !== 0) return;
    let number = this.#numbers.get(role);
    if (number === undefined) {
      number = this.#roles.push(role);
      this.#numbers.set(role, number);
    }
    this.#byId[id] = number;
  }

  of(id: number): TensorRole | undefined {
    return this.#roles[(this.#byId[id] ?? 0) - 1];
  }
}

/** Goes through a graph and keeps what it tells, by the ids of objects. */
export class GraphReader {
  readonly optimizers: Optimizers;
  readonly #told: ToldRoles;
  readonly #names: ReadonlyMap<number, string>;
  readonly #metrics: ObjectSet;
  /** What is told of trained variables, by how that is known. */
  readonly #trainedRoles = new TextMap<TensorRole>();
  /** What is told of slots of one name, by the name of their optimizer. */
  readonly #slotRoles = new TextMap<Map<string | undefined, TensorRole>>();

  /** The variable of the slot that was told last, and its key: the other slots of it are asked for next. */
  #lastOwner = -1;
  #lastKey: string | undefined;

  constructor(
    readonly graph: GraphColumns,
    readonly tensors: TensorMap,
    readonly values: GraphValues,
  ) {
    this.#told = new ToldRoles(graph.count);
    this.#metrics = new ObjectSet(graph.count);
    this.optimizers = optimizersOf(graph, (key) => tensors.get(key)?.shape);
    this.#names = optimizerNames(graph, this.optimizers);
    if (this.optimizers.nodes.size > 0) this.#tellOwned();
    for (let id = 0; id < graph.count; id++) if (this.#hasTellingChild(id)) this.#tellParts(id, childrenOf(graph, id));
    for (const id of this.#metrics) this.#tellMetric(id);
  }

  /** What the graph tells of an object: that it is trained, that it is a slot, and then what else was found. */
  told(id: number): TensorRole | undefined {
    const why = this.optimizers.trained.get(id);
    if (why !== undefined) return this.#trainedRole(why);
    const slot = this.optimizers.slots.get(id);
    return slot === undefined ? this.#told.of(id) : this.#slotRole(slot);
  }

  #trainedRole(why: string): TensorRole {
    const told = this.#trainedRoles.get(why) ?? derived('weight', 'yes', why);
    if (this.#trainedRoles.size < MOST_DERIVED) this.#trainedRoles.set(why, told);
    return told;
  }

  /** Whether an object is known to be trained, or a slot. */
  #isKnown(id: number): boolean {
    return this.optimizers.trained.has(id) || this.optimizers.slots.has(id);
  }

  #tell(id: number | undefined, role: TensorRole): void {
    if (id !== undefined && !this.#isKnown(id)) this.#told.tell(id, role);
  }

  #slotRole({ of, slot, optimizer }: FoundSlot): TensorRole {
    const told = this.#slotRoleOf(slot, this.#names.get(optimizer));
    if (of === undefined || !this.values.has(of)) return told;
    if (of !== this.#lastOwner) this.#lastKey = this.graph.keyOf(of);
    this.#lastOwner = of;
    return this.#lastKey === undefined ? told : { ...told, of: this.#lastKey };
  }

  #slotRoleOf(slot: string, optimizer: string | undefined): TensorRole {
    const known = this.#slotRoles.get(slot) ?? new Map<string | undefined, TensorRole>();
    const told = known.get(optimizer);
    if (told !== undefined) return told;
    const { role, because } = derived(slotWord(slot) ?? 'slot', 'no', `it is the slot ${slot} of an optimizer`);
    const made: TensorRole = Object.freeze({
      role,
      trainable: 'no',
      evidence: 'object-graph',
      because,
      slot,
      ...(optimizer === undefined ? {} : { optimizer }),
    });
    if (this.#slotRoles.size < MOST_DERIVED) this.#slotRoles.set(slot, known.set(optimizer, made));
    return made;
  }

  /** Variables that hang on an optimizer and on nothing else are its own. */
  #tellOwned(): void {
    const isInModel = reachedWithout(this.graph, this.optimizers.nodes);
    const { children, childIds } = this.graph;
    const owned = new OwnedObjects(this.graph, this.optimizers.nodes);
    for (let at = 0; at < owned.ids.length; at++) {
      const id = owned.ids.at(at);
      const key = this.#isKnown(id) ? undefined : this.graph.keyOf(id);
      const tensor = key === undefined ? undefined : this.tensors.get(key);
      const role = tensor === undefined ? undefined : ownedRole(owned.name(at), owned.list(at), tensor);
      const optimizer = role === undefined ? undefined : this.#names.get(owned.optimizer(at));
      if (role !== undefined) this.#tell(id, optimizer === undefined ? role : { ...role, optimizer });
      for (let child = children.start(id); child < children.end(id); child++) {
        if (!isInModel(childIds.at(child))) owned.add(child, at);
      }
    }
  }

  #hasTellingChild(id: number): boolean {
    const { graph } = this;
    for (let i = graph.children.start(id); i < graph.children.end(id); i++) {
      if (graph.isCalled(i, TELLING)) return true;
    }
    return false;
  }

  /** Objects that are known by what they hold: metrics, averages without bias, the root and its counter of saves. */
  #tellParts(id: number, children: ReadonlyMap<string, number>): void {
    if (id === 0) this.#tell(children.get('save_counter'), SAVE_COUNTER);
    if (['_counter', '_hidden', 'average'].every((name) => children.has(name))) {
      this.#tell(children.get('average'), AVERAGE);
      this.#tell(children.get('_counter'), OF_AVERAGE);
      this.#tell(children.get('_hidden'), OF_AVERAGE);
    }
    if (['embeddings', 'ema_cluster_size', 'ema_dw'].every((name) => children.has(name))) {
      this.#tell(children.get('embeddings'), QUANTIZED);
    }
    if (children.has('total') && children.has('count')) this.#metrics.add(id);
    // What Keras 2 keeps beside a model in a SavedModel.
    if (!children.has('layer_metrics') && !children.has('layers')) return;
    for (const [, metric] of this.graph.childrenOf(children.get('metrics') ?? -1)) this.#metrics.add(metric);
  }

  #tellMetric(id: number): void {
    for (const [, child] of this.graph.childrenOf(id)) if (this.graph.isVariable(child)) this.#tell(child, OF_METRIC);
  }
}
