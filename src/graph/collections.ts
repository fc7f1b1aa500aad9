/** The collections of a TF1 graph: which variables it has, and which of them each collection names. */
import type { EncodedMessage } from '../proto/encoded-message.ts';
import type { MessageOf } from '../proto/message-type.ts';
import { COLLECTION, COLLECTION_NAME, COLLECTION_VALUE, LIST, NAMES, VARIABLE } from './meta-graph-types.ts';

export type VariableDef = MessageOf<typeof VARIABLE.fields>;

/** These collections hold nothing but variables; of the others it must be found out. */
const VARIABLE_COLLECTIONS: ReadonlySet<string> = new Set([
  'variables',
  'trainable_variables',
  'local_variables',
  'model_variables',
  'moving_average_variables',
  'metric_variables',
  'trainable_resource_variables',
]);

/** A variable as its collections describe it. */
export interface CollectedVariable {
  readonly definition: VariableDef | undefined;
  readonly collections: Set<string>;
}

export interface Collections {
  /** Names of all collections. */
  readonly names: ReadonlySet<string>;
  /** By the name of the variable in the graph, without `:0`. */
  readonly variables: ReadonlyMap<string, CollectedVariable>;
}

/** The name of the operation that `name:0` is an output of. */
export function operationName(tensorName: string): string {
  return tensorName.replace(/^\^|:\d+$/g, '');
}

/** Reads the entries of the map `collection_def`. */
export function readCollections(entries: Iterable<EncodedMessage>): Collections {
  const names = new Set<string>();
  const variables = new Map<string, CollectedVariable>();
  const add = (collection: string, name: string, definition: VariableDef | undefined): void => {
    const known = variables.get(name);
    if (known === undefined) variables.set(name, { definition, collections: new Set([collection]) });
    else {
      known.collections.add(collection);
      if (known.definition === undefined && definition !== undefined) variables.set(name, { ...known, definition });
    }
  };
  for (const entry of entries) {
    const { key } = entry.decode(COLLECTION_NAME);
    names.add(key);
    for (const [, value] of entry.fields(COLLECTION_VALUE)) {
      for (const [kind, list] of value.fields(COLLECTION)) {
        if (kind === 'nodeList') for (const name of list.decode(NAMES).value) add(key, operationName(name), undefined);
        else if (VARIABLE_COLLECTIONS.has(key)) {
          for (const [, item] of list.fields(LIST)) {
            const definition = item.decode(VARIABLE);
            add(key, operationName(definition.variableName), definition);
          }
        }
      }
    }
  }
  return { names, variables };
}
