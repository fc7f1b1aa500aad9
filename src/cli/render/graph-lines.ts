/**
 * The object graph for people: a paragraph for each object with its number, the shortest path that leads to it, its
 * children, its values and the keys they lie under, and its slots. A flat list, so that no cycle and no depth can harm.
 */
import type { ObjectGraph, ObjectNode } from '../../graph.ts';
import { escapeText } from '../terminal/escape.ts';
import { plural } from '../terminal/numbers.ts';

/** Paths show this many of their last names; deep graphs would fill the screen with them. */
const MOST_NAMES = 8;

/** How an object was first reached, going from the root breadth first. */
interface Arrival {
  readonly parent: number;
  readonly name: string;
}

function arrivals({ nodes }: ObjectGraph): ReadonlyMap<number, Arrival> {
  const found = new Map<number, Arrival>();
  const queue = nodes.length > 0 ? [0] : [];
  for (const id of queue) {
    for (const { nodeId, localName } of nodes[id]!.children) {
      if (nodeId === 0 || found.has(nodeId) || nodes[nodeId] === undefined) continue;
      found.set(nodeId, { parent: id, name: localName });
      queue.push(nodeId);
    }
  }
  return found;
}

function pathOf(id: number, found: ReadonlyMap<number, Arrival>): string {
  if (id === 0) return '(root)';
  const names: string[] = [];
  let at: number = id;
  while (names.length < MOST_NAMES) {
    const arrival = found.get(at);
    if (arrival === undefined) break;
    names.unshift(escapeText(arrival.name));
    at = arrival.parent;
  }
  if (names.length === 0) return '(no parent)';
  return (at === 0 ? '' : '.../') + names.join('/');
}

function* nodeLines(node: ObjectNode): Generator<string> {
  for (const { localName, nodeId } of node.children) yield `  child ${escapeText(localName)}: object ${nodeId}`;
  for (const { name, fullName, checkpointKey } of node.attributes) {
    const variable = fullName === '' ? '' : ` (${escapeText(fullName)})`;
    yield `  value ${escapeText(name)}${variable}: ${escapeText(checkpointKey)}`;
  }
  for (const { slotName, originalVariableNodeId, slotVariableNodeId } of node.slotVariables) {
    yield `  slot ${escapeText(slotName)} of object ${originalVariableNodeId}: object ${slotVariableNodeId}`;
  }
}

/** The lines of an object graph. */
export function* graphLines(graph: ObjectGraph): Generator<string> {
  yield `object graph of ${plural(graph.nodes.length, 'object')}`;
  const found = arrivals(graph);
  for (const [id, node] of graph.nodes.entries()) {
    yield `object ${id} ${pathOf(id, found)}`;
    yield* nodeLines(node);
  }
}
