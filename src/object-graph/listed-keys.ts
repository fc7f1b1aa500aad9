/**
 * What an object graph lists, held against what is there. TensorFlow stops where a graph names a key that is not in the
 * checkpoint, and never finds a value whose key the graph forgot.
 */
import { TextSet } from '../bytes/text-map.ts';
import { type CheckpointKey, namesOf, parseKey, unescapeLocalName } from './checkpoint-key.ts';
import type { ObjectGraph, ObjectNode, SavedAttribute } from './object-graph.ts';
import { OBJECT_GRAPH_KEY } from './object-graph-key.ts';

const VARIABLE_VALUE = 'VARIABLE_VALUE';

export interface ListedKeys {
  /** Keys of variables that the graph lists and that no tensor has. */
  readonly missing: readonly string[];
  /** Tensors that have keys as objects do, and that the graph does not list. */
  readonly forgotten: readonly string[];
}

/** Whether TensorFlow stops where the value of an attribute is not there. What is no variable may be stored in another way. */
export function isNeeded({ name, optionalRestore }: SavedAttribute): boolean {
  return name === VARIABLE_VALUE && optionalRestore !== true;
}

/** Whether a tensor is one of several that lie behind a key: a lookup table lists `x/table` and stores `x/table-keys`. */
function liesBehind(name: string, keys: ReadonlySet<string>): boolean {
  for (let at = name.indexOf('-'); at >= 0; at = name.indexOf('-', at + 1))
    if (keys.has(name.slice(0, at))) return true;
  return false;
}

/** Holds the keys of a graph against the names of the tensors that it is stored with. */
export function listedKeys(graph: ObjectGraph, names: Iterable<string>): ListedKeys {
  const attributes = graph.nodes.flatMap((node) => node.attributes);
  const keys = new TextSet(attributes.map(({ checkpointKey }) => checkpointKey));
  const missing = new TextSet(attributes.filter(isNeeded).map(({ checkpointKey }) => checkpointKey));
  // Who saves an object in a way of its own chooses keys that the graph does not list.
  const ownSavers = graph.nodes.some(({ registeredSaver }) => registeredSaver !== undefined);
  const forgotten: string[] = [];
  for (const name of names) {
    if (keys.has(name)) missing.delete(name);
    else if (!ownSavers && name !== OBJECT_GRAPH_KEY && parseKey(name) !== undefined && !liesBehind(name, keys)) {
      forgotten.push(name);
    }
  }
  return { missing: [...missing], forgotten };
}

/** Objects that are found by their paths, and made where there are none. */
class ObjectTree {
  readonly nodes: ObjectNode[];

  constructor(nodes: readonly ObjectNode[]) {
    this.nodes = [...nodes];
  }

  /** Changes an object; what leads to it has values then. */
  #change(id: number, change: (node: ObjectNode) => ObjectNode): void {
    this.nodes[id] = change(this.nodes[id] as ObjectNode);
  }

  #add(): number {
    const known = this.nodes[0]?.hasCheckpointValues !== undefined;
    const node: ObjectNode = { children: [], attributes: [], slotVariables: [] };
    this.nodes.push(known ? { ...node, hasCheckpointValues: true } : node);
    return this.nodes.length - 1;
  }

  #child(parent: number, localName: string): number | undefined {
    return this.nodes[parent]?.children.find((child) => child.localName === localName)?.nodeId;
  }

  /** The object at a path; those on the way are made. */
  at(path: string): number {
    let id = 0;
    this.#hold(id);
    for (const name of namesOf(path).map(unescapeLocalName)) {
      const found = this.#child(id, name);
      const next = found ?? this.#add();
      if (found === undefined) {
        this.#change(id, (node) => ({ ...node, children: [...node.children, { nodeId: next, localName: name }] }));
      } else this.#hold(next);
      id = next;
    }
    return id;
  }

  #hold(id: number): void {
    if (this.nodes[id]?.hasCheckpointValues === false)
      this.#change(id, (node) => ({ ...node, hasCheckpointValues: true }));
  }

  /** Lists what is stored of an object, unless the object lists another as that; tells whether it does now. */
  list(id: number, checkpointKey: string, name = VARIABLE_VALUE): boolean {
    if (this.nodes[id]?.attributes.some((listed) => listed.name === name) !== false) return false;
    const attribute = { name, fullName: '', checkpointKey };
    this.#change(id, (node) => ({ ...node, attributes: [...node.attributes, attribute] }));
    return true;
  }

  /** Lists the slot that an optimizer keeps for a variable. */
  listSlot(
    { path, slot }: CheckpointKey & { readonly slot: NonNullable<CheckpointKey['slot']> },
    key: string,
  ): boolean {
    const slotName = unescapeLocalName(slot.name);
    const [variable, optimizer] = [this.at(path), this.at(slot.optimizer)];
    const has = this.nodes[optimizer]?.slotVariables.some(
      (one) => one.originalVariableNodeId === variable && one.slotName === slotName,
    );
    if (has !== false) return false;
    const slotVariableNodeId = this.#add();
    const reference = { originalVariableNodeId: variable, slotName, slotVariableNodeId };
    this.#change(optimizer, (node) => ({ ...node, slotVariables: [...node.slotVariables, reference] }));
    return this.list(slotVariableNodeId, key);
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
export function withForgotten(graph: ObjectGraph, forgotten: readonly string[]): ObjectGraph {
  const tree = new ObjectTree(graph.nodes);
  let listed = 0;
  for (const key of forgotten) {
    const parts = parseKey(key);
    if (parts === undefined) continue;
    const { path, slot, attribute } = parts;
    const [name, listedKey] = listedAs(key, attribute);
    if (slot === undefined ? tree.list(tree.at(path), listedKey, name) : tree.listSlot({ ...parts, slot }, key))
      listed++;
  }
  return listed === 0 ? graph : { ...graph, nodes: tree.nodes };
}
