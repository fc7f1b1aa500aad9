/**
 * The objects of a program as TensorFlow numbers them: breadth first from the root, each under the first path that leads to it,
 * slots behind all others. Shared and cyclic objects are met once.
 * Source: tensorflow/python/checkpoint/{graph_view,util,save_util}.py.
 */

import { escapeLocalName, formatKey, joinPath } from '../object-graph/checkpoint-key.ts';
import { encodeObjectGraph } from '../object-graph/encode-object-graph.ts';
import {
  OBJECT_GRAPH_KEY,
  type ObjectGraph,
  type ObjectNode,
  type SlotReference,
} from '../object-graph/object-graph.ts';
import { VARIABLE_VALUE } from '../object-graph/object-graph-key.ts';
import { columnsOf } from '../object-graph/read-columns.ts';
import { holdersIn, reachesValues } from '../object-graph/value-reach.ts';
import { dtypeOf } from '../tensor/dtype.ts';
import { type Tensor, type TensorMap, tensorOfStrings } from '../tensor/tensor.ts';
import { isSaveable, type Saveable } from './saveable.ts';
import { type Child, childrenOf, type SlotVariable, slotsOf } from './trackable.ts';

export interface TrackedObject {
  readonly object: object;
  readonly path: string;
  readonly children: readonly Child[];
  readonly slots: readonly SlotVariable[];
}

export interface TrackedGraph {
  /** All but slots; the root comes first. */
  readonly objects: readonly TrackedObject[];
  readonly idOf: ReadonlyMap<object, number>;
}

/** Where a walk begins: an object, and its children, which may be more than those of its own. */
export interface Root {
  readonly object: object;
  children(): Child[];
}

/** Walks the objects from a root. A variable that an optimizer gives as a slot is one, wherever else it is kept. */
export function trackedGraph(root: Root): TrackedGraph {
  const everything = walk(root, new Set());
  const placed = everything.objects.flatMap((tracked) =>
    tracked.slots.filter(({ variable }) => everything.idOf.has(variable)),
  );
  const slots = new Set<object>(placed.map(({ slot }) => slot));
  return slots.size === 0 ? everything : walk(root, slots);
}

function walk(root: Root, slots: ReadonlySet<object>): TrackedGraph {
  const idOf = new Map<object, number>([[root.object, 0]]);
  const paths = [''];
  const found = [root.object];
  const objects: TrackedObject[] = [];
  for (let id = 0; id < found.length; id++) {
    const object = found[id] as object;
    const path = paths[id] as string;
    const children = id === 0 ? root.children() : childrenOf(object);
    for (const [name, child] of children) {
      if (idOf.has(child) || slots.has(child)) continue;
      idOf.set(child, found.length);
      found.push(child);
      paths.push(joinPath(path, escapeLocalName(name)));
    }
    objects.push({ object, path, children, slots: slotsOf(object) });
  }
  return { objects, idOf };
}

/** A slot with its place in the graph. */
interface PlacedSlot {
  readonly slot: Saveable;
  readonly path: string;
  readonly reference: SlotReference;
}

/** The slots of an optimizer whose variables are tracked: name by name, and of each name in the order of the variables. */
function placeSlots({ path, slots }: TrackedObject, { idOf, objects }: TrackedGraph, firstId: number): PlacedSlot[] {
  const names = [...new Set(slots.map(({ slotName }) => slotName))];
  const known = slots.filter(({ variable }) => idOf.has(variable));
  const order = ({ variable, slotName }: SlotVariable): number =>
    names.indexOf(slotName) * objects.length + (idOf.get(variable) as number);
  return known
    .sort((a, b) => order(a) - order(b))
    .map(({ variable, slotName, slot }, i) => {
      const originalVariableNodeId = idOf.get(variable) as number;
      const owner = objects[originalVariableNodeId] as TrackedObject;
      const reference = { originalVariableNodeId, slotName, slotVariableNodeId: firstId + i };
      return { slot, reference, path: slotPath(owner.path, path, slotName) };
    });
}

function slotPath(variable: string, optimizer: string, slotName: string): string {
  const key = formatKey({ path: variable, slot: { optimizer, name: escapeLocalName(slotName) }, attribute: '' });
  return key.slice(0, key.lastIndexOf('/.ATTRIBUTES/'));
}

const keyAt = (path: string): string => formatKey({ path, slot: undefined, attribute: VARIABLE_VALUE });

function valueNode(variable: Saveable, path: string): ObjectNode {
  const attribute = { name: VARIABLE_VALUE, fullName: variable.name, checkpointKey: keyAt(path) };
  return { children: [], attributes: [attribute], slotVariables: [] };
}

/** The slots of each object, by its number. */
function placeAll(graph: TrackedGraph): PlacedSlot[][] {
  let next = graph.objects.length;
  return graph.objects.map((tracked) => {
    const placed = placeSlots(tracked, graph, next);
    next += placed.length;
    return placed;
  });
}

/** What is saved of a graph: tensors under their keys, in the order of the objects, and the object graph behind them. */
export interface GraphTensors {
  readonly tensors: TensorMap;
  /** Gives back what variables held on to for this. */
  release(): void;
}

export function tensorsOfGraph(graph: TrackedGraph): GraphTensors {
  const tensors = new Map<string, Tensor>();
  const held: [Saveable, Tensor][] = [];
  const release = (): void => {
    for (const [variable, tensor] of held) variable.release?.(tensor);
  };
  const slots = placeAll(graph);
  const slotIds = new Map(slots.flat().map(({ slot, reference }) => [slot as object, reference.slotVariableNodeId]));
  const idOf = (child: object): number => (slotIds.get(child) ?? graph.idOf.get(child)) as number;
  const value = (variable: Saveable, path: string): ObjectNode => {
    const tensor = (variable.parts === undefined ? variable.lend?.() : undefined) ?? variable.tensor();
    held.push([variable, tensor]);
    tensors.set(keyAt(path), tensor);
    return valueNode(variable, path);
  };
  const nodes = graph.objects.map(({ object, path, children }, id): ObjectNode => {
    if (isSaveable(object)) return value(object, path);
    return {
      children: children.map(([localName, child]) => ({ localName, nodeId: idOf(child) })),
      attributes: [],
      slotVariables: (slots[id] as PlacedSlot[]).map(({ reference }) => reference),
    };
  });
  for (const { slot, path } of slots.flat()) nodes.push(value(slot, path));
  tensors.set(OBJECT_GRAPH_KEY, graphTensor({ nodes }));
  return { tensors, release };
}

function graphTensor({ nodes }: ObjectGraph): Tensor {
  const reaches = reachesValues(holdersIn(columnsOf({ nodes })));
  const marked = nodes.map((node, id) => ({ ...node, hasCheckpointValues: reaches[id] === 1 }));
  return tensorOfStrings(dtypeOf('string'), [], [encodeObjectGraph({ nodes: marked })]);
}

/** Every variable of a graph, slots included, once. */
export function variablesOf({ objects }: TrackedGraph): Saveable[] {
  const own = objects.map(({ object }) => object).filter(isSaveable);
  return [...new Set([...own, ...objects.flatMap(({ slots }) => slots.map(({ slot }) => slot))])];
}
