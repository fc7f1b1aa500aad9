/** An object graph whose objects have moved: what each object of it is made of, told by the stored graph and what was changed. */
import type { GraphColumns } from './graph-columns.ts';

/** A child of an object whose children have changed. */
export interface EditedChild {
  /** The stored reference, by its number; -1 for one that was made. */
  readonly reference: number;
  /** The number of the child in the new graph. */
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
  /** Whether an object has become part of another. */
  isPart(id: number): boolean;
  partsOf(id: number): readonly number[];
  /** The children of objects that have others than before. */
  readonly children: ReadonlyMap<number, readonly EditedChild[]>;
}

const NONE: readonly number[] = [];

export class MovedGraph {
  constructor(
    readonly graph: GraphColumns,
    readonly edits: NodeEdits,
  ) {}

  /** A graph in which nothing has moved. */
  static unmoved(graph: GraphColumns): MovedGraph {
    const newIdOf = (id: number): number => id;
    const edits = {
      count: graph.count,
      root: 0,
      newIdOf,
      isPart: () => false,
      partsOf: () => NONE,
      children: new Map(),
    };
    return new MovedGraph(graph, edits);
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

  /** The stored objects that an object is made of, itself first; none for one that is made, or that became part of another. */
  wholeOf(id: number): readonly number[] {
    const old = this.oldIdOf(id);
    const parts = this.edits.partsOf(old).filter((part) => part < this.graph.count);
    if (old >= this.graph.count) return parts;
    return this.edits.isPart(old) ? NONE : [old, ...parts];
  }

  /** The children of an object, where they are not those that were stored. */
  editedChildren(id: number): readonly EditedChild[] | undefined {
    return this.edits.children.get(this.oldIdOf(id));
  }

  eachChild(id: number, visit: (child: number) => void): void {
    const edited = this.editedChildren(id);
    if (edited !== undefined) {
      for (const child of edited) visit(child.id);
      return;
    }
    const { children, childIds } = this.graph;
    for (const owner of this.wholeOf(id)) {
      for (let i = children.start(owner); i < children.end(owner); i++) visit(this.newIdOf(childIds.at(i)));
    }
  }
}
