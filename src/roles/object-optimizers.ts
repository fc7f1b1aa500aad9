/**
 * The optimizers in an object graph: which objects they are, which variables they train, and which of their own variables
 * is a slot of which. TensorFlow's and those of Keras up to 2.10 list their slots in the graph. All others keep lists of
 * variables: in Keras 3 the n-th of each belongs to the n-th that is trained; in Keras 2.11 and in Sonnet full names say whose
 * each is. Tables of TPU embeddings have their slots beside them. Source: keras/src/optimizers, tensorflow/python/training,
 * sonnet/src/optimizers, tensorflow/python/tpu/tpu_embedding_v2.py.
 */

import { TextMap, TextSet } from '../bytes/text-map.ts';
import type { GraphColumns } from '../object-graph/graph-columns.ts';
import { NameSet } from '../object-graph/name-set.ts';
import type { Shape } from '../tensor/shape.ts';
import { type FoundSlot, FoundSlots, ObjectSet, TrainedVariables } from './found-slots.ts';
import { FullNames, type NamedVariable } from './full-names.ts';
import { GraphLists } from './graph-lists.ts';
import { calledAfterModels, type Namesake, Namesakes, ofShape } from './namesakes.ts';
import { type NamedShape, slotsInOrder } from './ordered-slots.ts';
import { slotWord } from './role-words.ts';

/** What all optimizers of a graph know, by the ids of variables. */
export interface Optimizers {
  readonly nodes: ObjectSet;
  /** Tables of embeddings that have slots beside them, and the objects that keep such tables: others there may be trained without. */
  readonly tables: ObjectSet;
  /** Variables with a phrase that says how it is known that they are trained. */
  readonly trained: TrainedVariables;
  readonly slots: FoundSlots;
  /** Whether a variable that is not in `trained` is not trained: all optimizers list what they train. */
  readonly complete: boolean;
  /** Whether every optimizer tells of something that it trains it. */
  readonly allTell: boolean;
}

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
const FIRST_SIGNS = new NameSet(['loss_scale', ...SIGNS.map(([first]) => first as string)]);
/** An optimizer that scales the loss and passes the gradients on to another trains nothing by itself. */
const WRAPPERS = ['base_optimizer', 'inner_optimizer', '_optimizer'];

/** The id of each child by name; the first of a name counts. */
export function childrenOf(graph: GraphColumns, id: number): Map<string, number> {
  const ids = new TextMap<number>();
  for (const [name, child] of graph.childrenOf(id)) if (!ids.has(name)) ids.set(name, child);
  return ids;
}

function isOptimizer(graph: GraphColumns, id: number): boolean {
  if (graph.slots.start(id) < graph.slots.end(id)) return true;
  const [start, end] = [graph.children.start(id), graph.children.end(id)];
  // Each sign is two children at least, and there are many nodes.
  if (end - start < 2) return false;
  let isLikely = false;
  for (let i = start; i < end && !isLikely; i++) isLikely = graph.isCalled(i, FIRST_SIGNS);
  if (!isLikely) return false;
  const names = new TextSet();
  for (let i = start; i < end; i++) names.add(graph.childName(i));
  if (names.has('loss_scale') && WRAPPERS.some((name) => names.has(name))) return true;
  return SIGNS.some((sign) => sign.every((name) => names.has(name)));
}

const SLASH = 0x2f;
/** All variables of an optimizer of Keras, beside the lists that they are in as well. */
const OWN_LIST = '_variables';

/** Without the underscores of what is private to Python: `_velocity_hats` is `velocity_hats`. */
const plainName = (name: string): string => name.replace(/^_+/, '');

/** The shape of the value under a key; undefined where it is not there, or nobody can tell. */
export type ShapeOfKey = (key: string) => Shape | undefined;

class OptimizerReader {
  readonly nodes: ObjectSet;
  readonly tables: ObjectSet;
  readonly trained: TrainedVariables;
  readonly slots: FoundSlots;
  complete = true;
  allTell = true;
  /** What the programs call the models of optimizers that they call after them: `generator` of `generator_optimizer`. */
  #calledLike: ReadonlyMap<number, string> | undefined;
  readonly #names: FullNames;
  readonly #lists: GraphLists;

  constructor(
    readonly graph: GraphColumns,
    readonly shapeOf: ShapeOfKey,
  ) {
    this.nodes = new ObjectSet(graph.count);
    this.tables = new ObjectSet(graph.count);
    this.trained = new TrainedVariables(graph);
    this.slots = new FoundSlots(graph);
    this.#names = new FullNames(graph);
    this.#lists = new GraphLists(graph);
    for (let id = 0; id < graph.count; id++) if (isOptimizer(graph, id) || this.#keepsLists(id)) this.nodes.add(id);
    for (const id of this.nodes) this.#readOptimizer(id);
    for (let id = 0; id < graph.count; id++) this.#readTables(id);
    // Tables with slots beside them say nothing of who trains the rest.
    this.complete &&= this.nodes.size > 0 && this.trained.any;
  }

  /** Whether an object has a list that is called like slots, of variables whose full names are those of others with a word before. */
  #keepsLists(id: number): boolean {
    const { graph } = this;
    for (let i = graph.children.start(id); i < graph.children.end(id); i++) {
      const list = graph.childIds.at(i);
      if (!this.#lists.isList(list)) continue;
      if (slotWord(plainName(graph.childName(i))) === undefined) continue;
      const elements = this.#lists.elementsOf(list);
      if (elements.length > 0 && elements.every((element) => this.#names.slotOf(element) !== undefined)) return true;
    }
    return false;
  }

  #readOptimizer(optimizer: number): void {
    const { slots, children } = this.graph;
    for (let slot = slots.start(optimizer); slot < slots.end(optimizer); slot++) {
      this.slots.addListed(slot);
      this.trained.addListed(slot);
    }
    const hasSlots = slots.start(optimizer) < slots.end(optimizer);
    if (children.start(optimizer) === children.end(optimizer)) {
      this.complete = false;
      return;
    }
    const lists = childrenOf(this.graph, optimizer);
    const trained = this.#lists.elementsOf(lists.get(TRAINED_LIST));
    for (const id of trained) this.trained.set(id, `it is in ${TRAINED_LIST} of an optimizer`);
    if (trained.length > 0) this.#readParallel(optimizer, lists, trained);
    const isLinked = this.#readNamed(optimizer, lists, trained);
    if (trained.length > 0 || isLinked) return;
    const isSilent = !hasSlots && !WRAPPERS.some((name) => lists.has(name));
    if (hasSlots || isSilent) this.complete = false;
    if (isSilent) this.allTell = false;
  }

  /** Lists as long as that of what is trained, element by element. */
  #readParallel(optimizer: number, lists: ReadonlyMap<string, number>, trained: readonly number[]): void {
    for (const [name, list] of lists) {
      if (name === TRAINED_LIST || name === OWN_LIST) continue;
      const elements = this.#lists.elementsOf(list);
      if (elements.length !== trained.length) continue;
      for (const [i, id] of elements.entries()) {
        const of = trained[i] as number;
        const named = this.#names.slotOf(id);
        const slot = named?.of.includes(of) === true ? named.slot : (this.#names.slotEndOf(id) ?? plainName(name));
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
      const elements = this.#lists.elementsOf(list).filter((id) => !own.has(id));
      const named = this.#variablesOf(optimizer, elements);
      if (name === OWN_LIST) for (const [id, found] of this.#inOrder(elements, named, trained)) named.set(id, found);
      for (const id of elements.reverse()) {
        const found: NamedVariable | undefined = this.#slotIn(id) ?? named.get(id) ?? this.#factorOf(id, next);
        next = found;
        if (found === undefined) {
          if (name !== OWN_LIST && this.graph.isVariable(id)) unlinked++;
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
    const key = this.graph.keyOf(id);
    return key === undefined ? undefined : this.shapeOf(key);
  }

  #describedVariable = (id: number): Namesake => ({
    id,
    key: this.graph.keyOf(id) ?? '',
    shape: this.#shapeAt(id),
    isTrained: this.trained.has(id),
  });

  /** The variable of each element that names one; where several have one name and one shape, they stand in one order. */
  #variablesOf(optimizer: number, elements: readonly number[]): Map<number, NamedVariable> {
    const found = new Map<number, NamedVariable>();
    const alike = new TextMap<{ readonly of: readonly number[]; readonly slots: [number, string][] }>();
    const named = elements.flatMap((id) => {
      const slot = this.#names.slotOf(id);
      return slot === undefined ? [] : [{ id, slot: slot.slot, of: slot.of.map(this.#describedVariable) }];
    });
    const variables = named.map(({ id, of }) => ofShape(of, this.#shapeAt(id)));
    if (variables.some(({ length }) => length > 1)) this.#calledLike ??= calledAfterModels(this.graph, this.nodes);
    const choice = new Namesakes(variables, this.#calledLike?.get(optimizer));
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
    if (trained.length === 0) return new Map();
    const described = (id: number): NamedShape => ({ id, name: this.#names.lastOf(id), shape: this.#shapeAt(id) });
    const told = new Set([...named.values()].map(({ of }) => of));
    return slotsInOrder(untold.map(described), trained.filter((id) => !told.has(id)).map(described));
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
    if (this.trained.has(id) || !this.graph.isVariable(id)) return;
    const known = this.slots.get(id);
    if (known !== undefined && (known.list !== OWN_LIST || found.list === OWN_LIST)) return;
    this.slots.set(id, found.list === AVERAGES_LIST ? { ...found, slot: 'average' } : found);
  }

  /** Tables with slots beside them: `user` and `user/momenta`, both variables of one object. */
  #readTables(owner: number): void {
    if (!this.#hasSlashedChild(owner)) return;
    const children = childrenOf(this.graph, owner);
    for (const [name, id] of children) {
      const at = name.lastIndexOf('/');
      const of = at <= 0 ? undefined : children.get(name.slice(0, at));
      const slot = name.slice(at + 1);
      if (of === undefined || !this.graph.isVariable(of) || this.slots.has(id)) continue;
      if (slotWord(slot) === undefined || !this.graph.isVariable(id)) continue;
      this.slots.set(id, { of, slot, optimizer: owner });
      for (const table of [owner, of]) this.tables.add(table);
      this.trained.set(of, `a table of an embedding keeps ${slot} for it`);
    }
  }

  #hasSlashedChild(id: number): boolean {
    const { graph } = this;
    for (let i = graph.children.start(id); i < graph.children.end(id); i++) {
      graph.locate(graph.childNames.at(i));
      for (let at = graph.start; at < graph.end; at++) if (graph.bytes[at] === SLASH) return true;
    }
    return false;
  }
}

/** Finds the optimizers of a graph; throws {@link CorruptError} for one in which they list more than any program has. */
export function optimizersOf(graph: GraphColumns, shapeOf: ShapeOfKey = () => undefined): Optimizers {
  return new OptimizerReader(graph, shapeOf);
}
