/** MetaGraphDefs and SavedModels for tests, made by protobufjs from plain objects. */
import protobuf from 'protobufjs/light.js';

const one = (id: number, type: string): protobuf.IField => ({ id, type });
const many = (id: number, type: string): protobuf.IField => ({ id, type, rule: 'repeated' }) as protobuf.IField;
const map = (id: number, type: string): protobuf.IField => ({ id, type, keyType: 'string' }) as protobuf.IField;

const ROOT = protobuf.Root.fromJSON({
  nested: {
    SavedModel: { fields: { version: one(1, 'int64'), metaGraphs: many(2, 'MetaGraph') } },
    MetaGraph: {
      fields: {
        info: one(1, 'Info'),
        graph: one(2, 'Graph'),
        saver: one(3, 'Saver'),
        collections: map(4, 'Collection'),
        objects: one(7, 'Objects'),
      },
    },
    Info: { fields: { tags: many(4, 'string'), version: one(5, 'string') } },
    Saver: { fields: { saveTensorName: one(2, 'string') } },
    Collection: { fields: { nodes: one(1, 'Strings'), bytes: one(2, 'Bytes') } },
    Strings: { fields: { value: many(1, 'string') } },
    Bytes: { fields: { value: many(1, 'bytes') } },
    Variable: {
      fields: {
        variableName: one(1, 'string'),
        slice: one(4, 'Slice'),
        isResource: one(5, 'bool'),
        trainable: one(7, 'bool'),
      },
    },
    Slice: { fields: { fullName: one(1, 'string'), fullShape: many(2, 'int64') } },
    Graph: { fields: { node: many(1, 'Node') } },
    Node: { fields: { name: one(1, 'string'), op: one(2, 'string'), input: many(3, 'string'), attr: map(5, 'Attr') } },
    Attr: { fields: { type: one(6, 'int32'), shape: one(7, 'Shape'), tensor: one(8, 'Tensor') } },
    Shape: { fields: { dim: many(2, 'Dim'), unknownRank: one(3, 'bool') } },
    Dim: { fields: { size: one(1, 'int64') } },
    Tensor: {
      fields: { dtype: one(1, 'int32'), shape: one(2, 'Shape'), content: one(4, 'bytes'), stringVal: many(8, 'bytes') },
    },
    Objects: { fields: { nodes: many(1, 'Object') } },
    Object: {
      fields: {
        children: many(1, 'Child'),
        slotVariables: many(3, 'SlotVariable'),
        userObject: one(4, 'UserObject'),
        variable: one(7, 'SavedVariable'),
      },
    },
    Child: { fields: { nodeId: one(1, 'int32'), localName: one(2, 'string') } },
    SlotVariable: {
      fields: {
        originalVariableNodeId: one(1, 'int32'),
        slotName: one(2, 'string'),
        slotVariableNodeId: one(3, 'int32'),
      },
    },
    UserObject: { fields: { identifier: one(1, 'string'), metadata: one(3, 'string') } },
    SavedVariable: {
      fields: { dtype: one(1, 'int32'), shape: one(2, 'Shape'), trainable: one(3, 'bool'), name: one(6, 'string') },
    },
    KerasMetadata: { fields: { nodes: many(1, 'KerasNode') } },
    KerasNode: { fields: { nodeId: one(2, 'int32'), metadata: one(5, 'string') } },
  },
} as protobuf.INamespace);

/** The bytes of one of these messages. */
export function encoded(type: string, value: object): Uint8Array {
  const message = ROOT.lookupType(type);
  return message.encode(message.fromObject(value)).finish();
}

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

/** A constant node that holds strings. */
export function stringConstant(name: string, values: readonly string[]): object {
  const shape = { dim: [{ size: values.length }] };
  return { name, op: 'Const', attr: { value: { tensor: { dtype: 7, shape, stringVal: values.map(utf8) } } } };
}

/** A variable node of a shape. */
export function variableNode(name: string, op: string, shape: readonly number[]): object {
  return { name, op, attr: { dtype: { type: 1 }, shape: { shape: { dim: shape.map((size) => ({ size })) } } } };
}

/** A collection of variables. */
export function definitions(variables: readonly object[]): object {
  return { bytes: { value: variables.map((variable) => encoded('Variable', variable)) } };
}
