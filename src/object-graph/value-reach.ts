/** Which objects have values, or lead to some that do. */
import type { ObjectNode } from './object-graph.ts';

/** One flag for each object; goes against the direction of the references, so that no cycle and no depth can harm. */
export function reachesValues(nodes: readonly ObjectNode[]): Uint8Array {
  const reaches = new Uint8Array(nodes.length);
  const queue: number[] = [];
  const mark = (id: number): void => {
    if (reaches[id] !== 0) return;
    reaches[id] = 1;
    queue.push(id);
  };
  for (const [id, { attributes, slotVariables, registeredSaver }] of nodes.entries()) {
    if (attributes.length > 0 || slotVariables.length > 0 || registeredSaver !== undefined) mark(id);
    for (const { originalVariableNodeId } of slotVariables) mark(originalVariableNodeId);
  }
  const { starts, parents } = parentsOf(nodes);
  for (let id = queue.pop(); id !== undefined; id = queue.pop()) {
    for (let i = starts[id] as number; i < (starts[id + 1] as number); i++) mark(parents[i] as number);
  }
  return reaches;
}

/** The objects that refer to each object: those of object `id` stand from `starts[id]` to `starts[id + 1]`. */
function parentsOf(nodes: readonly ObjectNode[]): { starts: Uint32Array; parents: Uint32Array } {
  const starts = new Uint32Array(nodes.length + 2);
  for (const { children } of nodes) {
    for (const { nodeId } of children) starts[nodeId + 2] = (starts[nodeId + 2] as number) + 1;
  }
  for (let i = 2; i < starts.length; i++) starts[i] = (starts[i] as number) + (starts[i - 1] as number);
  const parents = new Uint32Array(starts.at(-1) as number);
  for (const [id, { children }] of nodes.entries()) {
    for (const { nodeId } of children) {
      const at = starts[nodeId + 1] as number;
      parents[at] = id;
      starts[nodeId + 1] = at + 1;
    }
  }
  return { starts, parents };
}
