/** What the optimizers in an object graph are called, as the full names of their variables tell: `Adam/iter`, `adam_w/iteration`. */
import { lastName } from '../object-graph/checkpoint-key.ts';
import type { GraphColumns } from '../object-graph/graph-columns.ts';
import { childrenOf, type Optimizers } from './object-optimizers.ts';
import { namedScope, optimizerCalled } from './optimizer-scopes.ts';

/** All slots of an optimizer are made in one scope: a few tell it, or none. */
const MOST_ASKED = 8;
/** Names of the counters that every optimizer of Keras has. */
const COUNTERS = ['_iterations', 'iter'];

/** The name of the scope that the full name of a variable begins with. */
function scopeIn(fullName: string): string | undefined {
  const scope = namedScope(fullName)?.scope.slice(0, -1);
  return scope === undefined ? undefined : optimizerCalled(lastName(scope));
}

/** The names of the optimizers that tell theirs: the known one, or what the program called it. Wrappers are not among them. */
export function optimizerNames(graph: GraphColumns, { nodes, slots }: Optimizers): Map<number, string> {
  const names = new Map<number, string>();
  const tell = (optimizer: number, id: number): void => {
    const name = names.has(optimizer) ? undefined : scopeIn(graph.fullNameOf(id));
    if (name !== undefined) names.set(optimizer, name);
  };
  for (const id of nodes) {
    if (graph.children.start(id) === graph.children.end(id)) continue;
    for (const child of childrenOf(graph, id).values()) tell(id, child);
  }
  const tellBySlots = (id: number): void => {
    let asked = 0;
    for (const slot of names.has(id) ? [] : slots.ofOptimizer(id)) {
      if (asked++ === MOST_ASKED) return;
      tell(id, slot);
    }
  };
  for (const id of nodes) tellBySlots(id);
  for (const id of slots.keepers()) tellBySlots(id);
  for (const id of nodes) {
    if (names.has(id)) continue;
    const children = childrenOf(graph, id);
    const counter = COUNTERS.map((name) => graph.fullNameOf(children.get(name) ?? -1));
    const scoped = counter.find((name) => name.includes('/'));
    if (scoped !== undefined) names.set(id, lastName(scoped.slice(0, scoped.lastIndexOf('/'))));
  }
  return names;
}
