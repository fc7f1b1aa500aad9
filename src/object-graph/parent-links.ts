/** The references to each object of a graph, from the side of the object: who has it as a child, and by which name. */
import type { GraphColumns } from './graph-columns.ts';

/** Links by their numbers, in the order of the objects that they lead up from: a graph may hold millions. */
export class ParentLinks {
  /** Of each object the number of its first link; behind the last one, where all end. */
  readonly #first: Uint32Array;
  readonly #parents: Uint32Array;
  readonly #children: Uint32Array;

  /** References to objects that are not there are left out. */
  constructor(graph: GraphColumns) {
    const { count, children, childIds } = graph;
    const first = new Uint32Array(count + 1);
    for (let child = 0; child < children.total; child++) {
      const id = childIds.at(child);
      if (id < count) first[id + 1] = (first[id + 1] as number) + 1;
    }
    for (let id = 0; id < count; id++) first[id + 1] = (first[id + 1] as number) + (first[id] as number);
    this.#parents = new Uint32Array(first[count] as number);
    this.#children = new Uint32Array(first[count] as number);
    // Each start is moved to its end, which is the start of the next.
    for (let parent = 0; parent < count; parent++) {
      for (let child = children.start(parent); child < children.end(parent); child++) {
        const id = childIds.at(child);
        if (id >= count) continue;
        const link = first[id] as number;
        this.#parents[link] = parent;
        this.#children[link] = child;
        first[id] = link + 1;
      }
    }
    first.copyWithin(1, 0, count);
    first[0] = 0;
    this.#first = first;
  }

  /** The links of an object: the first, and the one behind the last. */
  linksOf(id: number): readonly [number, number] {
    const first = this.#first[id];
    return first === undefined ? [0, 0] : [first, this.#first[id + 1] ?? first];
  }

  /** The link of an object that has one; -1 of any other. */
  onlyLinkOf(id: number): number {
    const first = this.#first[id] as number;
    return this.#first[id + 1] === first + 1 ? first : -1;
  }

  /** Whether any object has several. */
  get areShared(): boolean {
    return this.#first.some((first, id) => first > 1 + (this.#first[id - 1] ?? first));
  }

  parentAt(link: number): number {
    return this.#parents[link] as number;
  }

  /** The reference, by its number among the children of all objects. */
  childAt(link: number): number {
    return this.#children[link] as number;
  }
}
