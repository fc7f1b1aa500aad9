/**
 * The messages of `.meta` files and of SavedModels, as far as they say something of variables.
 * Source: tensorflow/core/protobuf/{meta_graph,saved_model,saver}.proto, tensorflow/core/framework/{variable,graph,node_def,
 * attr_value,tensor,tensor_shape}.proto.
 */
import { bool, int, MessageType, message, repeated, text } from '../proto/message-type.ts';

export const META_INFO = new MessageType({ tags: repeated(text(4)), tensorflowVersion: text(5) });
export const SAVER = new MessageType({ saveTensorName: text(2) });

export const SLICE_INFO = new MessageType({ fullName: text(1), fullShape: repeated(int(2)) });
export const VARIABLE = new MessageType({
  variableName: text(1),
  saveSliceInfoDef: message(4, SLICE_INFO),
  isResource: bool(5),
  trainable: bool(7),
});

const NOTHING = new MessageType({});
export const META_GRAPH = new MessageType({
  metaInfoDef: message(1, META_INFO),
  graphDef: message(2, NOTHING),
  saverDef: message(3, SAVER),
  collectionDef: message(4, NOTHING),
  objectGraphDef: message(7, NOTHING),
});

export const COLLECTION_NAME = new MessageType({ key: text(1) });
export const COLLECTION_VALUE = new MessageType({ value: message(2, NOTHING) });
export const COLLECTION = new MessageType({ nodeList: message(1, NOTHING), bytesList: message(2, NOTHING) });
/** Both lists of a collection have their values here. */
export const LIST = new MessageType({ value: message(1, NOTHING) });
export const NAMES = new MessageType({ value: repeated(text(1)) });
