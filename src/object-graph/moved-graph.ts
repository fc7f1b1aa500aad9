/** An object graph whose objects have moved: what each object of it is made of, told by the stored graph and what was changed. */
import type { GraphColumns } from './graph-columns.ts';

/** A child that an object has besides those that were stored. */
export interface AddedChild {
  readonly id: number;
  readonly localName: string;
}

/** What was done to the objects of a graph, by their old numbers. */
export interface NodeEdits {
  /** How many objects there are now. */
  readonly count: number;
  /** The old number of the new root. */
  readonly root: number;
  newIdOf(id: number): number;
  /** Whether any object has become part of another. */
  readonly hasParts: boolean;
  /** Whether an object has become part of another. */
  isPart(id: number): boolean;
  partsOf(id: number): readonly number[];
  /** Whether the children of an object are others than before, or may be. */
  isEdited(id: number): boolean;
  /** Whether a stored reference is there still. */
  keeps(reference: number): boolean;
  /** The name of a stored reference where it may have another one. */
  newNameOf(reference: number): string | undefined;
  addedTo(id: number): readonly AddedChild[];
}

const NONE: readonly never[] = [];

/** Edits of a graph in which nothing has moved. */
const noEdits = (count: number): NodeEdits => ({
  count,
  root: 0,
  newIdOf: (id) => id,
  hasParts: false,
  isPart: () => false,
  partsOf: () => NONE,
  isEdited: () => false,
  keeps: () => true,
  newNameOf: () => undefined,
  addedTo: () => NONE,
});

export class MovedGraph {
  constructor(
    readonly graph: GraphColumns,
    readonly edits: NodeEdits,
  ) {}

  /** A graph in which nothing has moved. */
  static unmoved(graph: GraphColumns): MovedGraph {
    return new MovedGraph(graph, noEdits(graph.count));
  }

  get count(): number {
    return this.edits.count;
  }

  newIdOf(id: number): number {
    return this.edits.newIdOf(id);
  }

  /** The old number of an object: only the root changed its place with another. */
  oldIdOf(id: number): number {
    const { root } = this.edits;
    if (id === root) return 0;
    return id === 0 ? root : id;
  }

  /** The stored object that alone makes up an object; -1 where none does, or several do. */
  onlyOf(id: number): number {
    const old = this.oldIdOf(id);
    return this.edits.hasParts || old >= this.graph.count ? -1 : old;
  }

  /** The stored objects that an object is made of, itself first; none for one that is made, or that became part of another. */
  wholeOf(id: number): readonly number[] {
    const old = this.oldIdOf(id);
    if (!this.edits.hasParts) return old < this.graph.count ? [old] : NONE;
    const parts = this.edits.partsOf(old).filter((part) => part < this.graph.count);
    if (old >= this.graph.count) return parts;
    return this.edits.isPart(old) ? NONE : [old, ...parts];
  }

  /** Goes through {@link wholeOf}: of millions of objects hardly one is made of several. */
  eachOf(id: number, visit: (owner: number) => void): void {
    const only = this.onlyOf(id);
    if (only >= 0) visit(only);
    else for (const owner of this.wholeOf(id)) visit(owner);
  }

  /** Whether the children of an object are not those that were stored, or may not be. */
  isEdited(id: number): boolean {
    return this.edits.isEdited(this.oldIdOf(id));
  }

  addedTo(id: number): readonly AddedChild[] {
    return this.edits.addedTo(this.oldIdOf(id));
  }

  eachChild(id: number, visit: (child: number) => void): void {
    const { children, childIds } = this.graph;
    const { edits } = this;
    const isEdited = this.isEdited(id);
    this.eachOf(id, (owner) => {
      for (let i = children.start(owner); i < children.end(owner); i++) {
        if (!isEdited || edits.keeps(i)) visit(edits.newIdOf(childIds.at(i)));
      }
    });
    if (isEdited) for (const child of this.addedTo(id)) visit(child.id);
  }
}
