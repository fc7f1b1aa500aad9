/** Reads a `.meta` file: a MetaGraphDef, the graph of a TF1 program and its collections. */
import type { ByteSource } from '../bytes/source.ts';
import { BinaryMessage } from '../proto/binary-message.ts';
import type { EncodedMessage } from '../proto/encoded-message.ts';
import { readCollections } from './collections.ts';
import type { GraphFacts, VariableFacts } from './graph-facts.ts';
import { META_GRAPH, META_INFO } from './meta-graph-types.ts';

/** What a MetaGraphDef says of the variables; throws `CorruptError`. */
export function factsOfMetaGraph(graph: EncodedMessage): Omit<GraphFacts, 'kind' | 'path'> {
  const entries: EncodedMessage[] = [];
  let info = { tags: [] as readonly string[], tensorflowVersion: '' };
  for (const [name, value] of graph.fields(META_GRAPH)) {
    if (name === 'metaInfoDef') info = value.decode(META_INFO);
    else if (name === 'collectionDef') entries.push(value);
  }
  const collections = readCollections(entries);
  const variables = new Map<string, VariableFacts>();
  const knowsTrainable = collections.names.has('trainable_variables');
  for (const [name, { definition, collections: member }] of collections.variables) {
    if (definition === undefined) continue;
    const key = definition.saveSliceInfoDef?.fullName || name;
    const trainable = knowsTrainable ? member.has('trainable_variables') : undefined;
    const { isResource } = definition;
    variables.set(key, { key, variableName: key, trainable, collections: [...member].sort(), isResource });
  }
  const version = info.tensorflowVersion;
  return { ...(version === '' ? {} : { tensorflowVersion: version }), tags: info.tags, variables, notes: [] };
}

/** What a `.meta` file says of the variables of its checkpoint; throws `CorruptError`. */
export function readMetaGraph(source: ByteSource, path: string): GraphFacts {
  return { kind: 'meta', path, ...factsOfMetaGraph(BinaryMessage.of(source, path)) };
}
