/**
 * The optimizers in an object graph: which objects they are, which variables they train, and which of their own variables
 * is a slot of which. TensorFlow's and Keras 2's list their slots in the graph; those of Keras 3 keep lists of variables,
 * the n-th of each belonging to the n-th that is trained. Source: keras/src/optimizers, tensorflow/python/training.
 */
import { CorruptError } from '../errors.ts';
import { lastName } from '../object-graph/checkpoint-key.ts';
import type { ObjectGraph, ObjectNode } from '../object-graph/object-graph.ts';
import { OBJECT_GRAPH_KEY } from '../object-graph/object-graph-key.ts';

export interface FoundSlot {
  /** The variable that the optimizer trains. */
  readonly of: number;
  readonly slot: string;
  /** The optimizer that keeps it. */
  readonly optimizer: number;
  /** The optimizer's list that it is in; none of an optimizer of TensorFlow or Keras 2. */
  readonly list?: string;
}

/** What a name tells of a slot. */
type NamedSlot = Pick<FoundSlot, 'of' | 'slot'>;

/** What all optimizers of a graph know, by the ids of variables. */
export interface Optimizers {
  readonly nodes: ReadonlySet<number>;
  /** Variables with a phrase that says how it is known that they are trained. */
  readonly trained: ReadonlyMap<number, string>;
  readonly slots: ReadonlyMap<number, FoundSlot>;
  /** Whether a variable that is not in `trained` is not trained: all optimizers list what they train. */
  readonly complete: boolean;
  /** Whether an optimizer keeps slots for some variables, which it need not do for all that it trains. */
  readonly keepsSlots: boolean;
}

/** The attribute under which a variable keeps its value. */
export const VARIABLE_VALUE = 'VARIABLE_VALUE';

const TRAINED_LIST = '_trainable_variables';
const AVERAGES_LIST = '_model_variables_moving_average';
/** Children that only an optimizer has all of. */
const SIGNS: readonly (readonly string[])[] = [
  [TRAINED_LIST, '_variables'],
  ['_iterations', '_variables'],
  ['_iterations', '_learning_rate'],
  ['iter', 'decay', 'learning_rate'],
  ['beta1_power', 'beta2_power'],
];
/** An optimizer that scales the loss and passes the gradients on to another trains nothing by itself. */
const WRAPPERS = ['base_optimizer', 'inner_optimizer', '_optimizer'];

/** The id of each child by name; the first of a name counts. */
export function childrenOf({ children }: ObjectNode): Map<string, number> {
  const ids = new Map<string, number>();
  for (const { localName, nodeId } of children) if (!ids.has(localName)) ids.set(localName, nodeId);
  return ids;
}

/** The attribute of a variable; undefined for any other object. */
export function variableOf(node: ObjectNode | undefined): ObjectNode['attributes'][number] | undefined {
  return node?.attributes.find(({ name }) => name === VARIABLE_VALUE);
}

function isOptimizer(node: ObjectNode): boolean {
  if (node.slotVariables.length > 0) return true;
  const names = new Set(node.children.map(({ localName }) => localName));
  if (names.has('loss_scale') && WRAPPERS.some((name) => names.has(name))) return true;
  return SIGNS.some((sign) => sign.every((name) => names.has(name)));
}

/** A list may be that of many optimizers, and is read for each; no program has so many. */
const MOST_LISTED = 2 ** 22;
/** Longer names are no names of slots, and take long to be looked through. */
const LONGEST_NAME = 4096;

/** The elements of a list: children whose names are numbers, in their order. */
function elementsOf({ children }: ObjectNode): number[] {
  return children
    .filter(({ localName }) => /^\d+$/.test(localName))
    .sort((a, b) => Number(a.localName) - Number(b.localName))
    .map(({ nodeId }) => nodeId);
}

/** Without the underscores of what is private to Python: `_velocity_hats` is `velocity_hats`. */
const plainName = (name: string): string => name.replace(/^_+/, '');

class OptimizerReader {
  readonly nodes = new Set<number>();
  readonly trained = new Map<number, string>();
  readonly slots = new Map<number, FoundSlot>();
  complete = true;
  keepsSlots = false;
  #listed = 0;

  constructor(readonly graph: ObjectGraph) {
    for (const [id, node] of graph.nodes.entries()) if (isOptimizer(node)) this.nodes.add(id);
    for (const id of this.nodes) this.#readOptimizer(id, graph.nodes[id] as ObjectNode);
    this.complete &&= this.trained.size > 0;
  }

  #readOptimizer(optimizer: number, node: ObjectNode): void {
    for (const { originalVariableNodeId, slotName, slotVariableNodeId } of node.slotVariables) {
      this.keepsSlots = true;
      this.slots.set(slotVariableNodeId, { of: originalVariableNodeId, slot: slotName, optimizer });
      if (!this.trained.has(originalVariableNodeId)) {
        this.trained.set(originalVariableNodeId, `an optimizer keeps the slot ${slotName} for it`);
      }
    }
    const lists = childrenOf(node);
    const trained = this.#elementsOf(lists.get(TRAINED_LIST));
    for (const id of trained) this.trained.set(id, `it is in ${TRAINED_LIST} of an optimizer`);
    if (trained.length > 0) this.#readLists(optimizer, lists, trained);
    else if (!WRAPPERS.some((name) => lists.has(name))) this.complete = false;
  }

  #elementsOf(id: number | undefined): number[] {
    const node = id === undefined ? undefined : this.graph.nodes[id];
    if (node === undefined) return [];
    this.#listed += node.children.length;
    if (this.#listed <= MOST_LISTED) return elementsOf(node);
    throw new CorruptError(`the optimizers in the object graph list more than ${MOST_LISTED} variables`, {
      where: OBJECT_GRAPH_KEY,
    });
  }

  #readLists(optimizer: number, lists: ReadonlyMap<string, number>, trained: readonly number[]): void {
    for (const [name, list] of lists) {
      if (name === TRAINED_LIST || name === '_variables') continue;
      const elements = this.#elementsOf(list);
      if (elements.length !== trained.length) continue;
      for (const [i, id] of elements.entries()) this.#addSlot(id, { of: trained[i] as number, optimizer, list: name });
    }
    const named = this.#prefixes(trained);
    let next: NamedSlot | undefined;
    for (const id of this.#elementsOf(lists.get('_variables')).reverse()) {
      const found = this.slots.get(id) ?? this.#byFullName(id, named) ?? this.#besideSlot(id, next);
      if (found !== undefined) this.slots.set(id, { optimizer, ...found });
      next = found;
    }
  }

  /** Adafactor makes two factors for each variable, by its last name alone, and then the slot that has the whole name. */
  #besideSlot(id: number, next: NamedSlot | undefined): NamedSlot | undefined {
    const name = lastName(this.#fullNameOf(id));
    if (next === undefined || name === '' || name !== lastName(this.#fullNameOf(next.of))) return undefined;
    return { of: next.of, slot: 'factor' };
  }

  #fullNameOf(id: number): string {
    return variableOf(this.graph.nodes[id])?.fullName ?? '';
  }

  #addSlot(id: number, { of, optimizer, list }: { of: number; optimizer: number; list: string }): void {
    if (this.trained.has(id) || this.slots.has(id) || variableOf(this.graph.nodes[id]) === undefined) return;
    const slot = list === AVERAGES_LIST ? 'average' : this.#byFullName(id, this.#prefixes([of]))?.slot;
    this.slots.set(id, { of, slot: slot ?? plainName(list), optimizer, list });
  }

  /** How Keras 3 begins the names of the slots of each variable: `a/kernel` has `adam/a_kernel_momentum`. */
  #prefixes(trained: readonly number[]): Map<string, number> {
    const prefixes = new Map<string, number>();
    for (const id of trained) {
      const fullName = this.#fullNameOf(id);
      if (fullName !== '') prefixes.set(`${fullName.replaceAll('/', '_')}_`, id);
    }
    return prefixes;
  }

  #byFullName(id: number, prefixes: ReadonlyMap<string, number>): NamedSlot | undefined {
    const fullName = this.#fullNameOf(id);
    if (fullName.length > LONGEST_NAME) return undefined;
    const name = fullName.slice(fullName.indexOf('/') + 1);
    // A search from before the start would find a first underscore for ever.
    for (let at = name.length; at > 0; at = at < 2 ? 0 : name.lastIndexOf('_', at - 2) + 1) {
      const of = at === name.length ? undefined : prefixes.get(name.slice(0, at));
      if (of !== undefined) return { of, slot: name.slice(at) };
    }
    return undefined;
  }
}

/** Finds the optimizers of a graph; throws {@link CorruptError} for one in which they list more than any program has. */
export function optimizersOf(graph: ObjectGraph): Optimizers {
  return new OptimizerReader(graph);
}
