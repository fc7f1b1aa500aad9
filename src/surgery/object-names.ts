/**
 * Objects by name: what the values of an object-based checkpoint are called where checkpoints go by names. A variable has
 * its full name, which `tf.train.Saver` would use; where the graph gives none, or one to several, the path names it.
 */
import { TextMap, TextSet } from '../bytes/text-map.ts';
import { lastName, namesOf, parseKey, unescapeLocalName } from '../object-graph/checkpoint-key.ts';
import type { GraphColumns } from '../object-graph/graph-columns.ts';
import { GraphNotes } from '../object-graph/graph-notes.ts';
import type { ObjectGraph } from '../object-graph/object-graph.ts';
import { OBJECT_GRAPH_KEY, VARIABLE_VALUE } from '../object-graph/object-graph-key.ts';
import { columnsOf } from '../object-graph/read-columns.ts';
import { endingOf, type GraphSlot, GraphSlots } from './slot-families.ts';

export interface ObjectNames {
  /** The name of each key; no two are the same, and none is empty. */
  readonly names: ReadonlyMap<string, string>;
  /** Keys whose values mean something to `tf.train.Checkpoint` alone: the graph, its counter, state of Python objects. */
  readonly unnamed: readonly string[];
  /** Sentences about names that could not be the full ones. */
  readonly notes: readonly string[];
}

const STATES: ReadonlySet<string> = new Set(['py_state', 'OBJECT_CONFIG_JSON', 'ITERATOR_STATE', 'ITERATOR']);
const BY_PATH = 'the object graph gives no full name, or gives it to several; named by the path of the object';
const BY_VARIABLE = 'slots of such variables, named after them';
const NUMBERED = 'another tensor has this name without the number at its end';

/** Whether the value under a key means something to `tf.train.Checkpoint` alone. */
export function isBookkeepingKey(key: string): boolean {
  if (key === OBJECT_GRAPH_KEY) return true;
  const parts = parseKey(key);
  if (parts === undefined || parts.slot !== undefined) return false;
  return STATES.has(parts.attribute) || (lastName(parts.path) === 'save_counter' && parts.attribute === VARIABLE_VALUE);
}

/** The path of a key as people would write it: `model/dense/kernel`; the key itself where it spells none. */
export function nameOfPath(key: string): string {
  const parts = parseKey(key);
  if (parts === undefined) return key;
  const names = namesOf(parts.path).map(unescapeLocalName);
  if (parts.slot !== undefined) names.push(unescapeLocalName(parts.slot.name));
  if (parts.attribute !== VARIABLE_VALUE || names.length === 0) names.push(unescapeLocalName(parts.attribute));
  return names.join('/');
}

/** What the graph says of the values that are there. */
class Values {
  readonly #graph: GraphColumns;
  readonly #fullNames = new TextMap<string>();
  readonly #nodes = new TextMap<number>();
  readonly #holders = new TextMap<number>();
  readonly #slots: GraphSlots;

  constructor(graph: GraphColumns, keys: readonly string[]) {
    this.#graph = graph;
    const there = new TextSet(keys);
    for (let attribute = 0; attribute < graph.attributes.total; attribute++) {
      const key = graph.keyAt(attribute);
      if (!there.has(key) || this.#nodes.has(key)) continue;
      const fullName = graph.textAt(graph.fullNames.at(attribute));
      this.#nodes.set(key, graph.attributeOwners.at(attribute));
      this.#fullNames.set(key, fullName);
      this.#holders.set(fullName, (this.#holders.get(fullName) ?? 0) + 1);
    }
    this.#slots = new GraphSlots(graph);
  }

  has(key: string): boolean {
    return this.#nodes.has(key);
  }

  fullNameOf(key: string): string {
    return this.#fullNames.get(key) ?? '';
  }

  /** The full name, where no other value has it. */
  ownNameOf(key: string): string | undefined {
    const name = this.fullNameOf(key);
    return name === '' || name === OBJECT_GRAPH_KEY || this.#holders.get(name) !== 1 ? undefined : name;
  }

  slotOf(key: string): GraphSlot | undefined {
    const node = this.#nodes.get(key);
    return node === undefined ? undefined : this.#slots.get(node);
  }

  /** The key of a slot's variable, which may have no value itself. */
  variableKeyOf({ variable }: GraphSlot): string | undefined {
    return this.#graph.keyOf(variable);
  }

  /** `Adam_1` for the second slot of TensorFlow 1's Adam, whose full name begins with that of the variable; else `v`. */
  endingOf(key: string, { name, families }: GraphSlot, variable: string): string {
    const start = `${this.fullNameOf(variable)}/`;
    const ending = this.fullNameOf(key).startsWith(start) ? this.fullNameOf(key).slice(start.length) : '';
    const family = families.find(({ endings }) => endings[0] === ending.replace(/_\d+$/, ''));
    return (family === undefined ? undefined : endingOf(family, name)) ?? name;
  }
}

/** Gives names away, each once. */
class Namer {
  readonly names = new TextMap<string>();
  readonly notes = new GraphNotes();
  readonly #taken = new TextSet([OBJECT_GRAPH_KEY]);
  readonly #numbers = new TextMap<number>();

  give(key: string, wanted: string): string {
    let name = wanted;
    for (let i = this.#numbers.get(wanted) ?? 1; this.#taken.has(name); i++) {
      name = `${wanted}_${i}`;
      this.#numbers.set(wanted, i + 1);
    }
    if (name !== wanted) this.notes.add(NUMBERED, name);
    this.#taken.add(name);
    this.names.set(key, name);
    return name;
  }
}

/** Names for the values under `keys`, which are those of a checkpoint with this graph. */
export function namesOfObjects(graph: ObjectGraph | GraphColumns, keys: readonly string[]): ObjectNames {
  const named = keys.filter((key) => !isBookkeepingKey(key));
  const values = new Values(columnsOf(graph), named);
  const namer = new Namer();
  const variableOf = (key: string): string | undefined => {
    const slot = values.slotOf(key);
    return slot === undefined ? undefined : values.variableKeyOf(slot);
  };
  /** A slot keeps its full name where its variable does: TensorFlow 1 numbers slots of variables of one name through. */
  const keepsName = (key: string): boolean => {
    const variable = variableOf(key) ?? key;
    return values.ownNameOf(key) !== undefined && (!values.has(variable) || values.ownNameOf(variable) !== undefined);
  };
  for (const key of named) if (keepsName(key)) namer.give(key, values.fullNameOf(key));
  const others = named.filter((key) => !namer.names.has(key));
  for (const key of others) {
    if (variableOf(key) !== undefined) continue;
    const name = namer.give(key, nameOfPath(key));
    if (parseKey(key) !== undefined) namer.notes.add(BY_PATH, name);
  }
  for (const key of others) {
    const variable = variableOf(key);
    const slot = values.slotOf(key);
    if (variable === undefined || slot === undefined) continue;
    const owner = namer.names.get(variable) ?? nameOfPath(variable);
    namer.notes.add(BY_VARIABLE, namer.give(key, `${owner}/${values.endingOf(key, slot, variable)}`));
  }
  return { names: namer.names, unnamed: keys.filter(isBookkeepingKey), notes: namer.notes.sentences() };
}
