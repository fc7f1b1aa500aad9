/**
 * The objects of a TF2 SavedModel: the SavedObjectGraph, which knows the variables, and the object graph of its checkpoint,
 * which knows the keys. They number their objects each in its own way and agree on the names that lead from one to the next.
 * Source: tensorflow/core/protobuf/saved_object_graph.proto; the walk is that of tensorflow/cc/saved_model/bundle_v2.cc.
 */

import { TextMap } from '../bytes/text-map.ts';
import { CorruptError } from '../errors.ts';
import { escapeLocalName, formatKey, joinPath } from '../object-graph/checkpoint-key.ts';
import type { GraphColumns } from '../object-graph/graph-columns.ts';
import type { ObjectReference, SlotReference } from '../object-graph/object-graph.ts';
import { VARIABLE_VALUE } from '../object-graph/object-graph-key.ts';
import type { EncodedMessage } from '../proto/encoded-message.ts';
import { sizesOf } from './graph-nodes.ts';
import { isFrozen } from './keras-metadata.ts';
import { OBJECT, OBJECT_GRAPH, valueDType } from './meta-graph-types.ts';

export interface SavedVariable {
  readonly name: string;
  readonly trainable: boolean;
  readonly dtype: number;
  readonly shape: readonly number[] | undefined;
}

export interface SavedObject {
  /** Numbers of the objects below, by name; the first of a name counts. */
  readonly children: ReadonlyMap<string, number>;
  /** By variable and name, as {@link slotKey} joins them. */
  readonly slots: ReadonlyMap<string, SlotReference>;
  readonly variable: SavedVariable | undefined;
  /** Keras, up to TensorFlow 2.4, wrote here that a layer is not trained. */
  readonly isFrozen: boolean;
}

/** A program has fewer by far; each takes a few hundred bytes. */
const MOST_OBJECTS = 2 ** 22;

/** Reads a SavedObjectGraph; throws `CorruptError`. References may lead nowhere. */
export function readSavedObjects(graph: EncodedMessage): SavedObject[] {
  const objects: SavedObject[] = [];
  for (const [, encoded] of graph.fields(OBJECT_GRAPH)) {
    const { children, slotVariables, variable, userObject } = encoded.decode(OBJECT);
    if (objects.length === MOST_OBJECTS) {
      throw new CorruptError(`the object graph holds more than ${MOST_OBJECTS} objects`, { where: 'object_graph_def' });
    }
    objects.push({
      children: firstByName(children),
      slots: new Map(slotVariables.map((slot) => [slotKey(slot.originalVariableNodeId, slot.slotName), slot])),
      variable: variable && { ...variable, dtype: valueDType(variable.dtype), shape: sizesOf(variable.shape) },
      isFrozen: isFrozen(userObject?.metadata ?? ''),
    });
  }
  return objects;
}

function firstByName(references: readonly ObjectReference[]): Map<string, number> {
  const byName = new TextMap<number>();
  for (const { localName, nodeId } of references) if (!byName.has(localName)) byName.set(localName, nodeId);
  return byName;
}

function slotKey(original: number | undefined, slotName: string): string {
  return `${original} ${slotName}`;
}

/** For each object of the checkpoint, which of the saved ones it is. */
function pairsOf(graph: GraphColumns, objects: readonly SavedObject[]): Map<number, number> {
  const pairs = new Map([[0, 0]]);
  for (const [id, savedId] of pairs) {
    for (const [localName, nodeId] of graph.childrenOf(id)) {
      const child = objects[savedId]?.children.get(localName);
      if (child !== undefined && !pairs.has(nodeId)) pairs.set(nodeId, child);
    }
  }
  for (const [id, savedId] of [...pairs]) {
    for (let slot = graph.slots.start(id); slot < graph.slots.end(id); slot++) {
      const slotName = graph.textAt(graph.slotNames.at(slot));
      const saved = objects[savedId]?.slots.get(slotKey(pairs.get(graph.slotsOf.at(slot)), slotName));
      const variable = graph.slotVariables.at(slot);
      if (saved !== undefined && !pairs.has(variable)) pairs.set(variable, saved.slotVariableNodeId);
    }
  }
  return pairs;
}

/** The saved object behind each key of the checkpoint. */
export function objectsByKey(graph: GraphColumns, objects: readonly SavedObject[]): Map<string, number> {
  const byKey = new TextMap<number>();
  for (const [id, savedId] of pairsOf(graph, objects)) {
    if (objects[savedId]?.variable === undefined) continue;
    for (let i = graph.attributes.start(id); i < graph.attributes.end(id); i++) byKey.set(graph.keyAt(i), savedId);
  }
  return byKey;
}

/** Paths in all, in characters: names may be long, and each is part of those below. */
const MOST_PATH_CHARACTERS = 2 ** 27;

/** The keys that TensorFlow gives: the shortest path to each variable. For when the checkpoint's own graph is not at hand. */
export function objectsByPath(objects: readonly SavedObject[]): Map<string, number> {
  const paths = new Map([[0, '']]);
  const byKey = new TextMap<number>();
  let characters = 0;
  for (const [id, path] of paths) {
    if (objects[id]?.variable !== undefined)
      byKey.set(formatKey({ path, slot: undefined, attribute: VARIABLE_VALUE }), id);
    for (const [localName, nodeId] of objects[id]?.children ?? []) {
      if (paths.has(nodeId)) continue;
      const childPath = joinPath(path, escapeLocalName(localName));
      characters += childPath.length;
      if (characters > MOST_PATH_CHARACTERS) {
        throw new CorruptError('the paths of the object graph are too long', { where: 'object_graph_def' });
      }
      paths.set(nodeId, childPath);
    }
  }
  for (const [id, path] of [...paths]) {
    for (const { originalVariableNodeId, slotName, slotVariableNodeId } of objects[id]?.slots.values() ?? []) {
      const owner = paths.get(originalVariableNodeId);
      if (owner === undefined || objects[slotVariableNodeId]?.variable === undefined) continue;
      const slot = { optimizer: path, name: escapeLocalName(slotName) };
      byKey.set(formatKey({ path: owner, slot, attribute: VARIABLE_VALUE }), slotVariableNodeId);
    }
  }
  return byKey;
}
