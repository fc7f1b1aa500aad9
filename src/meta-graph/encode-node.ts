/**
 * Operations of a graph as bytes: NodeDef { 1 name · 2 op · 3 input · 4 device · 5 attr map<string, AttrValue> } and AttrValue
 * { 1 list · 2 s · 3 i · 5 b · 6 type · 7 shape · 8 tensor }. Source: tensorflow/core/framework/node_def.proto, attr_value.proto.
 */
import { MessageWriter } from '../proto/message-writer.ts';
import type { Shape } from '../tensor/shape.ts';

/** A constant: numbers as their stored bytes, texts one by one. */
export interface ConstantTensor {
  /** Enum number of the dtype. */
  readonly dtype: number;
  readonly shape: Shape;
  readonly content: Uint8Array | readonly (string | Uint8Array)[];
}

/** The value of an attribute, one of these. */
export type Attribute =
  | { readonly text: string }
  | { readonly int: number }
  | { readonly bool: boolean }
  /** Enum number of a dtype. */
  | { readonly type: number }
  | { readonly types: readonly number[] }
  | { readonly shape: Shape | undefined }
  | { readonly tensor: ConstantTensor };

export interface Node {
  readonly name: string;
  readonly op: string;
  /** Outputs of other nodes, `name` or `name:1`; what only comes first, `^name`. */
  readonly inputs?: readonly string[];
  readonly device?: string;
  readonly attributes?: Readonly<Record<string, Attribute>>;
}

/** TensorShapeProto { 2 dim { 1 size } · 3 unknown_rank }. */
function writeShape(writer: MessageWriter, shape: Shape | undefined): void {
  if (shape === undefined) writer.bool(3, true);
  else for (const size of shape) writer.message(2, (dim) => size > 0 && dim.int(1, size));
}

/** TensorProto { 1 dtype · 2 tensor_shape · 4 tensor_content · 8 string_val }. */
function writeTensor(writer: MessageWriter, { dtype, shape, content }: ConstantTensor): void {
  writer.int(1, dtype).message(2, (inner) => writeShape(inner, shape));
  if (content instanceof Uint8Array) writer.bytes(4, content);
  else {
    for (const text of content) {
      if (typeof text === 'string') writer.text(8, text);
      else writer.bytes(8, text);
    }
  }
}

function writeAttribute(writer: MessageWriter, value: Attribute): void {
  if ('text' in value) writer.text(2, value.text);
  else if ('int' in value) writer.int(3, value.int);
  else if ('bool' in value) writer.bool(5, value.bool);
  else if ('type' in value) writer.int(6, value.type);
  else if ('shape' in value) writer.message(7, (inner) => writeShape(inner, value.shape));
  else if ('tensor' in value) writer.message(8, (inner) => writeTensor(inner, value.tensor));
  else writer.message(1, (list) => list.packedInts(6, value.types));
}

/** Encoded attributes that many nodes share, by their name and value. */
const shared = new Map<string, Uint8Array>();

function writeEntry(node: MessageWriter, name: string, value: Attribute): void {
  node.message(5, (entry) => entry.text(1, name).message(2, (inner) => writeAttribute(inner, value)));
}

function writeNamedAttribute(node: MessageWriter, name: string, value: Attribute): void {
  if (!('type' in value) && !('bool' in value)) {
    writeEntry(node, name, value);
    return;
  }
  const key = 'type' in value ? `${name} ${value.type}` : `${name} ${value.bool}`;
  let bytes = shared.get(key);
  if (bytes === undefined) {
    const writer = new MessageWriter(64);
    writeEntry(writer, name, value);
    bytes = writer.toBytes();
    shared.set(key, bytes);
  }
  node.encoded(bytes);
}

/** Writes a node as field 1 of a GraphDef. */
export function writeNode(graph: MessageWriter, { name, op, inputs = [], device = '', attributes = {} }: Node): void {
  const start = graph.open(1);
  graph.text(1, name).text(2, op);
  for (const input of inputs) graph.text(3, input);
  if (device !== '') graph.text(4, device);
  for (const key in attributes) writeNamedAttribute(graph, key, attributes[key] as Attribute);
  graph.close(start);
}

/** Encoded fields as they stand before `byteLength` more bytes that belong to the last one, a message. */
function before(field: number, byteLength: number, write: (fields: MessageWriter) => unknown): Uint8Array {
  const fields = new MessageWriter(64);
  write(fields);
  const inner = fields.view();
  return new MessageWriter(inner.length + 16)
    .delimited(field, inner.length + byteLength)
    .encoded(inner)
    .toBytes();
}

/** A constant of numbers, field 1 of a GraphDef, up to its content: the bytes of that, `byteLength` of them, come right behind. */
export function constantHead(name: string, dtype: number, shape: Shape, byteLength: number): Uint8Array {
  const tensor = before(8, byteLength, (fields) => {
    fields.int(1, dtype).message(2, (inner) => writeShape(inner, shape));
    fields.delimited(4, byteLength);
  });
  const value = before(2, byteLength, (fields) => fields.encoded(tensor));
  const entry = before(5, byteLength, (fields) => fields.text(1, 'value').encoded(value));
  return before(1, byteLength, (fields) => {
    fields.text(1, name).text(2, 'Const');
    writeNamedAttribute(fields, 'dtype', { type: dtype });
    fields.encoded(entry);
  });
}
