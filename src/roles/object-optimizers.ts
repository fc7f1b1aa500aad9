/**
 * The optimizers in an object graph: which objects they are, which variables they train, and which of their own variables
 * is a slot of which. TensorFlow's and those of Keras up to 2.10 list their slots in the graph. All others keep lists of
 * variables: in Keras 3 the n-th of each belongs to the n-th that is trained; in Keras 2.11 and in Sonnet full names say whose
 * each is. Tables of TPU embeddings have their slots beside them. Source: keras/src/optimizers, tensorflow/python/training,
 * sonnet/src/optimizers, tensorflow/python/tpu/tpu_embedding_v2.py.
 */
import { TextMap } from '../bytes/text-map.ts';
import { CorruptError } from '../errors.ts';
import type { ObjectGraph, ObjectNode } from '../object-graph/object-graph.ts';
import { OBJECT_GRAPH_KEY } from '../object-graph/object-graph-key.ts';
import type { Shape } from '../tensor/shape.ts';
import { FullNames, type NamedVariable } from './full-names.ts';
import { type Namesake, Namesakes, ofShape } from './namesakes.ts';
import { type NamedShape, slotsInOrder } from './ordered-slots.ts';
import { slotWord } from './role-words.ts';

export interface FoundSlot {
  /** The variable that the optimizer trains; undefined where nothing tells. */
  readonly of?: number;
  readonly slot: string;
  /** The optimizer that keeps it. */
  readonly optimizer: number;
  /** The optimizer's list that it is in; none of an optimizer of TensorFlow or Keras 2. */
  readonly list?: string;
}

/** What all optimizers of a graph know, by the ids of variables. */
export interface Optimizers {
  readonly nodes: ReadonlySet<number>;
  /** Variables with a phrase that says how it is known that they are trained. */
  readonly trained: ReadonlyMap<number, string>;
  readonly slots: ReadonlyMap<number, FoundSlot>;
  /** Whether a variable that is not in `trained` is not trained: all optimizers list what they train. */
  readonly complete: boolean;
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
/** What one of the children of every such object is called. */
const FIRST_SIGNS: ReadonlySet<string> = new Set(['loss_scale', ...SIGNS.map(([first]) => first as string)]);
/** An optimizer that scales the loss and passes the gradients on to another trains nothing by itself. */
const WRAPPERS = ['base_optimizer', 'inner_optimizer', '_optimizer'];

/** The id of each child by name; the first of a name counts. */
export function childrenOf({ children }: ObjectNode): Map<string, number> {
  const ids = new TextMap<number>();
  for (const { localName, nodeId } of children) if (!ids.has(localName)) ids.set(localName, nodeId);
  return ids;
}

/** The attribute of a variable; undefined for any other object. */
export function variableOf(node: ObjectNode | undefined): ObjectNode['attributes'][number] | undefined {
  const first = node?.attributes[0];
  return first === undefined || first.name === VARIABLE_VALUE
    ? first
    : node?.attributes.find(({ name }) => name === VARIABLE_VALUE);
}

function isOptimizer(node: ObjectNode): boolean {
  if (node.slotVariables.length > 0) return true;
  // Each sign is two children at least, and there are many nodes.
  if (node.children.length < 2 || !node.children.some(({ localName }) => FIRST_SIGNS.has(localName))) return false;
  const names = new Set(node.children.map(({ localName }) => localName));
  if (names.has('loss_scale') && WRAPPERS.some((name) => names.has(name))) return true;
  return SIGNS.some((sign) => sign.every((name) => names.has(name)));
}

/** A list may be that of many optimizers, and is read for each; no program has so many. */
const MOST_LISTED = 2 ** 22;
/** All variables of an optimizer of Keras, beside the lists that they are in as well. */
const OWN_LIST = '_variables';

/** Without the underscores of what is private to Python: `_velocity_hats` is `velocity_hats`. */
const plainName = (name: string): string => name.replace(/^_+/, '');

/** The elements of a list: children whose names are numbers, in their order. */
function elementsOf({ children }: ObjectNode): number[] {
  return children
    .filter(({ localName }) => /^\d+$/.test(localName))
    .sort((a, b) => Number(a.localName) - Number(b.localName))
    .map(({ nodeId }) => nodeId);
}

/** The shape of the value under a key; undefined where it is not there, or nobody can tell. */
export type ShapeOfKey = (key: string) => Shape | undefined;

class OptimizerReader {
  readonly nodes = new Set<number>();
  readonly trained = new Map<number, string>();
  readonly slots = new Map<number, FoundSlot>();
  complete = true;
  readonly #names: FullNames;
  #listed = 0;

  constructor(
    readonly graph: ObjectGraph,
    readonly shapeOf: ShapeOfKey,
  ) {
    this.#names = new FullNames(graph);
    for (const [id, node] of graph.nodes.entries()) if (isOptimizer(node) || this.#keepsLists(node)) this.nodes.add(id);
    for (const id of this.nodes) this.#readOptimizer(id, graph.nodes[id] as ObjectNode);
    for (const [id, node] of graph.nodes.entries()) this.#readTables(id, node);
    // Tables with slots beside them say nothing of who trains the rest.
    this.complete &&= this.nodes.size > 0 && this.trained.size > 0;
  }

  #nodeAt(id: number | undefined): ObjectNode | undefined {
    return id === undefined ? undefined : this.graph.nodes[id];
  }

  #elementsOf(id: number | undefined): number[] {
    const node = this.#nodeAt(id);
    if (node === undefined) return [];
    this.#listed += node.children.length;
    if (this.#listed <= MOST_LISTED) return elementsOf(node);
    throw new CorruptError(`the optimizers in the object graph list more than ${MOST_LISTED} variables`, {
      where: OBJECT_GRAPH_KEY,
    });
  }

  /** Whether an object has a list that is called like slots, of variables whose full names are those of others with a word before. */
  #keepsLists({ children }: ObjectNode): boolean {
    return children.some(({ localName, nodeId }) => {
      if (slotWord(plainName(localName)) === undefined) return false;
      const elements = this.#elementsOf(nodeId);
      return elements.length > 0 && elements.every((id) => this.#names.slotOf(id) !== undefined);
    });
  }

  #readOptimizer(optimizer: number, node: ObjectNode): void {
    for (const { originalVariableNodeId: of, slotName, slotVariableNodeId } of node.slotVariables) {
      this.slots.set(slotVariableNodeId, { of, slot: slotName, optimizer });
      if (!this.trained.has(of)) this.trained.set(of, `an optimizer keeps the slot ${slotName} for it`);
    }
    const lists = childrenOf(node);
    const trained = this.#elementsOf(lists.get(TRAINED_LIST));
    for (const id of trained) this.trained.set(id, `it is in ${TRAINED_LIST} of an optimizer`);
    if (trained.length > 0) this.#readParallel(optimizer, lists, trained);
    const isLinked = this.#readNamed(optimizer, lists, trained);
    if (trained.length > 0 || isLinked || node.slotVariables.length > 0) {
      this.complete &&= trained.length > 0 || isLinked;
    } else if (!WRAPPERS.some((name) => lists.has(name))) this.complete = false;
  }

  /** Lists as long as that of what is trained, element by element. */
  #readParallel(optimizer: number, lists: ReadonlyMap<string, number>, trained: readonly number[]): void {
    for (const [name, list] of lists) {
      if (name === TRAINED_LIST || name === OWN_LIST) continue;
      const elements = this.#elementsOf(list);
      if (elements.length !== trained.length) continue;
      for (const [i, id] of elements.entries()) {
        const of = trained[i] as number;
        const named = this.#names.slotOf(id);
        const slot = named?.of.includes(of) === true ? named.slot : plainName(name);
        this.#addSlot(id, { of, slot, optimizer, list: name });
      }
    }
  }

  /** Lists whose elements say by their full names what they are; whether each that should belongs to a variable. */
  #readNamed(optimizer: number, lists: ReadonlyMap<string, number>, trained: readonly number[]): boolean {
    let [linked, unlinked] = [0, 0];
    const own = new Set(lists.values());
    for (const [name, list] of lists) {
      if (name === TRAINED_LIST) continue;
      let next: NamedVariable | undefined;
      const elements = this.#elementsOf(list).filter((id) => !own.has(id));
      const named = this.#variablesOf(elements);
      if (name === OWN_LIST) for (const [id, found] of this.#inOrder(elements, named, trained)) named.set(id, found);
      for (const id of elements.reverse()) {
        const found: NamedVariable | undefined = this.#slotIn(id) ?? named.get(id) ?? this.#factorOf(id, next);
        next = found;
        if (found === undefined) {
          if (name !== OWN_LIST && variableOf(this.#nodeAt(id)) !== undefined) unlinked++;
          continue;
        }
        if (name !== AVERAGES_LIST) linked++;
        this.#addSlot(id, { ...found, optimizer, list: name });
        if (!this.trained.has(found.of)) this.trained.set(found.of, `an optimizer keeps ${found.slot} for it`);
      }
    }
    return linked > 0 && unlinked === 0;
  }

  #shapeAt(id: number): Shape | undefined {
    const key = variableOf(this.#nodeAt(id))?.checkpointKey;
    return key === undefined ? undefined : this.shapeOf(key);
  }

  #describedVariable = (id: number): Namesake => ({
    id,
    key: variableOf(this.#nodeAt(id))?.checkpointKey ?? '',
    shape: this.#shapeAt(id),
    isTrained: this.trained.has(id),
  });

  /** The variable of each element that names one; where several have one name and one shape, they stand in one order. */
  #variablesOf(elements: readonly number[]): Map<number, NamedVariable> {
    const found = new Map<number, NamedVariable>();
    const alike = new TextMap<{ readonly of: readonly number[]; readonly slots: [number, string][] }>();
    const named = elements.flatMap((id) => {
      const slot = this.#names.slotOf(id);
      return slot === undefined ? [] : [{ id, slot: slot.slot, of: slot.of.map(this.#describedVariable) }];
    });
    const choice = new Namesakes(named.map(({ id, of }) => ofShape(of, this.#shapeAt(id))));
    for (const [i, { id, slot }] of named.entries()) {
      const of = choice.candidates(i);
      const group = alike.get(`${slot} ${of}`) ?? { of, slots: [] };
      alike.set(`${slot} ${of}`, group);
      group.slots.push([id, slot]);
    }
    for (const { of, slots } of alike.values()) {
      if (of.length === 0 || (of.length > 1 && of.length !== slots.length)) continue;
      for (const [i, [id, slot]] of slots.entries()) found.set(id, { of: of[of.length > 1 ? i : 0] as number, slot });
    }
    return found;
  }

  /** What the order tells of elements of which no name does. */
  #inOrder(
    elements: readonly number[],
    named: ReadonlyMap<number, NamedVariable>,
    trained: readonly number[],
  ): Map<number, NamedVariable> {
    const untold = elements.filter((id) => !this.slots.has(id) && !named.has(id));
    if (trained.length === 0 || untold.length < trained.length) return new Map();
    const described = (id: number): NamedShape => ({ id, name: this.#names.lastOf(id), shape: this.#shapeAt(id) });
    return slotsInOrder(untold.map(described), trained.map(described));
  }

  /** What is known of an element from another list that it is in. */
  #slotIn(id: number): NamedVariable | undefined {
    const known = this.slots.get(id);
    return known?.of === undefined ? undefined : { of: known.of, slot: known.slot };
  }

  /** Adafactor makes two factors for each variable, by its last name alone, and then the slot that has the whole name. */
  #factorOf(id: number, next: NamedVariable | undefined): NamedVariable | undefined {
    const name = this.#names.lastOf(id);
    return next === undefined || name === '' || name !== this.#names.lastOf(next.of)
      ? undefined
      : { of: next.of, slot: 'factor' };
  }

  #addSlot(id: number, found: FoundSlot): void {
    if (this.trained.has(id) || variableOf(this.#nodeAt(id)) === undefined) return;
    const known = this.slots.get(id);
    if (known !== undefined && (known.list !== OWN_LIST || found.list === OWN_LIST)) return;
    this.slots.set(id, found.list === AVERAGES_LIST ? { ...found, slot: 'average' } : found);
  }

  /** Tables with slots beside them: `user` and `user/momenta`, both variables of one object. */
  #readTables(owner: number, node: ObjectNode): void {
    if (!node.children.some(({ localName }) => localName.includes('/'))) return;
    const children = childrenOf(node);
    for (const [name, id] of children) {
      const at = name.lastIndexOf('/');
      const of = at <= 0 ? undefined : children.get(name.slice(0, at));
      const slot = name.slice(at + 1);
      if (of === undefined || variableOf(this.#nodeAt(of)) === undefined || this.slots.has(id)) continue;
      if (slotWord(slot) === undefined || variableOf(this.#nodeAt(id)) === undefined) continue;
      this.slots.set(id, { of, slot, optimizer: owner });
      this.trained.set(of, `a table of an embedding keeps ${slot} for it`);
    }
  }
}

/** Finds the optimizers of a graph; throws {@link CorruptError} for one in which they list more than any program has. */
export function optimizersOf(graph: ObjectGraph, shapeOf: ShapeOfKey = () => undefined): Optimizers {
  return new OptimizerReader(graph, shapeOf);
}
