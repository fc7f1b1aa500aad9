/** Reads a MetaGraphDef, the graph of a TF1 program and its collections: a `.meta` file is one, a SavedModel holds some. */
import { TextMap, TextSet } from '../bytes/text-map.ts';
import { CorruptError } from '../errors.ts';
import { GraphNotes } from '../object-graph/graph-notes.ts';
import type { EncodedMessage } from '../proto/encoded-message.ts';
import { ALL_VARIABLES, Collections, TRAINABLE_VARIABLES } from './collections.ts';
import type { GraphFacts, VariableFacts } from './graph-facts.ts';
import type { GraphLimit } from './graph-limit.ts';
import { GraphNodes, RESOURCE_OP } from './graph-nodes.ts';
import { META_GRAPH, META_INFO, SAVER } from './meta-graph-types.ts';
import { keysThatAreNames } from './own-names.ts';
import { type SaveOpTensor, saveOpTensors } from './save-op-tensors.ts';

const NO_TRAINABLE_VARIABLES =
  'the graph has no collection trainable_variables, so that it does not say which variables are trained';
const TAKEN_OUT = 'made to be trained, but not in the collection trainable_variables, which decides';
const COMPUTED = 'computed when it is saved, so that the graph does not say whether it is trained';
const DIVIDED = 'some parts are in the collection trainable_variables and some are not; taken as trained';

export type MetaGraphFacts = Omit<GraphFacts, 'kind' | 'path'>;

/** Programs have some ten. */
const MOST_COLLECTIONS = 2 ** 16;

/** The pieces of a MetaGraphDef, found in one walk. */
export interface MetaGraphParts {
  readonly tags: readonly string[];
  readonly tensorflowVersion: string;
  readonly saveTensorName: string;
  readonly graph: EncodedMessage | undefined;
  readonly collections: readonly EncodedMessage[];
  /** Present in a SavedModel of TF2. */
  readonly objects: EncodedMessage | undefined;
}

/** Finds the pieces; throws `CorruptError`. */
export function piecesOf(metaGraph: EncodedMessage): MetaGraphParts {
  const collections: EncodedMessage[] = [];
  let info = META_INFO.initial();
  let saver = SAVER.initial();
  let graph: EncodedMessage | undefined;
  let objects: EncodedMessage | undefined;
  for (const [name, value] of metaGraph.fields(META_GRAPH)) {
    if (name === 'metaInfoDef') info = value.decode(META_INFO);
    else if (name === 'saverDef') saver = value.decode(SAVER);
    else if (name === 'graphDef') graph = value;
    else if (name === 'objectGraphDef') objects = value;
    else if (collections.push(value) > MOST_COLLECTIONS) {
      throw new CorruptError(`the graph has more than ${MOST_COLLECTIONS} collections`, { where: 'collection_def' });
    }
  }
  if (graph === undefined && collections.length === 0 && objects === undefined) {
    throw new CorruptError('there is no graph in it and no collection of variables', { where: 'MetaGraphDef' });
  }
  return { ...info, ...saver, graph, collections, objects };
}

/** One TF1 graph: joins what is saved, under which key, with what the collections say of it. */
class VariableReport {
  readonly notes = new GraphNotes();
  readonly #knowsTrainable: boolean;

  constructor(
    readonly nodes: GraphNodes | undefined,
    readonly collections: Collections,
  ) {
    this.#knowsTrainable = collections.names.has(TRAINABLE_VARIABLES);
  }

  /** What goes under each key: by the save operation, and by name for variables that it leaves out. */
  keys(saveTensorName: string): Map<string, SaveOpTensor[]> {
    const keys = new TextMap<SaveOpTensor[]>();
    const add = (saved: SaveOpTensor): void => {
      const parts = keys.get(saved.key);
      if (parts === undefined) keys.set(saved.key, [saved]);
      else parts.push(saved);
    };
    const saved = this.nodes === undefined ? [] : saveOpTensors(this.nodes, saveTensorName);
    const covered = new Set(saved.map(({ variable }) => variable));
    for (const tensor of saved) add(tensor);
    const taken = new TextSet(keys.keys());
    for (const name of new TextSet([...this.collections.definitions.keys(), ...(this.nodes?.variables.keys() ?? [])])) {
      const slice = this.collections.definitions.get(name)?.saveSliceInfoDef;
      const key = slice?.fullName || name;
      if (!covered.has(name) && !taken.has(key))
        add({ key, tensor: name, variable: name, wholeShape: slice?.fullShape });
    }
    return keys;
  }

  /** What is known of the value under one key, of which a partitioned variable has several parts. */
  factsOf(key: string, parts: readonly SaveOpTensor[]): VariableFacts {
    const { tensor, variable, wholeShape } = parts[0] as SaveOpTensor;
    const first = variable ?? tensor;
    const definition = this.collections.definitions.get(first);
    const node = this.nodes?.variables.get(first);
    // What a node says is read when somebody asks, which a listing does not.
    return {
      key,
      get variableName() {
        return definition?.saveSliceInfoDef?.fullName || first;
      },
      trainable: this.#trainable(key, parts),
      collections: this.#collectionsOf(parts),
      get dtype() {
        return node?.attributes.dtype;
      },
      get shape() {
        return wholeShape ?? node?.attributes.shape;
      },
      get isResource() {
        return node === undefined ? definition?.isResource : node.op === RESOURCE_OP;
      },
    };
  }

  #collectionsOf(parts: readonly SaveOpTensor[]): readonly string[] {
    const [{ variable, tensor }] = parts as readonly [SaveOpTensor];
    if (parts.length === 1) return this.collections.of(variable ?? tensor);
    return [...new Set(parts.flatMap((part) => this.collections.of(part.variable ?? part.tensor)))].sort();
  }

  #trainable(key: string, parts: readonly SaveOpTensor[]): boolean | undefined {
    if (parts.every(({ tensor }) => this.nodes?.isTable(tensor) === true)) return false;
    if (parts.some(({ variable }) => variable === undefined)) {
      this.notes.add(COMPUTED, key);
      return undefined;
    }
    if (!this.#knowsTrainable) return undefined;
    const members = parts.filter(({ variable }) => this.collections.has(TRAINABLE_VARIABLES, variable as string));
    if (members.length > 0 && members.length < parts.length) this.notes.add(DIVIDED, key);
    const wasMadeFor = ({ variable }: SaveOpTensor): boolean =>
      this.collections.definitions.get(variable as string)?.trainable === true;
    if (members.length === 0 && parts.some(wasMadeFor)) this.notes.add(TAKEN_OUT, key);
    return members.length > 0;
  }

  sentences(): readonly string[] {
    const isSilent = !this.#knowsTrainable && (this.collections.names.has(ALL_VARIABLES) || this.nodes !== undefined);
    return [...(isSilent ? [NO_TRAINABLE_VARIABLES] : []), ...this.notes.sentences()];
  }
}

/** What a MetaGraphDef of TF1 says of its variables; throws `CorruptError`. */
export function metaGraphFacts(parts: MetaGraphParts, limit?: GraphLimit): MetaGraphFacts {
  const { tags, tensorflowVersion, saveTensorName, graph } = parts;
  const nodes = graph === undefined ? undefined : new GraphNodes(graph, limit);
  const collections = new Collections(parts.collections, (name) => nodes?.variables.has(name) === true, limit);
  const report = new VariableReport(nodes, collections);
  const variables = new TextMap<VariableFacts>();
  for (const [key, tensors] of report.keys(saveTensorName)) variables.set(key, report.factsOf(key, tensors));
  return { ...versionOf(tensorflowVersion), tags, variables, notes: report.sentences() };
}

/**
 * The same for a checkpoint with these keys, without dtypes and shapes, where the collections tell it by themselves; undefined
 * where the graph has to be asked.
 */
export function plainFacts(
  parts: MetaGraphParts,
  keys: Iterable<string>,
  limit?: GraphLimit,
): MetaGraphFacts | undefined {
  const { tags, tensorflowVersion, graph } = parts;
  const collections = new Collections(parts.collections, () => false, limit);
  const { definitions } = collections;
  if (!collections.names.has(TRAINABLE_VARIABLES)) return undefined;
  for (const { saveSliceInfoDef } of definitions.values()) if (saveSliceInfoDef !== undefined) return undefined;
  for (const key of keys) if (!definitions.has(key)) return undefined;
  const saved = graph === undefined ? [] : keysThatAreNames(graph);
  if (saved === undefined || saved.some((key) => !definitions.has(key))) return undefined;
  const report = new VariableReport(undefined, collections);
  const variables = new TextMap<VariableFacts>();
  for (const name of [...saved, ...definitions.keys()]) {
    if (variables.has(name)) continue;
    const tensors = [{ key: name, tensor: name, variable: name, wholeShape: undefined }];
    variables.set(name, report.factsOf(name, tensors));
  }
  return { ...versionOf(tensorflowVersion), tags, variables, notes: report.sentences() };
}

/** The version as facts have it: absent where it is not known. */
export function versionOf(tensorflowVersion: string): { readonly tensorflowVersion?: string } {
  return tensorflowVersion === '' ? {} : { tensorflowVersion };
}
