/**
 * What an object graph lists, held against what is there. TensorFlow stops where a graph names a key that is not in the
 * checkpoint, and never finds a value whose key the graph forgot.
 */
import { TextSet } from '../bytes/text-map.ts';
import { parseKey } from './checkpoint-key.ts';
import type { GraphColumns } from './graph-columns.ts';
import { type KeyTable, keyTableOf } from './key-table.ts';
import { OBJECT_GRAPH_KEY } from './object-graph-key.ts';

export interface ListedKeys {
  /** Keys of variables that the graph lists and that no tensor has. */
  readonly missing: readonly string[];
  /** Tensors that have keys as objects do, and that the graph does not list. */
  readonly forgotten: readonly string[];
}

/** Whether TensorFlow stops where the value of an attribute is not there. What is no variable may be stored in another way. */
export function isNeeded(graph: GraphColumns, attribute: number): boolean {
  return graph.isValue(attribute) && !graph.isOptional(attribute);
}

/** Whether a tensor is one of several that lie behind a key: a lookup table lists `x/table` and stores `x/table-keys`. */
function liesBehind(name: string, keys: KeyTable): boolean {
  let isBehind = false;
  keys.eachBeginning(name, () => {
    isBehind = true;
  });
  return isBehind;
}

/** Whether a name is that of an object's value, which a graph ought to list. */
export function mayBeForgotten(name: string): boolean {
  return name !== OBJECT_GRAPH_KEY && parseKey(name) !== undefined;
}

/** The keys of what is needed and was not found, each once. */
function missingKeys(graph: GraphColumns, keys: KeyTable, isFound: Uint8Array): string[] {
  const missing: string[] = [];
  const repeated = new TextSet();
  for (let attribute = 0; attribute < graph.attributes.total; attribute++) {
    if (isFound[attribute] === 1 || !isNeeded(graph, attribute)) continue;
    const key = graph.keyAt(attribute);
    if (!keys.hasRepeated) missing.push(key);
    else if (isFound[keys.findText(key)] === 0) repeated.add(key);
  }
  return keys.hasRepeated ? [...repeated] : missing;
}

/** Holds the keys of a graph against the names of the tensors that it is stored with. */
export function listedKeys(graph: GraphColumns, names: Iterable<string>): ListedKeys {
  const keys = keyTableOf(graph);
  const isFound = new Uint8Array(graph.attributes.total);
  // Who saves an object in a way of its own chooses keys that the graph does not list.
  const ownSavers = graph.savers.length > 0;
  const forgotten: string[] = [];
  for (const name of names) {
    const attribute = keys.findText(name);
    if (attribute >= 0) isFound[attribute] = 1;
    else if (!ownSavers && mayBeForgotten(name) && !liesBehind(name, keys)) forgotten.push(name);
  }
  return { missing: missingKeys(graph, keys, isFound), forgotten };
}
