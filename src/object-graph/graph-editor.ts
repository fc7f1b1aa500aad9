/**
 * A graph being rebuilt: names of children that change, children that come and go, objects that become one, objects that
 * are new. All changes are collected first and made at once, so that two children may swap their names.
 */
import { escapeLocalName, unescapeLocalName } from './checkpoint-key.ts';
import type { GraphNotes } from './graph-notes.ts';
import type { ObjectGraph, ObjectNode, ObjectReference, SlotReference } from './object-graph.ts';

const REPLACED = 'this further name of an object gave way to the one that was renamed to it';
const SECOND_SAVER = 'two objects with savers of their own became one here, and only the first keeps its saver';

export class GraphEditor {
  readonly #nodes: ObjectNode[];
  /** For each object, its children by old escaped name: the new one, or nothing for a child that leaves. */
  readonly #renamed = new Map<number, Map<string, string | undefined>>();
  readonly #added = new Map<number, Map<string, number>>();
  /** What an object became part of, and its parts. */
  readonly #into = new Map<number, number>();
  readonly #parts = new Map<number, number[]>();
  #root = 0;

  constructor(graph: ObjectGraph) {
    this.#nodes = [...graph.nodes];
  }

  /** The object that one has become part of, or itself. */
  resolve(id: number): number {
    let at = id;
    for (let next = this.#into.get(at); next !== undefined; next = this.#into.get(at)) at = next;
    return at;
  }

  /** Makes an object without values. */
  addObject(): number {
    const known = this.#nodes[0]?.hasCheckpointValues;
    const node: ObjectNode = { children: [], attributes: [], slotVariables: [] };
    this.#nodes.push(known === undefined ? node : { ...node, hasCheckpointValues: true });
    return this.#nodes.length - 1;
  }

  /** Makes `id` part of `whole`: its children and values, and every reference to it. */
  join(id: number, whole: number): void {
    const part = this.resolve(id);
    const target = this.resolve(whole);
    if (part === target) return;
    this.#into.set(part, target);
    const parts = this.#parts.get(target) ?? [];
    parts.push(part);
    for (const inner of this.#parts.get(part) ?? []) parts.push(inner);
    this.#parts.set(target, parts);
    this.#parts.delete(part);
  }

  renameChild(parent: number, from: string, to: string | undefined): void {
    const renamed = this.#renamed.get(parent) ?? new Map<string, string | undefined>();
    this.#renamed.set(parent, renamed.set(from, to));
  }

  addChild(parent: number, name: string, child: number): void {
    const id = this.resolve(parent);
    const added = this.#added.get(id) ?? new Map<string, number>();
    this.#added.set(id, added.set(name, child));
  }

  setRoot(id: number): void {
    this.#root = this.resolve(id);
  }

  /** Where an object of the old graph is in the new one: only the root has to change its number. */
  newIdOf(id: number): number {
    const resolved = this.resolve(id);
    if (resolved === this.#root) return 0;
    return resolved === 0 ? this.#root : resolved;
  }

  /** The new graph; objects that nothing changes are shared with the old one. Parts of others at the end are cut off. */
  finish(notes: GraphNotes): ObjectNode[] {
    const nodes = this.#nodes.map((_, id) => this.#finished(id, notes));
    const root = nodes[this.#root] as ObjectNode;
    nodes[this.#root] = nodes[0] as ObjectNode;
    nodes[0] = root;
    const last = (): number => (nodes.length - 1 === this.#root ? 0 : nodes.length - 1);
    while (this.#into.has(last())) nodes.pop();
    return nodes;
  }

  #finished(id: number, notes: GraphNotes): ObjectNode {
    const node = this.#nodes[id] as ObjectNode;
    if (this.#into.has(id)) return emptied(node);
    const parts = (this.#parts.get(id) ?? []).map((part) => this.#nodes[part] as ObjectNode);
    const children = this.#childrenOf(id, notes);
    const slots = [node, ...parts].flatMap(({ slotVariables }) => slotVariables.map((slot) => this.#repointed(slot)));
    if (parts.length > 0) return this.#joined(node, parts, children, slots, notes);
    const same =
      children.length === node.children.length &&
      children.every((child, i) => child === node.children[i]) &&
      slots.every((slot, i) => slot === node.slotVariables[i]);
    return same ? node : { ...node, children, slotVariables: slots };
  }

  #joined(
    node: ObjectNode,
    parts: readonly ObjectNode[],
    children: readonly ObjectReference[],
    slotVariables: readonly SlotReference[],
    notes: GraphNotes,
  ): ObjectNode {
    const whole = [node, ...parts];
    const savers = whole.flatMap(({ registeredSaver }) => registeredSaver ?? []);
    if (savers.length > 1) for (const { objectName } of savers.slice(1)) notes.add(SECOND_SAVER, objectName);
    const attributes = whole.flatMap((one) => one.attributes);
    const unknown = Uint8Array.from(whole.flatMap((one) => [...(one.unknown ?? [])]));
    const hasValues = whole.some(({ hasCheckpointValues }) => hasCheckpointValues === true);
    return {
      ...node,
      children,
      attributes,
      slotVariables,
      ...(unknown.length === 0 ? {} : { unknown }),
      ...(savers[0] === undefined ? {} : { registeredSaver: savers[0] }),
      ...(node.hasCheckpointValues === undefined ? {} : { hasCheckpointValues: hasValues }),
    };
  }

  #repointed(slot: SlotReference): SlotReference {
    const originalVariableNodeId = this.newIdOf(slot.originalVariableNodeId);
    const slotVariableNodeId = this.newIdOf(slot.slotVariableNodeId);
    const same =
      originalVariableNodeId === slot.originalVariableNodeId && slotVariableNodeId === slot.slotVariableNodeId;
    return same ? slot : { ...slot, originalVariableNodeId, slotVariableNodeId };
  }

  /** The children of an object and of its parts; of two with one name, the one that was put there on purpose stays. */
  #childrenOf(id: number, notes: GraphNotes): readonly ObjectReference[] {
    const added = this.#added.get(id) ?? new Map<string, number>();
    if (added.size === 0 && !this.#renamed.has(id) && !this.#parts.has(id)) return this.#sameChildren(id);
    const entries = [id, ...(this.#parts.get(id) ?? [])].flatMap((owner) => this.#entriesOf(owner));
    for (const [name, child] of added) {
      const reference = { nodeId: this.newIdOf(child), localName: unescapeLocalName(name) };
      entries.push({ name, reference, placed: true });
    }
    const placed = new Map<string, number>();
    for (const entry of entries) {
      if (entry.placed && !placed.has(entry.name)) placed.set(entry.name, entry.reference.nodeId);
    }
    const children = new Map<string, ObjectReference>();
    for (const entry of entries) {
      const holder = placed.get(entry.name) ?? children.get(entry.name)?.nodeId ?? entry.reference.nodeId;
      if (holder !== entry.reference.nodeId) notes.add(REPLACED, entry.reference.localName);
      else if (!children.has(entry.name)) children.set(entry.name, entry.reference);
    }
    return [...children.values()];
  }

  /** The children of an object of which only the numbers may have changed. */
  #sameChildren(id: number): readonly ObjectReference[] {
    const { children } = this.#nodes[id] as ObjectNode;
    if (this.#root === 0 && this.#into.size === 0) return children;
    return children.map((child) => {
      const nodeId = this.newIdOf(child.nodeId);
      return nodeId === child.nodeId ? child : { ...child, nodeId };
    });
  }

  /** The children that an object keeps, under their new names. */
  #entriesOf(owner: number): Entry[] {
    const renamed = this.#renamed.get(owner);
    return (this.#nodes[owner]?.children ?? []).flatMap((child): Entry[] => {
      const name = escapeLocalName(child.localName);
      const placed = renamed?.has(name) === true;
      const next = placed ? renamed?.get(name) : name;
      if (next === undefined) return [];
      const nodeId = this.newIdOf(child.nodeId);
      const same = nodeId === child.nodeId && next === name;
      const reference = same ? child : { ...child, nodeId, localName: unescapeLocalName(next) };
      return [{ name: next, reference, placed }];
    });
  }
}

/** A child on its way into the new graph; `placed` when the key of a value spells its name. */
interface Entry {
  readonly name: string;
  readonly reference: ObjectReference;
  readonly placed: boolean;
}

function emptied({ hasCheckpointValues }: ObjectNode): ObjectNode {
  const node: ObjectNode = { children: [], attributes: [], slotVariables: [] };
  return hasCheckpointValues === undefined ? node : { ...node, hasCheckpointValues: false };
}
