/** Values that an object graph forgot, listed in it: fields are put behind those of its objects, and objects behind the last. */

import { ByteWriter } from '../bytes/byte-writer.ts';
import { TextMap, TextSet } from '../bytes/text-map.ts';
import { writeDelimitedField } from '../proto/wire.ts';
import { type CheckpointKey, namesOf, parseKey, unescapeLocalName } from './checkpoint-key.ts';
import { TRUE, writeAttribute, writeChild, writeSlot } from './encode-object-graph.ts';
import type { GraphColumns } from './graph-columns.ts';
import { NODE } from './graph-fields.ts';
import { VARIABLE_VALUE } from './object-graph-key.ts';
import { readGraphColumns } from './read-columns.ts';
import { StoredNodes } from './stored-nodes.ts';

const HAS_VALUES_FIELD = 5;

/** Objects that are found by their paths, and made where there are none. */
class ObjectTree {
  readonly #nodes: StoredNodes;
  readonly #scratch = new ByteWriter();
  readonly #tellsValues: boolean;
  /** Fields that objects have besides those that were stored. */
  readonly #fields = new Map<number, ByteWriter>();
  /** Of objects that were looked into: their children, the names of their values, and their slots by variable and name. */
  readonly #children = new Map<number, Map<string, number>>();
  readonly #values = new Map<number, Set<string>>();
  readonly #slots = new Map<number, Set<string>>();
  readonly #held = new Set<number>();
  #count: number;

  constructor(readonly graph: GraphColumns) {
    this.#nodes = new StoredNodes(graph);
    this.#count = graph.count;
    this.#tellsValues = graph.count > 0 && this.#nodes.hasValues(0) !== undefined;
  }

  #fieldsOf(id: number): ByteWriter {
    const fields = this.#fields.get(id) ?? new ByteWriter();
    this.#fields.set(id, fields);
    return fields;
  }

  #add(): number {
    const id = this.#count++;
    if (this.#tellsValues) writeDelimitedField(this.#fieldsOf(id), HAS_VALUES_FIELD, TRUE);
    return id;
  }

  #childrenOf(id: number): Map<string, number> {
    let children = this.#children.get(id);
    if (children !== undefined) return children;
    children = new TextMap();
    for (const [name, child] of this.graph.childrenOf(id)) if (!children.has(name)) children.set(name, child);
    this.#children.set(id, children);
    return children;
  }

  #valuesOf(id: number): Set<string> {
    const { attributes, attributeNames } = this.graph;
    let values = this.#values.get(id);
    if (values !== undefined) return values;
    values = new TextSet();
    for (let i = attributes.start(id); i < attributes.end(id); i++) values.add(this.graph.textAt(attributeNames.at(i)));
    this.#values.set(id, values);
    return values;
  }

  #slotsOf(id: number): Set<string> {
    const { slots, slotsOf, slotNames } = this.graph;
    let known = this.#slots.get(id);
    if (known !== undefined) return known;
    known = new TextSet();
    for (let i = slots.start(id); i < slots.end(id); i++) {
      known.add(`${slotsOf.at(i)} ${this.graph.textAt(slotNames.at(i))}`);
    }
    this.#slots.set(id, known);
    return known;
  }

  /** The object at a path; those on the way are made. */
  at(path: string): number {
    let id = 0;
    this.#hold(id);
    for (const name of namesOf(path).map(unescapeLocalName)) {
      const children = this.#childrenOf(id);
      const found = children.get(name);
      const next = found ?? this.#add();
      if (found === undefined) {
        writeChild(this.#fieldsOf(id), { nodeId: next, localName: name }, this.#scratch);
        children.set(name, next);
      } else this.#hold(next);
      id = next;
    }
    return id;
  }

  /** Says of an object that it has values, where it says that it has none: the last that is said counts. */
  #hold(id: number): void {
    if (id >= this.graph.count || this.#held.has(id)) return;
    this.#held.add(id);
    if (this.#nodes.hasValues(id) === false) writeDelimitedField(this.#fieldsOf(id), HAS_VALUES_FIELD, TRUE);
  }

  /** Lists what is stored of an object, unless the object lists another as that; tells whether it does now. */
  list(id: number, checkpointKey: string, name = VARIABLE_VALUE): boolean {
    const values = this.#valuesOf(id);
    if (values.has(name)) return false;
    writeAttribute(this.#fieldsOf(id), { name, fullName: '', checkpointKey }, this.#scratch);
    values.add(name);
    return true;
  }

  /** Lists the slot that an optimizer keeps for a variable. */
  listSlot(
    { path, slot }: CheckpointKey & { readonly slot: NonNullable<CheckpointKey['slot']> },
    key: string,
  ): boolean {
    const slotName = unescapeLocalName(slot.name);
    const [variable, optimizer] = [this.at(path), this.at(slot.optimizer)];
    const slots = this.#slotsOf(optimizer);
    if (slots.has(`${variable} ${slotName}`)) return false;
    slots.add(`${variable} ${slotName}`);
    const slotVariableNodeId = this.#add();
    const reference = { originalVariableNodeId: variable, slotName, slotVariableNodeId };
    writeSlot(this.#fieldsOf(optimizer), reference, this.#scratch);
    return this.list(slotVariableNodeId, key);
  }

  /** The graph with what was added. */
  write(): Uint8Array {
    const { bytes, count } = this.graph;
    const writer = new ByteWriter(bytes.length + 64);
    for (let id = 0; id < this.#count; id++) {
      const { at, end } = id < count ? this.#nodes.cursor(id) : { at: 0, end: 0 };
      const added = this.#fields.get(id)?.view();
      writer
        .varint(NODE)
        .varint(end - at + (added?.length ?? 0))
        .range(bytes, at, end);
      if (added !== undefined) writer.bytes(added);
    }
    const { others } = this.#nodes;
    for (let i = 0; i < others.length; i += 2) writer.range(bytes, others[i] as number, others[i + 1] as number);
    return writer.view();
  }
}

/** The attribute that a key is of: of several tensors that lie behind one key, that key is listed. */
function listedAs(key: string, attribute: string): readonly [name: string, key: string] {
  const at = attribute.indexOf('-');
  const name = at <= 0 ? attribute : attribute.slice(0, at);
  return [unescapeLocalName(name), key.slice(0, key.length - attribute.length + name.length)];
}

/**
 * The graph with what it forgot listed, as objects where their keys say; the same graph when it lists all that can be. What
 * meets another value of the same object stays out of it.
 */
export function withForgotten(graph: GraphColumns, forgotten: readonly string[]): GraphColumns {
  if (forgotten.length === 0) return graph;
  const tree = new ObjectTree(graph);
  let listed = 0;
  for (const key of forgotten) {
    const parts = parseKey(key);
    if (parts === undefined) continue;
    const { path, slot, attribute } = parts;
    const [name, listedKey] = listedAs(key, attribute);
    if (slot === undefined ? tree.list(tree.at(path), listedKey, name) : tree.listSlot({ ...parts, slot }, key))
      listed++;
  }
  return listed === 0 ? graph : readGraphColumns(tree.write());
}
