/** Which objects have values, or lead to some that do. */
import { SmallColumn } from '../bytes/column.ts';
import type { GraphColumns } from './graph-columns.ts';

/** Objects by their numbers, as far as it is asked here what they hold. */
export interface ValueHolders {
  readonly count: number;
  /** Whether an object has values, slots or a saver of its own. */
  holds(id: number): boolean;
  /** The variables of the slots that an object has. */
  eachSlotted(id: number, visit: (variable: number) => void): void;
  eachChild(id: number, visit: (child: number) => void): void;
}

/** The objects of a stored graph. */
export function holdersIn(graph: GraphColumns): ValueHolders {
  const { count, children, childIds, attributes, slots, slotsOf } = graph;
  return {
    count,
    holds: (id) => attributes.start(id) < attributes.end(id) || slots.start(id) < slots.end(id) || graph.hasSaver(id),
    eachSlotted(id, visit) {
      for (let i = slots.start(id); i < slots.end(id); i++) visit(slotsOf.at(i));
    },
    eachChild(id, visit) {
      for (let i = children.start(id); i < children.end(id); i++) visit(childIds.at(i));
    },
  };
}

/** One flag for each object; goes against the direction of the references, so that no cycle and no depth can harm. */
export function reachesValues(objects: ValueHolders): Uint8Array {
  const { count } = objects;
  const reaches = new Uint8Array(count);
  const queue = new SmallColumn();
  const mark = (id: number): void => {
    if (reaches[id] !== 0) return;
    reaches[id] = 1;
    queue.push(id);
  };
  for (let id = 0; id < count; id++) {
    if (objects.holds(id)) mark(id);
    objects.eachSlotted(id, mark);
  }
  const { starts, parents } = parentsOf(objects);
  for (let at = 0; at < queue.length; at++) {
    const id = queue.at(at);
    for (let i = starts[id] as number; i < (starts[id + 1] as number); i++) mark(parents[i] as number);
  }
  return reaches;
}

/** The objects that refer to each object: those of object `id` stand from `starts[id]` to `starts[id + 1]`. */
function parentsOf(objects: ValueHolders): { starts: Uint32Array; parents: Uint32Array } {
  const { count } = objects;
  const starts = new Uint32Array(count + 2);
  for (let id = 0; id < count; id++) {
    objects.eachChild(id, (child) => {
      starts[child + 2] = (starts[child + 2] as number) + 1;
    });
  }
  for (let i = 2; i < starts.length; i++) starts[i] = (starts[i] as number) + (starts[i - 1] as number);
  const parents = new Uint32Array(starts.at(-1) as number);
  for (let id = 0; id < count; id++) {
    objects.eachChild(id, (child) => {
      const at = starts[child + 1] as number;
      parents[at] = id;
      starts[child + 1] = at + 1;
    });
  }
  return { starts, parents };
}
