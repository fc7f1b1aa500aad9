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
interface Message {
  readonly unknown?: Uint8Array;
}

/** A message of one field: `true`, which is field 1; `false` is a default and left out. */
export const TRUE = Uint8Array.of(8, 1);
export const FALSE = new Uint8Array(0);

function writeText(writer: ByteWriter, field: number, text: string): void {
  if (text !== '') writeDelimitedField(writer, field, encodeText(text));
}

/** Writes a message as a field; `scratch` holds it meanwhile, for its length comes first. */
function writeMessage<T extends Message>(
  writer: ByteWriter,
  field: number,
  message: T,
  encode: Encode<T>,
  scratch: ByteWriter,
): void {
  scratch.clear();
  encode(scratch, message);
  if (message.unknown !== undefined) scratch.bytes(message.unknown);
  writeDelimitedField(writer, field, scratch.view());
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

/** Writes a reference to a child as a field of an object; `scratch` holds it meanwhile. */
export function writeChild(writer: ByteWriter, child: ObjectReference, scratch: ByteWriter): void {
  writeMessage(writer, 1, child, encodeChild, scratch);
}

/** Writes a value as a field of an object. */
export function writeAttribute(writer: ByteWriter, attribute: SavedAttribute, scratch: ByteWriter): void {
  writeMessage(writer, 2, attribute, encodeAttribute, scratch);
}

/** Writes a slot as a field of an object. */
export function writeSlot(writer: ByteWriter, slot: SlotReference, scratch: ByteWriter): void {
  writeMessage(writer, 3, slot, encodeSlot, scratch);
}

function encodeNode(writer: ByteWriter, node: ObjectNode, scratch: ByteWriter): void {
  for (const child of node.children) writeChild(writer, child, scratch);
  for (const attribute of node.attributes) writeAttribute(writer, attribute, scratch);
  for (const slot of node.slotVariables) writeSlot(writer, slot, scratch);
  if (node.registeredSaver !== undefined) writeMessage(writer, 4, node.registeredSaver, encodeSaver, scratch);
  if (node.hasCheckpointValues !== undefined) {
    writeDelimitedField(writer, 5, node.hasCheckpointValues ? TRUE : FALSE);
  }
}

/** Encodes a graph as a serialized TrackableObjectGraph. */
export function encodeObjectGraph(graph: ObjectGraph): Uint8Array {
  const writer = new ByteWriter(1 << 12);
  const ofNode = new ByteWriter();
  const ofField = new ByteWriter();
  const encode: Encode<ObjectNode> = (inner, node) => encodeNode(inner, node, ofField);
  for (const node of graph.nodes) writeMessage(writer, 1, node, encode, ofNode);
  if (graph.unknown !== undefined) writer.bytes(graph.unknown);
  return writer.toBytes();
}
