/** The collections of a TF1 graph: which variables it has, and which of them each collection names. */

import { decodeText } from '../bytes/text.ts';
import { TextMap, TextSet } from '../bytes/text-map.ts';
import { type Cursor, readVarint } from '../bytes/varint.ts';
import { CkptError } from '../errors.ts';
import type { EncodedMessage } from '../proto/encoded-message.ts';
import type { MessageOf } from '../proto/message-type.ts';
import { enterDelimited, readTag, skipField } from '../proto/wire.ts';
import { anyGraph, type GraphLimit } from './graph-limit.ts';
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
/** The collections of a graph, and its variables as they describe them. */
export class Collections {
  /** Names of the collections that hold variables. */
  readonly names = new TextSet();
  /** By operation name. */
  readonly definitions = new TextMap<VariableDef>();
  readonly #members = new TextMap<Set<string>>();
  readonly #lists = new TextMap<readonly string[]>();
  #entries = 0;

  /** `isVariable` tells operation names of variables from others, for collections that may hold anything. */
  constructor(
    entries: readonly EncodedMessage[],
    readonly isVariable: (name: string) => boolean,
    readonly limit: GraphLimit = anyGraph,
  ) {
    const named = entries.map((entry) => ({ entry, name: entry.decode(COLLECTION_NAME).key }));
    const [sure, others] = [true, false].map((is) => named.filter(({ name }) => VARIABLE_COLLECTIONS.has(name) === is));
    for (const { name } of sure ?? []) this.names.add(name);
    for (const { entry, name } of [...(sure ?? []), ...(others ?? [])]) {
      for (const [, value] of entry.fields(COLLECTION_VALUE)) this.#read(name, value);
    }
  }

  /** Names of the collections that a variable is in, sorted; one list for all variables that are in the same. */
  of(name: string): readonly string[] {
    const key = [...(this.#members.get(name) ?? [])].sort().join('\0');
    let names = this.#lists.get(key);
    if (names === undefined) {
      names = key === '' ? [] : key.split('\0');
      this.#lists.set(key, names);
    }
    return names;
  }

  has(collection: string, name: string): boolean {
    return this.#members.get(name)?.has(collection) === true;
  }

  #read(collection: string, value: EncodedMessage): void {
    for (const [kind, list] of value.fields(COLLECTION)) {
      if (kind === 'nodeList') for (const name of list.decode(NAMES).value) this.#add(collection, operationName(name));
      else {
        const isSure = VARIABLE_COLLECTIONS.has(collection);
        const plain = isSure ? plainDefinitions(list.raw(), this.limit) : undefined;
        if (plain !== undefined) for (const definition of plain) this.#addDefinition(collection, definition);
        else {
          for (const [, item] of list.fields(LIST)) {
            this.#addDefinition(collection, isSure ? item.decode(VARIABLE) : possibleVariable(item));
          }
        }
      }
    }
  }

  #addDefinition(collection: string, definition: VariableDef | undefined): void {
    if (definition === undefined || definition.variableName === '') return;
    const name = operationName(definition.variableName);
    if (this.#add(collection, name) && !this.definitions.has(name)) this.definitions.set(name, definition);
  }

  #add(collection: string, name: string): boolean {
    const isKnown = VARIABLE_COLLECTIONS.has(collection) || this.#members.has(name) || this.isVariable(name);
    if (!isKnown) return false;
    this.limit(++this.#entries);
    this.names.add(collection);
    const members = this.#members.get(name) ?? new Set();
    this.#members.set(name, members.add(collection));
    return true;
  }
}

const ITEM = 0x0a;
const VARIABLE_NAME = 0x0a;
const SLICE_INFO = 0x22;
const IS_RESOURCE = 0x28;
const TRAINABLE = 0x38;

/**
 * The definitions in a list, read in one go: a listing waits for some thousand of them. Undefined where one is not plain, and
 * for a list that is not at hand.
 */
function plainDefinitions(list: Cursor | undefined, limit: GraphLimit): VariableDef[] | undefined {
  if (list === undefined) return undefined;
  const definitions: VariableDef[] = [];
  let isRefused = false;
  try {
    while (list.at < list.end) {
      const tag = readTag(list);
      if (tag !== ITEM) return undefined;
      const outer = enterDelimited(list);
      const definition = { variableName: '', saveSliceInfoDef: undefined, isResource: false, trainable: false };
      while (list.at < list.end) {
        const field = readTag(list);
        if (field === VARIABLE_NAME) {
          const end = enterDelimited(list);
          definition.variableName = decodeText(list.bytes, list.at, list.end);
          list.at = list.end;
          list.end = end;
        } else if (field === IS_RESOURCE) definition.isResource = readVarint(list) !== 0;
        else if (field === TRAINABLE) definition.trainable = readVarint(list) !== 0;
        else if (field === SLICE_INFO) return undefined;
        else skipField(list, field);
      }
      list.end = outer;
      isRefused = true;
      limit(definitions.push(definition));
      isRefused = false;
    }
  } catch (error) {
    if (error instanceof CkptError && !isRefused) return undefined;
    throw error;
  }
  return definitions;
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
