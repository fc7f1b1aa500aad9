/** Two object graphs as one: objects of the same path are one object, and the others stand beside each other. */
import { TextMap, TextSet } from '../bytes/text-map.ts';
import type { ObjectGraph, ObjectNode, ObjectReference, SlotReference } from './object-graph.ts';

/** Objects on their way into one graph. */
class UnitedNodes {
  readonly nodes: ObjectNode[];
  /** Where the objects of the second graph are. */
  readonly #ids = new Map<number, number>();

  constructor(
    first: readonly ObjectNode[],
    readonly second: readonly ObjectNode[],
  ) {
    this.nodes = [...first];
    this.#place(0, 0);
    for (const id of second.keys()) if (!this.#ids.has(id)) this.#append(id);
    for (const [id, at] of this.#ids) this.#fill(at, second[id] as ObjectNode);
  }

  #append(id: number): void {
    this.#ids.set(id, this.nodes.length);
    const { children, slotVariables, ...own } = this.second[id] as ObjectNode;
    this.nodes.push({ ...own, children: [], slotVariables: [] });
  }

  /** Makes an object one with an object of the first graph, and those below it with those of the same names. */
  #place(id: number, at: number): void {
    const queue: [number, number][] = [[id, at]];
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const [from, to] = next;
      if (this.#ids.has(from)) continue;
      this.#ids.set(from, to);
      const names = new TextMap(this.nodes[to]?.children.map(({ localName, nodeId }) => [localName, nodeId]));
      for (const { localName, nodeId } of this.second[from]?.children ?? []) {
        const same = names.get(localName);
        if (same !== undefined) queue.push([nodeId, same]);
      }
    }
  }

  #idOf = (id: number): number => this.#ids.get(id) as number;

  /** Adds what the object in the first graph does not have: its own children, values and slots come first. */
  #fill(at: number, { children, attributes, slotVariables, hasCheckpointValues }: ObjectNode): void {
    const node = this.nodes[at] as ObjectNode;
    const names = new TextSet(node.children.map(({ localName }) => localName));
    const more = children
      .filter(({ localName }) => !names.has(localName))
      .map((child): ObjectReference => ({ ...child, nodeId: this.#idOf(child.nodeId) }));
    const values = new TextSet(node.attributes.map(({ name }) => name));
    const slots = slotVariables
      .map((slot): SlotReference => {
        const originalVariableNodeId = this.#idOf(slot.originalVariableNodeId);
        return { ...slot, originalVariableNodeId, slotVariableNodeId: this.#idOf(slot.slotVariableNodeId) };
      })
      .filter(({ originalVariableNodeId, slotName }) => !hasSlot(node, originalVariableNodeId, slotName));
    this.nodes[at] = {
      ...node,
      children: [...node.children, ...more],
      attributes: [...node.attributes, ...attributes.filter(({ name }) => !values.has(name))],
      slotVariables: [...node.slotVariables, ...slots],
      ...(hasCheckpointValues === true ? { hasCheckpointValues } : {}),
    };
  }
}

function hasSlot({ slotVariables }: ObjectNode, variable: number, name: string): boolean {
  return slotVariables.some((slot) => slot.originalVariableNodeId === variable && slot.slotName === name);
}

/** The graph of the objects of both; where both say what belongs to an object, the first is believed. */
export function unitedGraph(first: ObjectGraph, second: ObjectGraph): ObjectGraph {
  return { ...first, nodes: new UnitedNodes(first.nodes, second.nodes).nodes };
}
