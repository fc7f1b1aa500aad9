/** The lists in an object graph: objects whose children are called by numbers. */
import { CorruptError } from '../errors.ts';
import type { GraphColumns } from '../object-graph/graph-columns.ts';
import { OBJECT_GRAPH_KEY } from '../object-graph/object-graph-key.ts';
import { ObjectNumbers } from './found-slots.ts';

/** A list may be that of many optimizers, and is read for each; no program has so many. */
const MOST_LISTED = 2 ** 22;
const [IS_LIST, NO_LIST] = [1, 2];

export class GraphLists {
  /** What is known of each object. */
  readonly #known: ObjectNumbers;
  #listed = 0;

  constructor(readonly graph: GraphColumns) {
    this.#known = new ObjectNumbers(graph.count);
  }

  /** Whether an object has elements, which is looked for once: most are variables, and have no children. */
  isList(id: number): boolean {
    const { children } = this.graph;
    const [start, end] = [children.start(id), children.end(id)];
    if (start === end) return false;
    if (this.#known.of(id) === 0) {
      let at = start;
      while (at < end && !this.graph.isNumbered(at)) at++;
      this.#known.give(id, at < end ? IS_LIST : NO_LIST);
    }
    return this.#known.of(id) === IS_LIST;
  }

  /** The elements of a list in their order; throws {@link CorruptError} when more are asked for than any program has. */
  elementsOf(id: number | undefined): number[] {
    if (id === undefined) return [];
    const { graph } = this;
    const [start, end] = [graph.children.start(id), graph.children.end(id)];
    this.#listed += end - start;
    if (this.#listed > MOST_LISTED) {
      throw new CorruptError(`the optimizers in the object graph list more than ${MOST_LISTED} variables`, {
        where: OBJECT_GRAPH_KEY,
      });
    }
    const elements: { readonly id: number; readonly place: number }[] = [];
    for (let i = start; i < end; i++) {
      if (graph.isNumbered(i)) elements.push({ id: graph.childIds.at(i), place: Number(graph.childName(i)) });
    }
    return elements.sort((a, b) => a.place - b.place).map((element) => element.id);
  }
}
