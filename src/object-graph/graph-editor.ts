/**
 * A graph being rebuilt: names of children that change, children that come and go, objects that become one, objects that
 * are new. All changes are collected first and made at once, so that two children may swap their names.
 */
import { SmallColumn } from '../bytes/column.ts';
import type { NameNumbers } from '../bytes/name-numbers.ts';
import { encodeText } from '../bytes/text.ts';
import { escapeLocalName, unescapeLocalName } from './checkpoint-key.ts';
import { type ChildTable, childTableOf } from './child-table.ts';
import type { GraphColumns } from './graph-columns.ts';
import type { GraphNotes } from './graph-notes.ts';
import { type AddedChild, MovedGraph } from './moved-graph.ts';
import type { ObjectPaths } from './object-paths.ts';
import { StoredNodes } from './stored-nodes.ts';

const REPLACED = 'this further name of an object gave way to the one that was renamed to it';
const SECOND_SAVER = 'two objects with savers of their own became one here, and only the first keeps its saver';

const NONE: readonly never[] = [];
const DOT = 0x2e;
const SLASH = 0x2f;
/** What becomes of a reference: nothing is said of it, it leaves, or it has a name; that stands as a number so much larger. */
const [UNTOLD, LEAVES, NAMED] = [0, 1, 2];

/** Names that objects have for children while their children are sorted out: who has which name, told for one object at a time. */
class NameHolders {
  #rounds = new Int32Array(0);
  #ids = new Int32Array(0);
  #round = 0;

  /** Forgets all; names have numbers below `count`. */
  clear(count: number): void {
    this.#round++;
    if (count <= this.#rounds.length) return;
    this.#rounds = new Int32Array(2 * count);
    this.#ids = new Int32Array(2 * count);
    this.#round = 1;
  }

  /** The object that has a name; -1 where none has it. */
  get(name: number): number {
    return this.#rounds[name] === this.#round ? (this.#ids[name] as number) : -1;
  }

  set(name: number, id: number): void {
    this.#rounds[name] = this.#round;
    this.#ids[name] = id;
  }
}

export class GraphEditor {
  readonly #graph: GraphColumns;
  readonly #names: NameNumbers;
  readonly #table: ChildTable;
  /** How many objects there are, with those that were made. */
  #count: number;
  /** What becomes of each reference, told of the first of a name. */
  readonly #fates: Int32Array;
  /** The objects of which children were renamed. */
  readonly #isRenamed: Uint8Array;
  /** Children that came to objects, by their names. */
  readonly #added = new Map<number, Map<number, number>>();
  readonly #addedChildren = new Map<number, AddedChild[]>();
  /** What an object became part of, and its parts. */
  readonly #into = new Map<number, number>();
  readonly #parts = new Map<number, number[]>();
  #root = 0;
  /** The children of the object that is sorted out: their references, and whether they were given their names; and these names. */
  readonly #references = new SmallColumn();
  readonly #childNames = new SmallColumn();
  readonly #placed = new NameHolders();
  readonly #kept = new NameHolders();
  /** The first names that gave way. */
  readonly #replaced: number[] = [];

  constructor(
    places: ObjectPaths,
    readonly notes: GraphNotes,
  ) {
    this.#graph = places.graph;
    this.#names = places.tree.names;
    this.#table = childTableOf(places.graph);
    this.#count = places.graph.count;
    this.#fates = new Int32Array(places.graph.children.total);
    this.#isRenamed = new Uint8Array(places.graph.count);
  }

  /** The object that one has become part of, or itself. */
  resolve(id: number): number {
    let at = id;
    if (this.#into.size > 0) {
      for (let next = this.#into.get(at); next !== undefined; next = this.#into.get(at)) at = next;
    }
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

  /** Gives a child of an object another name, told by the first reference to it, or takes it away. */
  renameChild(owner: number, reference: number, to: number | undefined): void {
    this.#isRenamed[owner] = 1;
    this.#fates[reference] = to === undefined ? LEAVES : NAMED + to;
  }

  addChild(parent: number, name: number, child: number): void {
    const id = this.resolve(parent);
    const added = this.#added.get(id) ?? new Map<number, number>();
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

  #isEdited(id: number): boolean {
    return this.#isRenamed[id] === 1 || this.#added.has(id) || this.#parts.has(id);
  }

  /** The new graph. Parts of others at the end are cut off. */
  finish(): MovedGraph {
    for (let id = 0; id < this.#count; id++) {
      if (!this.#isEdited(id) || this.#into.has(id)) continue;
      this.#sortChildren(id);
      this.#noteSavers(id);
    }
    let count = this.#count;
    while (this.#into.has(count - 1 === this.#root ? 0 : count - 1)) count--;
    const fates = this.#fates;
    return new MovedGraph(this.#graph, {
      count,
      root: this.#root,
      newIdOf: this.#root === 0 && this.#into.size === 0 ? (id) => id : (id) => this.newIdOf(id),
      hasParts: this.#into.size > 0,
      isPart: (id) => this.#into.has(id),
      partsOf: (id) => this.#parts.get(id) ?? NONE,
      isEdited: (id) => this.#isEdited(id) && !this.#into.has(id),
      keeps: (reference) => fates[reference] !== LEAVES,
      newNameOf: (reference) => {
        const fate = fates[reference] as number;
        return fate < NAMED ? undefined : this.#localName(fate - NAMED);
      },
      addedTo: (id) => this.#addedChildren.get(id) ?? NONE,
    });
  }

  #localName(name: number): string {
    return unescapeLocalName(this.#names.textOf(name));
  }

  /** Of several objects with savers of their own that became one, the first keeps its saver. */
  #noteSavers(id: number): void {
    if (!this.#parts.has(id)) return;
    const saved = [id, ...(this.#parts.get(id) ?? [])].filter((owner) => this.#graph.hasSaver(owner));
    if (saved.length < 2) return;
    const nodes = new StoredNodes(this.#graph);
    for (const owner of saved.slice(1)) {
      this.notes.add(SECOND_SAVER, nodes.node(owner).registeredSaver?.objectName ?? '');
    }
  }

  /** Says which children of an object, and of its parts, stay; of two with one name, the one that was put there on purpose does. */
  #sortChildren(id: number): void {
    this.#references.length = 0;
    this.#childNames.length = 0;
    this.#collect(id);
    for (const part of this.#parts.get(id) ?? NONE) this.#collect(part);
    const added = [...(this.#added.get(id) ?? NONE)];
    this.#placed.clear(this.#names.count);
    this.#kept.clear(this.#names.count);
    const place = (name: number, child: number): void => {
      if (this.#placed.get(name) < 0) this.#placed.set(name, child);
    };
    for (let i = 0; i < this.#references.length; i++) {
      if ((this.#references.at(i) & 1) === 1) place(this.#childNames.at(i), this.#childAt(i));
    }
    for (const [name, child] of added) place(name, this.newIdOf(child));
    for (let i = 0; i < this.#references.length; i++) {
      const coded = this.#references.at(i);
      const name = this.#childNames.at(i);
      const stays = this.#stays(name, this.#childAt(i));
      this.#fates[coded >> 1] = stays ? ((coded & 1) === 1 ? NAMED + name : UNTOLD) : LEAVES;
    }
    const stay = added.filter(([name, child]) => this.#stays(name, this.newIdOf(child)));
    const made = stay.map(([name, child]) => ({ id: this.newIdOf(child), localName: this.#localName(name) }));
    if (made.length > 0) this.#addedChildren.set(id, made);
  }

  /** The new number of one of the children that are sorted out. */
  #childAt(i: number): number {
    return this.newIdOf(this.#graph.childIds.at(this.#references.at(i) >> 1));
  }

  #stays(name: number, child: number): boolean {
    const first = this.#kept.get(name);
    const placed = this.#placed.get(name);
    const holder = placed >= 0 ? placed : first >= 0 ? first : child;
    if (holder !== child) this.#noteReplaced(name);
    else if (first < 0) {
      this.#kept.set(name, child);
      return true;
    }
    return false;
  }

  #noteReplaced(name: number): void {
    if (this.#replaced.includes(name)) return;
    if (this.#replaced.length < this.notes.mostExamples) {
      this.#replaced.push(name);
      this.notes.add(REPLACED, this.#localName(name));
    } else this.notes.count(REPLACED);
  }

  /** The children that a stored object keeps, under their new names; the others leave. */
  #collect(owner: number): void {
    const { children } = this.#graph;
    const hasRenamed = this.#isRenamed[owner] === 1;
    const most = this.#references.length + children.end(owner) - children.start(owner);
    this.#references.reserve(most);
    this.#childNames.reserve(most);
    for (let i = children.start(owner); i < children.end(owner); i++) {
      const fate = hasRenamed ? (this.#fates[this.#firstOfName(owner, i)] as number) : UNTOLD;
      if (fate === LEAVES) {
        this.#fates[i] = LEAVES;
        continue;
      }
      this.#references.push(2 * i + (fate >= NAMED ? 1 : 0));
      this.#childNames.push(fate >= NAMED ? fate - NAMED : this.#nameOf(i));
    }
  }

  #firstOfName(owner: number, reference: number): number {
    if (this.#fates[reference] !== UNTOLD) return reference;
    const graph = this.#graph;
    graph.locate(graph.childNames.at(reference));
    return this.#table.find(owner, graph.bytes, graph.start, graph.end);
  }

  /** The number of the name of a child as it stands in paths. */
  #nameOf(reference: number): number {
    const graph = this.#graph;
    graph.locate(graph.childNames.at(reference));
    const { bytes, start, end } = graph;
    let at = start;
    while (at < end && bytes[at] !== DOT && bytes[at] !== SLASH) at++;
    if (at === end) return this.#names.numberOf(bytes, start, end);
    const escaped = encodeText(escapeLocalName(graph.childName(reference)));
    return this.#names.numberOf(escaped, 0, escaped.length);
  }
}
