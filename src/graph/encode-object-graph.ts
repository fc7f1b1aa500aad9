/** The object graph as bytes: fields in the order of their numbers and defaults left out, as TensorFlow writes it. */
import { ByteWriter } from '../bytes/byte-writer.ts';
import { encodeText } from '../bytes/text.ts';
import { writeDelimitedField, writeVarintField } from '../proto/wire.ts';
import type {
  ObjectGraph,
  ObjectNode,
  ObjectReference,
  RegisteredSaver,
  SavedAttribute,
  SlotReference,
} from './object-graph.ts';

type Encode<T> = (writer: ByteWriter, message: T) => void;

function writeText(writer: ByteWriter, field: number, text: string): void {
  if (text !== '') writeDelimitedField(writer, field, encodeText(text));
}

function writeMessage<T extends { readonly unknown?: Uint8Array }>(
  writer: ByteWriter,
  field: number,
  message: T,
  encode: Encode<T>,
): void {
  const inner = new ByteWriter();
  encode(inner, message);
  if (message.unknown !== undefined) inner.bytes(message.unknown);
  writeDelimitedField(writer, field, inner.view());
}

const encodeChild: Encode<ObjectReference> = (writer, { nodeId, localName }) => {
  writeVarintField(writer, 1, nodeId);
  writeText(writer, 2, localName);
};

const encodeAttribute: Encode<SavedAttribute> = (writer, { name, fullName, checkpointKey, optionalRestore }) => {
  writeText(writer, 1, name);
  writeText(writer, 2, fullName);
  writeText(writer, 3, checkpointKey);
  writeVarintField(writer, 4, optionalRestore === true ? 1 : 0);
};

const encodeSlot: Encode<SlotReference> = (writer, { originalVariableNodeId, slotName, slotVariableNodeId }) => {
  writeVarintField(writer, 1, originalVariableNodeId);
  writeText(writer, 2, slotName);
  writeVarintField(writer, 3, slotVariableNodeId);
};

const encodeSaver: Encode<RegisteredSaver> = (writer, { name, objectName }) => {
  writeText(writer, 1, name);
  writeText(writer, 2, objectName);
};

const encodeNode: Encode<ObjectNode> = (writer, node) => {
  for (const child of node.children) writeMessage(writer, 1, child, encodeChild);
  for (const attribute of node.attributes) writeMessage(writer, 2, attribute, encodeAttribute);
  for (const slot of node.slotVariables) writeMessage(writer, 3, slot, encodeSlot);
  if (node.registeredSaver !== undefined) writeMessage(writer, 4, node.registeredSaver, encodeSaver);
  if (node.hasCheckpointValues !== undefined) {
    writeMessage(writer, 5, {}, (inner) => writeVarintField(inner, 1, node.hasCheckpointValues === true ? 1 : 0));
  }
};

/** Encodes a graph as a serialized TrackableObjectGraph. */
export function encodeObjectGraph(graph: ObjectGraph): Uint8Array {
  const writer = new ByteWriter(1 << 12);
  for (const node of graph.nodes) writeMessage(writer, 1, node, encodeNode);
  if (graph.unknown !== undefined) writer.bytes(graph.unknown);
  return writer.toBytes();
}
