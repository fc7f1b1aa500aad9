/**
 * The object graph of a TF2 checkpoint: which objects were saved, how they hang together, and under which key each of
 * their values lies. Stored as a string scalar under {@link OBJECT_GRAPH_KEY}.
 * Source: tensorflow/core/protobuf/trackable_object_graph.proto.
 */
import protobuf from 'protobufjs/light.js';
import { CorruptError } from '../errors.ts';

/** The key under which the graph lies; its absence means that the checkpoint goes by variable names. */
export const OBJECT_GRAPH_KEY = '_CHECKPOINTABLE_OBJECT_GRAPH';

export interface ObjectReference {
  readonly nodeId: number;
  readonly localName: string;
}

export interface SavedAttribute {
  readonly name: string;
  /** What the variable would be called in a name-based checkpoint; may be empty. */
  readonly fullName: string;
  readonly checkpointKey: string;
}

export interface SlotReference {
  readonly originalVariableNodeId: number;
  readonly slotName: string;
  readonly slotVariableNodeId: number;
}

export interface ObjectNode {
  readonly children: readonly ObjectReference[];
  readonly attributes: readonly SavedAttribute[];
  readonly slotVariables: readonly SlotReference[];
}

export interface ObjectGraph {
  /** Node 0 is the root; the graph may be cyclic. */
  readonly nodes: readonly ObjectNode[];
}

const field = (id: number, type: string, repeated = false): protobuf.IField & { rule?: string } =>
  repeated ? { id, type, rule: 'repeated' } : { id, type };

const SCHEMA: protobuf.INamespace = {
  nested: {
    TrackableObjectGraph: { fields: { nodes: field(1, 'TrackableObject', true) } },
    TrackableObject: {
      fields: {
        children: field(1, 'ObjectReference', true),
        attributes: field(2, 'SerializedTensor', true),
        slotVariables: field(3, 'SlotVariableReference', true),
      },
    },
    ObjectReference: { fields: { nodeId: field(1, 'int32'), localName: field(2, 'string') } },
    SerializedTensor: {
      fields: { name: field(1, 'string'), fullName: field(2, 'string'), checkpointKey: field(3, 'string') },
    },
    SlotVariableReference: {
      fields: {
        originalVariableNodeId: field(1, 'int32'),
        slotName: field(2, 'string'),
        slotVariableNodeId: field(3, 'int32'),
      },
    },
  },
};

let graphType: protobuf.Type | undefined;

/** Decodes a serialized TrackableObjectGraph; throws {@link CorruptError}. */
export function decodeObjectGraph(bytes: Uint8Array): ObjectGraph {
  graphType ??= protobuf.Root.fromJSON(SCHEMA).lookupType('TrackableObjectGraph');
  try {
    const message = graphType.decode(bytes);
    return graphType.toObject(message, { defaults: true, arrays: true }) as ObjectGraph;
  } catch (cause) {
    throw new CorruptError(
      `the object graph cannot be decoded: ${(cause as Error).message}`,
      { where: OBJECT_GRAPH_KEY },
      { cause },
    );
  }
}
