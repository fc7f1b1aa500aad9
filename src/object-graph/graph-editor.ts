/**
 * A graph being rebuilt: names of children that change, children that come and go, objects that become one, objects that
 * are new. All changes are collected first and made at once, so that two children may swap their names.
 */
import { escapeLocalName, unescapeLocalName } from './checkpoint-key.ts';
import type { GraphColumns } from './graph-columns.ts';
import type { GraphNotes } from './graph-notes.ts';
import { type EditedChild, MovedGraph, type NodeEdits } from './moved-graph.ts';
import { StoredNodes } from './stored-nodes.ts';

const REPLACED = 'this further name of an object gave way to the one that was renamed to it';

const SECOND_SAVER = 'two objects with savers of their own became one here, and only the first keeps its saver';

const NONE: readonly number[] = [];

export class GraphEditor {
  readonly #graph: GraphColumns;
  /** How many objects there are, with those that were made. */
  #count: number;
  /** For each object, its children by old escaped name: the new one, or nothing for a child that leaves. */
  readonly #renamed = new Map<number, Map<string, string | undefined>>();
  readonly #added = new Map<number, Map<string, number>>();
  /** What an object became part of, and its parts. */
  readonly #into = new Map<number, number>();
  readonly #parts = new Map<number, number[]>();
  #root = 0;

  constructor(graph: GraphColumns) {
    this.#graph = graph;
    this.#count = graph.count;
  }

  /** The object that one has become part of, or itself. */
  resolve(id: number): number {
    let at = id;
    for (let next = this.#into.get(at); next !== undefined; next = this.#into.get(at)) at = next;
    return at;
  }

  /** Makes an object without values. */
  addObject(): number {
    return this.#count++;
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

  /** The new graph. Parts of others at the end are cut off. */
  finish(notes: GraphNotes): MovedGraph {
    const children = new Map<number, readonly EditedChild[]>();
    const changed = new Set([...this.#renamed.keys(), ...this.#added.keys(), ...this.#parts.keys()]);
    for (const id of [...changed].sort((a, b) => a - b)) {
      if (this.#into.has(id)) continue;
      children.set(id, this.#childrenOf(id, notes));
      this.#noteSavers(id, notes);
    }
    let count = this.#count;
    while (this.#into.has(count - 1 === this.#root ? 0 : count - 1)) count--;
    const edits: NodeEdits = {
      count,
      root: this.#root,
      newIdOf: this.#root === 0 && this.#into.size === 0 ? (id) => id : (id) => this.newIdOf(id),
      isPart: (id) => this.#into.has(id),
      partsOf: (id) => this.#parts.get(id) ?? NONE,
      children,
    };
    return new MovedGraph(this.#graph, edits);
  }

  /** Of several objects with savers of their own that became one, the first keeps its saver. */
  #noteSavers(id: number, notes: GraphNotes): void {
    const saved = [id, ...(this.#parts.get(id) ?? [])].filter((owner) => this.#graph.hasSaver(owner));
    if (saved.length < 2) return;
    const nodes = new StoredNodes(this.#graph);
    for (const owner of saved.slice(1)) notes.add(SECOND_SAVER, nodes.node(owner).registeredSaver?.objectName ?? '');
  }

  /** The children of an object and of its parts; of two with one name, the one that was put there on purpose stays. */
  #childrenOf(id: number, notes: GraphNotes): EditedChild[] {
    const entries = [id, ...(this.#parts.get(id) ?? [])].flatMap((owner) => this.#entriesOf(owner));
    for (const [name, child] of this.#added.get(id) ?? []) {
      const made = { reference: -1, id: this.newIdOf(child), localName: unescapeLocalName(name) };
      entries.push({ name, child: made, placed: true });
    }
    const placed = new Map<string, number>();
    for (const { name, child, placed: isPlaced } of entries) {
      if (isPlaced && !placed.has(name)) placed.set(name, child.id);
    }
    const children = new Map<string, EditedChild>();
    for (const { name, child } of entries) {
      const holder = placed.get(name) ?? children.get(name)?.id ?? child.id;
      if (holder !== child.id) notes.add(REPLACED, child.localName);
      else if (!children.has(name)) children.set(name, child);
    }
    return [...children.values()];
  }

  /** The children that an object keeps, under their new names. */
  #entriesOf(owner: number): Entry[] {
    const { children, childIds } = this.#graph;
    const renamed = this.#renamed.get(owner);
    const entries: Entry[] = [];
    for (let i = children.start(owner); i < children.end(owner); i++) {
      const name = escapeLocalName(this.#graph.childName(i));
      const placed = renamed?.has(name) === true;
      const next = placed ? renamed?.get(name) : name;
      if (next === undefined) continue;
      const child = { reference: i, id: this.newIdOf(childIds.at(i)), localName: unescapeLocalName(next) };
      entries.push({ name: next, child, placed });
    }
    return entries;
  }
}

/** A child on its way into the new graph; `placed` when the key of a value spells its name. */
interface Entry {
  readonly name: string;
  readonly child: EditedChild;
  readonly placed: boolean;
}
