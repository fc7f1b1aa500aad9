/** Parts of stored objects with something of them changed: what is written as usual is copied around the change, bytes as they stand. */
import { ByteWriter } from '../bytes/byte-writer.ts';
import { encodeText } from '../bytes/text.ts';
import { writeVarintField } from '../proto/wire.ts';
import { writeAttribute, writeChild, writeSlot } from './encode-object-graph.ts';
import {
  ATTRIBUTE,
  ATTRIBUTE_NAME,
  CHECKPOINT_KEY,
  CHILD,
  CHILD_ID,
  CHILD_NAME,
  FULL_NAME,
  SLOT,
  SLOT_NAME,
  SLOT_OF,
  SLOT_VARIABLE,
} from './graph-fields.ts';
import { decodeNode, type ObjectNode } from './object-graph.ts';
import { PlainMessage } from './plain-message.ts';

/** Which of the parts of a child and of a slot is the name, and which of an attribute the key. */
const NAME_PART = 1;
const KEY_PART = 2;

/** The one message that a field holds, decoded as a node that has nothing else. */
function decodedPart(bytes: Uint8Array, start: number, end: number): ObjectNode {
  return decodeNode({ bytes, at: start, end });
}

export class PartWriter {
  readonly #child = new PlainMessage(CHILD, [CHILD_ID, CHILD_NAME]);
  readonly #slot = new PlainMessage(SLOT, [SLOT_OF, SLOT_NAME, SLOT_VARIABLE]);
  readonly #attribute = new PlainMessage(ATTRIBUTE, [ATTRIBUTE_NAME, FULL_NAME, CHECKPOINT_KEY]);
  readonly #scratch = new ByteWriter();

  constructor(readonly out: ByteWriter) {}

  /** A child that was not stored. */
  newChild(nodeId: number, localName: string): void {
    writeChild(this.out, { nodeId, localName }, this.#scratch);
  }

  /** The child that the field at these bytes holds, with another number, and another name where one is given. */
  child(bytes: Uint8Array, start: number, end: number, nodeId: number, name: string | undefined): void {
    const { out } = this;
    if (this.#child.find(bytes, start, end)) {
      const message = out.byte(CHILD).openLength();
      writeVarintField(out, 1, nodeId);
      if (name === undefined) out.range(bytes, this.#child.starts[NAME_PART] as number, end);
      else this.#text(CHILD_NAME, name);
      out.closeLength(message);
      return;
    }
    const [child] = decodedPart(bytes, start, end).children;
    if (child === undefined) return;
    writeChild(out, { ...child, nodeId, localName: name ?? child.localName }, this.#scratch);
  }

  /** The value that a field holds, under another key. */
  attribute(bytes: Uint8Array, start: number, end: number, checkpointKey: string): void {
    const { out } = this;
    const plain = this.#attribute;
    if (plain.find(bytes, start, end)) {
      const message = out.byte(ATTRIBUTE).openLength();
      out.range(bytes, plain.start, plain.starts[KEY_PART] as number);
      this.#text(CHECKPOINT_KEY, checkpointKey);
      out.closeLength(message);
      return;
    }
    const [stored] = decodedPart(bytes, start, end).attributes;
    if (stored === undefined) out.range(bytes, start, end);
    else writeAttribute(out, { ...stored, checkpointKey }, this.#scratch);
  }

  /** The slot that a field holds, of objects by other numbers. */
  slot(
    bytes: Uint8Array,
    start: number,
    end: number,
    originalVariableNodeId: number,
    slotVariableNodeId: number,
  ): void {
    const { out } = this;
    const plain = this.#slot;
    if (plain.find(bytes, start, end)) {
      const message = out.byte(SLOT).openLength();
      writeVarintField(out, 1, originalVariableNodeId);
      out.range(bytes, plain.starts[NAME_PART] as number, plain.ends[NAME_PART] as number);
      writeVarintField(out, 3, slotVariableNodeId);
      out.closeLength(message);
      return;
    }
    const [stored] = decodedPart(bytes, start, end).slotVariables;
    if (stored === undefined) out.range(bytes, start, end);
    else writeSlot(out, { ...stored, originalVariableNodeId, slotVariableNodeId }, this.#scratch);
  }

  #text(tag: number, text: string): void {
    if (text === '') return;
    const { out } = this;
    const start = out.byte(tag).openLength();
    if (!out.ascii(text)) {
      out.length = start;
      out.bytes(encodeText(text));
    }
    out.closeLength(start);
  }
}
