/**
 * What the object graph of TF2 tells of the values it lists. It does not say which variables are trained, but its
 * optimizers show it; and what hangs on an optimizer alone is the optimizer's.
 */
import { TextMap } from '../bytes/text-map.ts';
import { parseKey } from '../object-graph/checkpoint-key.ts';
import type { ObjectGraph, ObjectNode } from '../object-graph/object-graph.ts';
import type { Tensor, TensorMap } from '../tensor/tensor.ts';
import { KnownNames } from './known-names.ts';
import { roleByName, rolesByNames } from './name-role.ts';
import { childrenOf, type Optimizers, optimizersOf, VARIABLE_VALUE, variableOf } from './object-optimizers.ts';
import { optimizerNames } from './optimizer-name.ts';
import type { Role, RoleFacts, TensorRole, Trainable } from './role.ts';
import { isCounter, meaningOf, slotWord } from './role-words.ts';
import { trainedModels } from './trained-models.ts';
import { keysByFullName, roleOfUntold } from './untold-role.ts';

/** What was derived, once each: there are many variables and few reasons. */
const DERIVED = new TextMap<TensorRole>();
const MOST_DERIVED = 1024;

function derived(role: Role, trainable: Trainable, because: string): TensorRole {
  const key = `${role} ${trainable} ${because}`;
  let told = DERIVED.get(key);
  if (told === undefined) {
    told = Object.freeze({ role, trainable, evidence: 'object-graph', because });
    if (DERIVED.size < MOST_DERIVED) DERIVED.set(key, told);
  }
  return told;
}

/** Which object each key of a variable's value belongs to, and which of them are in the checkpoint: gone through once. */
class Values {
  readonly #ids = new TextMap<number>();
  readonly #isThere: Uint8Array;
  /** The ids of the values in the checkpoint, in its order, in which they are mostly asked for. */
  readonly #order: number[] = [];
  /** Where an object stands in that order. */
  readonly #places: Int32Array;
  #next = 0;

  constructor(
    readonly graph: ObjectGraph,
    tensors: TensorMap,
  ) {
    const { nodes } = graph;
    this.#isThere = new Uint8Array(nodes.length);
    this.#places = new Int32Array(nodes.length);
    for (const [id, { attributes }] of nodes.entries()) {
      for (const { name, checkpointKey } of attributes) if (name === VARIABLE_VALUE) this.#ids.set(checkpointKey, id);
    }
    for (const key of tensors.keys()) {
      const id = this.#ids.get(key);
      // An object may list several values, of which the first is its own.
      if (id === undefined || variableOf(nodes[id])?.checkpointKey !== key) continue;
      this.#isThere[id] = 1;
      this.#places[id] = this.#order.push(id) - 1;
    }
  }

  /** To compare a key with the one that is likely takes a tenth of the time of looking it up. */
  idOf(key: string): number | undefined {
    const likely = this.#order[this.#next];
    const id =
      likely !== undefined && variableOf(this.graph.nodes[likely])?.checkpointKey === key ? likely : this.#ids.get(key);
    if (id !== undefined) this.#next = (this.#places[id] as number) + 1;
    return id;
  }

  /** Whether the value of an object is in the checkpoint. */
  has(id: number): boolean {
    return this.#isThere[id] === 1;
  }
}

const SAVE_COUNTER = derived('bookkeeping', 'no', 'it counts how often the checkpoint was saved');
const OF_METRIC = derived('bookkeeping', 'no', 'it belongs to a metric');
const OF_AVERAGE = derived('weight', 'no', 'it belongs to a moving average');
const AVERAGE = derived('weight', 'no', 'it is a moving average');
const QUANTIZED = derived('weight', 'no', 'moving averages of a vector quantizer move it');
const UNTRAINED = derived('weight', 'no', 'no optimizer in the object graph trains it');
const TARGET = derived(
  'weight',
  'no',
  'no optimizer keeps a slot for it, and it is the copy of a variable that has one',
);
const WITHOUT_SLOT = derived('weight', 'unknown', 'no optimizer keeps a slot for it');

/** The objects that can be reached from the root by paths that pass no optimizer. */
function reachedWithout({ nodes }: ObjectGraph, skipped: ReadonlySet<number>): (id: number) => boolean {
  const isReached = new Uint8Array(nodes.length);
  const open = [0];
  isReached[0] = 1;
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    for (const { nodeId } of nodes[id]?.children ?? []) {
      if (isReached[nodeId] !== 0 || skipped.has(nodeId)) continue;
      isReached[nodeId] = 1;
      open.push(nodeId);
    }
  }
  return (id) => isReached[id] === 1;
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
const TELLING: ReadonlySet<string> = new Set([
  'save_counter',
  'average',
  'embeddings',
  'total',
  'layer_metrics',
  'layers',
]);

/** Goes through a graph and keeps what it tells, by the ids of objects. */
class GraphReader {
  readonly #told: (TensorRole | undefined)[];
  readonly optimizers: Optimizers;
  readonly #isInModel: (id: number) => boolean;
  readonly #names: ReadonlyMap<number, string>;
  readonly #metrics = new Set<number>();

  constructor(
    readonly graph: ObjectGraph,
    readonly tensors: TensorMap,
    readonly values: Values,
  ) {
    this.#told = new Array(graph.nodes.length).fill(undefined);
    this.optimizers = optimizersOf(graph, (key) => tensors.get(key)?.shape);
    this.#names = optimizerNames(graph, this.optimizers);
    this.#isInModel = reachedWithout(graph, this.optimizers.nodes);
    for (const [id, why] of this.optimizers.trained) this.#tell(id, derived('weight', 'yes', why));
    this.#tellSlots();
    this.#tellOwned();
    for (const [id, node] of graph.nodes.entries()) {
      if (node.children.some(({ localName }) => TELLING.has(localName))) this.#tellParts(id, childrenOf(node));
    }
    for (const id of this.#metrics) this.#tellMetric(id);
  }

  /** The first thing told of an object stands. */
  #tell(id: number | undefined, role: TensorRole): void {
    if (id !== undefined && id < this.#told.length) this.#told[id] ??= role;
  }

  /** What the graph tells of an object. */
  told(id: number): TensorRole | undefined {
    return this.#told[id];
  }

  #childrenOf(id: number | undefined): ObjectNode['children'] {
    return (id === undefined ? undefined : this.graph.nodes[id])?.children ?? [];
  }

  /** The key and the tensor of a variable whose value is in the checkpoint. */
  #valueOf(id: number | undefined): readonly [string, Tensor] | undefined {
    const key = id === undefined ? undefined : variableOf(this.graph.nodes[id])?.checkpointKey;
    const tensor = key === undefined ? undefined : this.tensors.get(key);
    return key === undefined || tensor === undefined ? undefined : [key, tensor];
  }

  #tellSlots(): void {
    const known = new TextMap<TensorRole>();
    const roleOfSlot = (slot: string): TensorRole => {
      const role = known.get(slot) ?? derived(slotWord(slot) ?? 'slot', 'no', `it is the slot ${slot} of an optimizer`);
      known.set(slot, role);
      return role;
    };
    for (const [id, { of, slot, optimizer }] of this.optimizers.slots) {
      const key =
        of === undefined || !this.values.has(of) ? undefined : variableOf(this.graph.nodes[of])?.checkpointKey;
      const { role, because } = roleOfSlot(slot);
      const name = this.#names.get(optimizer);
      const told = { role, trainable: 'no', evidence: 'object-graph', because, slot } as const;
      const called = name === undefined ? told : { ...told, optimizer: name };
      this.#tell(id, key === undefined ? called : { ...called, of: key });
    }
  }

  /** Variables that hang on an optimizer and on nothing else are its own. */
  #tellOwned(): void {
    const owned = new Map(
      [...this.optimizers.nodes].map((id) => [id, { name: '', list: '', optimizer: this.#names.get(id) }]),
    );
    for (const [id, { name, list, optimizer }] of owned) {
      const value = this.#told[id] === undefined ? this.#valueOf(id) : undefined;
      const role = value === undefined ? undefined : ownedRole(name, list, value[1]);
      if (role !== undefined) this.#tell(id, optimizer === undefined ? role : { ...role, optimizer });
      for (const { nodeId, localName } of this.#childrenOf(id)) {
        if (!this.#isInModel(nodeId) && !owned.has(nodeId))
          owned.set(nodeId, { name: localName, list: name, optimizer });
      }
    }
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
    for (const { nodeId } of this.#childrenOf(children.get('metrics'))) this.#metrics.add(nodeId);
  }

  #tellMetric(id: number): void {
    for (const { nodeId } of this.#childrenOf(id)) {
      if (variableOf(this.graph.nodes[nodeId]) !== undefined) this.#tell(nodeId, OF_METRIC);
    }
  }
}

export type RoleByKey = (key: string, facts: RoleFacts) => TensorRole;

/** Gives each tensor of an object-based checkpoint its role; where the graph tells nothing, the name does. */
export function roleByGraph(graph: ObjectGraph, tensors: TensorMap): RoleByKey {
  const values = new Values(graph, tensors);
  const reader = new GraphReader(graph, tensors, values);
  const { optimizers } = reader;
  const isInModel = trainedModels(graph, optimizers);
  const fullNameOf = (id: number): string => variableOf(graph.nodes[id])?.fullName ?? '';
  const names = new KnownNames(tensors);
  const byNames = rolesByNames(tensors);
  let named: ReadonlyMap<string, string | undefined> | undefined;
  const byFullName = (): ReadonlyMap<string, string | undefined> => {
    named ??= keysByFullName(graph, (id) => (reader.told(id)?.role ?? 'weight') === 'weight');
    return named;
  };
  const toldOf = (key: string): TensorRole | undefined => {
    const id = values.idOf(key);
    return id === undefined ? undefined : reader.told(id);
  };
  const isTrained = (key: string): boolean => toldOf(key)?.trainable === 'yes';
  return (key, facts) => {
    const attribute = isPlainKey(key) ? VARIABLE_VALUE : parseKey(key)?.attribute;
    if (attribute !== undefined && attribute !== VARIABLE_VALUE) {
      return derived('bookkeeping', 'no', `it is the ${attribute} of an object`);
    }
    const id = values.idOf(key);
    if (id === undefined) return roleByName(key, facts, names);
    const role = reader.told(id);
    if (role !== undefined) return role;
    const guess = roleOfUntold({ key, fullName: fullNameOf(id) }, facts, names, byFullName);
    if (guess.role !== 'weight') return guess;
    if (guess.trainable === 'yes' && optimizers.trained.size > 0 && isTarget(key, isTrained)) return TARGET;
    // Where the graph knows of no optimizer, names may.
    if (optimizers.trained.size === 0 && byNames.roleOf(key, facts).trainable === 'unknown') return WITHOUT_SLOT;
    return judged(guess, optimizers, isInModel(id));
  };
}

const VALUE_ENDING = `.ATTRIBUTES/${VARIABLE_VALUE}`;

/** Whether a key is that of the value of a variable, as nearly all are. */
function isPlainKey(key: string): boolean {
  return key.indexOf('.ATTRIBUTES/') === key.length - VALUE_ENDING.length && key.endsWith(`/${VALUE_ENDING}`);
}

/** Whether a variable lies where a trained one does but for `target` in its path: agents copy networks so. */
function isTarget(key: string, isTrained: (key: string) => boolean): boolean {
  const source = key.replace(/(^|[/_])target_/, '$1');
  return source !== key && (isTrained(source) || isTrained(source.replace(/(^|\/)(?=[^/_])/, '$1_')));
}

/** Whether a weight is trained that no optimizer is known to train; of another model than they train, nobody can tell. */
function judged(guess: TensorRole, { complete, trained }: Optimizers, isInModel: boolean): TensorRole {
  if (complete && isInModel) return UNTRAINED;
  return trained.size > 0 && guess.trainable === 'yes' ? WITHOUT_SLOT : guess;
}
