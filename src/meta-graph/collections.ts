/** The collections of a TF1 graph: which variables it has, and which of them each collection names. */
import { CkptError, CorruptError } from '../errors.ts';
import type { EncodedMessage } from '../proto/encoded-message.ts';
import type { MessageOf } from '../proto/message-type.ts';
import { operationName } from './graph-nodes.ts';
import { COLLECTION, COLLECTION_NAME, COLLECTION_VALUE, LIST, NAMES, VARIABLE } from './meta-graph-types.ts';

export type VariableDef = MessageOf<typeof VARIABLE.fields>;

export const ALL_VARIABLES = 'variables';
export const TRAINABLE_VARIABLES = 'trainable_variables';
/** These hold nothing but variables; what others hold is one if it is named like one. */
const VARIABLE_COLLECTIONS: ReadonlySet<string> = new Set([
  ALL_VARIABLES,
  TRAINABLE_VARIABLES,
  'local_variables',
  'model_variables',
  'moving_average_variables',
  'metric_variables',
  'trainable_resource_variables',
]);
/** More entries than this are no work of a program; each takes a few hundred bytes. */
const MOST_ENTRIES = 2 ** 22;

/** The collections of a graph, and its variables as they describe them. */
export class Collections {
  /** Names of the collections that hold variables. */
  readonly names = new Set<string>();
  /** By operation name. */
  readonly definitions = new Map<string, VariableDef>();
  readonly #members = new Map<string, Set<string>>();
  #entries = 0;

  /** `isVariable` tells operation names of variables from others, for collections that may hold anything. */
  constructor(
    entries: readonly EncodedMessage[],
    readonly isVariable: (name: string) => boolean,
  ) {
    const named = entries.map((entry) => ({ entry, name: entry.decode(COLLECTION_NAME).key }));
    const [sure, others] = [true, false].map((is) => named.filter(({ name }) => VARIABLE_COLLECTIONS.has(name) === is));
    for (const { name } of sure ?? []) this.names.add(name);
    for (const { entry, name } of [...(sure ?? []), ...(others ?? [])]) {
      for (const [, value] of entry.fields(COLLECTION_VALUE)) this.#read(name, value);
    }
  }

  /** Names of the collections that a variable is in, sorted. */
  of(name: string): readonly string[] {
    return [...(this.#members.get(name) ?? [])].sort();
  }

  has(collection: string, name: string): boolean {
    return this.#members.get(name)?.has(collection) === true;
  }

  #read(collection: string, value: EncodedMessage): void {
    for (const [kind, list] of value.fields(COLLECTION)) {
      if (kind === 'nodeList') for (const name of list.decode(NAMES).value) this.#add(collection, operationName(name));
      else for (const [, item] of list.fields(LIST)) this.#addDefinition(collection, item);
    }
  }

  #addDefinition(collection: string, item: EncodedMessage): void {
    const definition = VARIABLE_COLLECTIONS.has(collection) ? item.decode(VARIABLE) : possibleVariable(item);
    if (definition === undefined || definition.variableName === '') return;
    const name = operationName(definition.variableName);
    if (this.#add(collection, name) && !this.definitions.has(name)) this.definitions.set(name, definition);
  }

  #add(collection: string, name: string): boolean {
    const isKnown = VARIABLE_COLLECTIONS.has(collection) || this.#members.has(name) || this.isVariable(name);
    if (!isKnown) return false;
    if (++this.#entries > MOST_ENTRIES) {
      throw new CorruptError(`the collections of the graph hold more than ${MOST_ENTRIES} variables`, {
        where: 'collection_def',
      });
    }
    this.names.add(collection);
    const members = this.#members.get(name) ?? new Set();
    this.#members.set(name, members.add(collection));
    return true;
  }
}

/** A collection of no known kind may hold any message; one that is no variable is none of ours. */
function possibleVariable(item: EncodedMessage): VariableDef | undefined {
  try {
    return item.decode(VARIABLE);
  } catch (error) {
    if (error instanceof CkptError) return undefined;
    throw error;
  }
}
