/** Object graphs for tests, written as nested names: a variable is a null, `@path` refers to another object. */
import { escapeLocalName, joinPath } from '../../src/object-graph/checkpoint-key.ts';
import type { ObjectGraph, ObjectNode, SlotReference } from '../../src/object-graph/object-graph.ts';

export interface Named {
  readonly [name: string]: Named | null | string;
}

type Draft = { -readonly [Key in keyof ObjectNode]: ObjectNode[Key] } & {
  children: { nodeId: number; localName: string }[];
  slotVariables: SlotReference[];
};

export const VALUE = '/.ATTRIBUTES/VARIABLE_VALUE';

function variable(key: string): Draft {
  const attribute = { name: 'VARIABLE_VALUE', fullName: '', checkpointKey: key };
  return { children: [], attributes: [attribute], slotVariables: [], hasCheckpointValues: true };
}

/** A graph of these objects, numbered breadth first as TensorFlow does, and its slots by variable, optimizer and name. */
export function graphOf(root: Named, slots: readonly (readonly [string, string, string])[] = []): ObjectGraph {
  const nodes: Draft[] = [{ children: [], attributes: [], slotVariables: [], hasCheckpointValues: true }];
  const ids = new Map([['', 0]]);
  const queue: [string, Named | null][] = [['', root]];
  const references: [number, string, string][] = [];
  for (const [path, named] of queue) {
    for (const [localName, inner] of Object.entries(named ?? {})) {
      const parent = ids.get(path)!;
      if (typeof inner === 'string') {
        references.push([parent, localName, inner.slice(1)]);
        continue;
      }
      const below = joinPath(path, escapeLocalName(localName));
      ids.set(below, nodes.length);
      nodes[parent]!.children.push({ nodeId: nodes.length, localName });
      nodes.push(
        inner === null
          ? variable(below + VALUE)
          : { children: [], attributes: [], slotVariables: [], hasCheckpointValues: true },
      );
      queue.push([below, inner]);
    }
  }
  for (const [id, localName, path] of references) nodes[id]!.children.push({ nodeId: ids.get(path)!, localName });
  for (const [owner, optimizer, slotName] of slots) {
    const slotVariableNodeId = nodes.length;
    nodes.push(variable(`${owner}/.OPTIMIZER_SLOT/${optimizer}/${slotName}${VALUE}`));
    nodes[ids.get(optimizer)!]!.slotVariables.push({
      originalVariableNodeId: ids.get(owner)!,
      slotName,
      slotVariableNodeId,
    });
  }
  return { nodes };
}

/** Every path that leads to a value through distinct objects, with its key: what a program can restore. */
export function reachable({ nodes }: ObjectGraph): Record<string, string> {
  const found: Record<string, string> = {};
  const visit = (id: number, path: string, passed: readonly number[]): void => {
    const node = nodes[id]!;
    for (const { checkpointKey } of node.attributes) found[path] = checkpointKey;
    for (const { nodeId, localName } of node.children) {
      if (!passed.includes(nodeId)) visit(nodeId, joinPath(path, escapeLocalName(localName)), [...passed, nodeId]);
    }
  };
  visit(0, '', [0]);
  return found;
}

/** The slots of a graph as keys: of the variable, and of the slot. */
export function slotsOf({ nodes }: ObjectGraph): [string | undefined, string, string | undefined][] {
  const keyOf = (id: number): string | undefined => nodes[id]?.attributes[0]?.checkpointKey;
  return nodes.flatMap(({ slotVariables }) =>
    slotVariables.map(({ originalVariableNodeId, slotName, slotVariableNodeId }) => [
      keyOf(originalVariableNodeId),
      slotName,
      keyOf(slotVariableNodeId),
    ]),
  ) as [string | undefined, string, string | undefined][];
}

export function keysOf({ nodes }: ObjectGraph): string[] {
  return nodes.flatMap(({ attributes }) => attributes.map(({ checkpointKey }) => checkpointKey));
}
