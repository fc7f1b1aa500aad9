/**
 * The messages of `.meta` files and of SavedModels, as far as they say something of variables.
 * Source: tensorflow/core/protobuf/{meta_graph,saved_model,saver,saved_object_graph}.proto,
 * tensorflow/core/framework/{variable,graph,node_def,attr_value,tensor,tensor_shape}.proto, and keras/protobuf/saved_metadata.proto.
 */
import { bool, bytes, enumeration, int, MessageType, message, part, repeated, text } from '../proto/message-type.ts';
import { DTYPES } from '../tensor/dtype.ts';

/** What a reference variable adds to the number of its dtype. */
const REFERENCE = 100;
/** As text format spells dtypes. */
const DTYPE_NUMBERS: ReadonlyMap<string, number> = new Map(
  DTYPES.flatMap(({ number, tfName }) => {
    const name = `DT_${tfName.toUpperCase()}`;
    return [
      [name, number],
      [`${name}_REF`, number + REFERENCE],
    ];
  }),
);

/** Number of a dtype, whether it stands for values or for references to them. */
export function valueDType(number: number): number {
  return number > REFERENCE ? number - REFERENCE : number;
}

export const META_INFO = new MessageType({ tags: repeated(text(4)), tensorflowVersion: text(5) });
export const SAVER = new MessageType({ saveTensorName: text(2) });
const SLICE_INFO = new MessageType({ fullName: text(1), fullShape: repeated(int(2)) });
export const VARIABLE = new MessageType({
  variableName: text(1),
  saveSliceInfoDef: message(4, SLICE_INFO),
  isResource: bool(5),
  trainable: bool(7),
});

export const SAVED_MODEL = new MessageType({ metaGraphs: part(2) });
export const META_GRAPH = new MessageType({
  metaInfoDef: part(1),
  graphDef: part(2),
  saverDef: part(3),
  collectionDef: part(4),
  objectGraphDef: part(7),
});

export const COLLECTION_NAME = new MessageType({ key: text(1) });
export const COLLECTION_VALUE = new MessageType({ value: part(2) });
export const COLLECTION = new MessageType({ nodeList: part(1), bytesList: part(2) });
/** Both lists of a collection have their values here. */
export const LIST = new MessageType({ value: part(1) });
export const NAMES = new MessageType({ value: repeated(text(1)) });

export const GRAPH = new MessageType({ node: part(1) });
/** What nodes are looked for by. */
export const NODE_NAME = new MessageType({ name: text(1) });
export const NODE_OP = new MessageType({ op: text(2) });
/** A node without what it computes with. */
export const NODE = new MessageType({ name: text(1), op: text(2), input: repeated(text(3)) });
export const SHAPE = new MessageType({
  dim: repeated(message(2, new MessageType({ size: int(1) }))),
  unknownRank: bool(3),
});
export const TENSOR = new MessageType({
  tensorShape: message(2, SHAPE),
  tensorContent: bytes(4),
  stringVal: repeated(bytes(8)),
});
const ATTRIBUTE = new MessageType({
  type: enumeration(6, DTYPE_NUMBERS),
  shape: message(7, SHAPE),
  tensor: message(8, TENSOR),
});
export const NODE_ATTRIBUTES = new MessageType({
  attr: repeated(message(5, new MessageType({ key: text(1), value: message(2, ATTRIBUTE) }))),
});

export const OBJECT_GRAPH = new MessageType({ nodes: part(1) });
export const OBJECT = new MessageType({
  children: repeated(message(1, new MessageType({ nodeId: int(1), localName: text(2) }))),
  slotVariables: repeated(
    message(3, new MessageType({ originalVariableNodeId: int(1), slotName: text(2), slotVariableNodeId: int(3) })),
  ),
  userObject: message(4, new MessageType({ metadata: text(3) })),
  variable: message(
    7,
    new MessageType({
      dtype: enumeration(1, DTYPE_NUMBERS),
      shape: message(2, SHAPE),
      trainable: bool(3),
      name: text(6),
    }),
  ),
});

/** `keras_metadata.pb`. */
export const KERAS_METADATA = new MessageType({ nodes: part(1) });
export const KERAS_NODE = new MessageType({ nodeId: int(2), metadata: text(5) });
