/**
 * The object graph of a TF2 checkpoint as objects, for who makes one, prints it or joins several: which objects were saved,
 * how they hang together, and under which key each of their values lies. Stored as a string scalar under
 * {@link OBJECT_GRAPH_KEY}. Decoded without loss: keys are raw bytes like any name, and fields of later versions are carried
 * along. Who only looks into it, or renames, reads columns (read-columns.ts).
 * Source: tensorflow/core/protobuf/trackable_object_graph.proto.
 */
import { ByteWriter } from '../bytes/byte-writer.ts';
import { decodeText } from '../bytes/text.ts';
import { type Cursor, readVarint } from '../bytes/varint.ts';
import { CorruptError } from '../errors.ts';
import { enterDelimited, readDelimited, readTag, skipField } from '../proto/wire.ts';
import {
  ATTRIBUTE,
  ATTRIBUTE_NAME,
  BOOL_VALUE,
  CHECKPOINT_KEY,
  CHILD,
  CHILD_ID,
  CHILD_NAME,
  decoding,
  FULL_NAME,
  HAS_VALUES,
  MessageCount,
  NODE,
  OPTIONAL_RESTORE,
  readId,
  SAVER,
  SAVER_NAME,
  SAVER_OBJECT,
  SLOT,
  SLOT_NAME,
  SLOT_OF,
  SLOT_VARIABLE,
} from './graph-fields.ts';
import { OBJECT_GRAPH_KEY } from './object-graph-key.ts';

export { OBJECT_GRAPH_KEY } from './object-graph-key.ts';

/** Fields that this version does not know, as they stood in the message. */
interface Extensible {
  readonly unknown?: Uint8Array;
}

export interface ObjectReference extends Extensible {
  readonly nodeId: number;
  readonly localName: string;
}

export interface SavedAttribute extends Extensible {
  readonly name: string;
  /** What the variable would be called in a name-based checkpoint; may be empty. */
  readonly fullName: string;
  readonly checkpointKey: string;
  /** Written around TensorFlow 2.1 for values that a program can do without. */
  readonly optionalRestore?: boolean;
}

export interface SlotReference extends Extensible {
  readonly originalVariableNodeId: number;
  readonly slotName: string;
  readonly slotVariableNodeId: number;
}

/** Who saved the object instead of TensorFlow; keys of its choice hold the values, and the graph does not list them. */
export interface RegisteredSaver extends Extensible {
  readonly name: string;
  readonly objectName: string;
}

export interface ObjectNode extends Extensible {
  readonly children: readonly ObjectReference[];
  readonly attributes: readonly SavedAttribute[];
  readonly slotVariables: readonly SlotReference[];
  readonly registeredSaver?: RegisteredSaver;
  /** Whether the object or one below it has values; absent in graphs from before TensorFlow 2.6. */
  readonly hasCheckpointValues?: boolean;
}

export interface ObjectGraph extends Extensible {
  /** Node 0 is the root; the graph may be cyclic. */
  readonly nodes: readonly ObjectNode[];
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };
type ReadField<T> = (message: T, field: number, cursor: Cursor) => boolean;

/** What most objects have of most kinds: shared, for two bytes in a file may be an object. */
const NONE: readonly never[] = Object.freeze([]);
const EMPTY_NODE: ObjectNode = Object.freeze({ children: NONE, attributes: NONE, slotVariables: NONE });
const EMPTY_CHILD: ObjectReference = Object.freeze({ nodeId: 0, localName: '' });
const EMPTY_ATTRIBUTE: SavedAttribute = Object.freeze({ name: '', fullName: '', checkpointKey: '' });
const EMPTY_SLOT: SlotReference = Object.freeze({ originalVariableNodeId: 0, slotName: '', slotVariableNodeId: 0 });

/** A list with one item more; lists are shared while they are empty. */
function appended<T>(list: readonly T[], item: T): readonly T[] {
  if (list.length === 0) return [item];
  (list as T[]).push(item);
  return list;
}

const readChild: ReadField<Mutable<ObjectReference>> = (child, tag, at) => {
  if (tag === CHILD_ID) child.nodeId = readId(at);
  else if (tag === CHILD_NAME) child.localName = readText(at);
  else return false;
  return true;
};

const readAttribute: ReadField<Mutable<SavedAttribute>> = (attribute, tag, at) => {
  if (tag === ATTRIBUTE_NAME) attribute.name = readText(at);
  else if (tag === FULL_NAME) attribute.fullName = readText(at);
  else if (tag === CHECKPOINT_KEY) attribute.checkpointKey = readText(at);
  else if (tag === OPTIONAL_RESTORE) attribute.optionalRestore = readVarint(at) !== 0;
  else return false;
  return true;
};

const readSlot: ReadField<Mutable<SlotReference>> = (slot, tag, at) => {
  if (tag === SLOT_OF) slot.originalVariableNodeId = readId(at);
  else if (tag === SLOT_NAME) slot.slotName = readText(at);
  else if (tag === SLOT_VARIABLE) slot.slotVariableNodeId = readId(at);
  else return false;
  return true;
};

const readSaver: ReadField<Mutable<RegisteredSaver>> = (saver, tag, at) => {
  if (tag === SAVER_NAME) saver.name = readText(at);
  else if (tag === SAVER_OBJECT) saver.objectName = readText(at);
  else return false;
  return true;
};

class GraphReader {
  readonly #messages = new MessageCount();

  /** Fills a message with its fields; what `read` does not take is kept as it stands. */
  message<T extends Mutable<Extensible>>(cursor: Cursor, message: T, read: ReadField<T>): T {
    this.#messages.add();
    let unknown: ByteWriter | undefined;
    while (cursor.at < cursor.end) {
      const start = cursor.at;
      const tag = readTag(cursor);
      if (read(message, tag, cursor)) continue;
      skipField(cursor, tag);
      unknown ??= new ByteWriter();
      unknown.bytes(cursor.bytes.subarray(start, cursor.at));
    }
    if (unknown !== undefined) message.unknown = unknown.toBytes();
    return message;
  }

  readonly graph = (cursor: Cursor): ObjectGraph => {
    const nodes: ObjectNode[] = [];
    const graph: Mutable<ObjectGraph> = { nodes };
    return this.message(cursor, graph, (_, tag, at) => {
      if (tag !== NODE) return false;
      nodes.push(this.node(readDelimited(at)));
      return true;
    });
  };

  node(cursor: Cursor): ObjectNode {
    if (cursor.at === cursor.end) {
      this.#messages.add();
      return EMPTY_NODE;
    }
    const node: Mutable<ObjectNode> = { children: NONE, attributes: NONE, slotVariables: NONE };
    return this.message(cursor, node, this.#nodeField);
  }

  readonly #nodeField: ReadField<Mutable<ObjectNode>> = (node, tag, at) => {
    if (tag === CHILD) node.children = appended(node.children, this.#child(at));
    else if (tag === ATTRIBUTE) node.attributes = appended(node.attributes, this.#attribute(at));
    else if (tag === SLOT) node.slotVariables = appended(node.slotVariables, this.#slot(at));
    else if (tag === SAVER) node.registeredSaver = this.#saver(at);
    else if (tag === HAS_VALUES) node.hasCheckpointValues = this.#boolValue(readDelimited(at));
    else return false;
    return true;
  };

  /** Reads a message that stands in a field of the one that the cursor is in. */
  #inner<T extends Mutable<Extensible>>(cursor: Cursor, message: T, read: ReadField<T>): T {
    const outer = enterDelimited(cursor);
    this.message(cursor, message, read);
    cursor.end = outer;
    return message;
  }

  /** Passes over a message without fields, if that is what comes. */
  #isEmpty(cursor: Cursor): boolean {
    if (cursor.at >= cursor.end || cursor.bytes[cursor.at] !== 0) return false;
    cursor.at++;
    this.#messages.add();
    return true;
  }

  #child(cursor: Cursor): ObjectReference {
    return this.#isEmpty(cursor) ? EMPTY_CHILD : this.#inner(cursor, { ...EMPTY_CHILD }, readChild);
  }

  #attribute(cursor: Cursor): SavedAttribute {
    return this.#isEmpty(cursor) ? EMPTY_ATTRIBUTE : this.#inner(cursor, { ...EMPTY_ATTRIBUTE }, readAttribute);
  }

  #slot(cursor: Cursor): SlotReference {
    return this.#isEmpty(cursor) ? EMPTY_SLOT : this.#inner(cursor, { ...EMPTY_SLOT }, readSlot);
  }

  #saver(cursor: Cursor): RegisteredSaver {
    return this.#inner(cursor, { name: '', objectName: '' }, readSaver);
  }

  #boolValue(cursor: Cursor): boolean {
    const box: Extensible & { value: boolean } = { value: false };
    return this.message(cursor, box, (message, tag, at) => {
      if (tag !== BOOL_VALUE) return false;
      message.value = readVarint(at) !== 0;
      return true;
    }).value;
  }
}

/** Names of attributes and of children come again and again: the last one of each length is kept. */
const TEXTS: { readonly bytes: Uint8Array; readonly text: string }[] = [];
const LONGEST_KEPT = 32;

function readText(cursor: Cursor): string {
  const outer = enterDelimited(cursor);
  const { bytes, at, end } = cursor;
  cursor.at = end;
  cursor.end = outer;
  const length = end - at;
  if (length > LONGEST_KEPT) return decodeText(bytes, at, end);
  const kept = TEXTS[length];
  if (kept !== undefined) {
    let same = 0;
    while (same < length && kept.bytes[same] === bytes[at + same]) same++;
    if (same === length) return kept.text;
  }
  const text = decodeText(bytes, at, end);
  TEXTS[length] = { bytes: bytes.slice(at, end), text };
  return text;
}

/** Decodes a serialized TrackableObjectGraph; throws {@link CorruptError}. References may still lead nowhere. */
export function decodeObjectGraph(bytes: Uint8Array): ObjectGraph {
  return decoding(() => new GraphReader().graph({ bytes, at: 0, end: bytes.length }));
}

/** Decodes one object of a graph, of which a cursor covers the message. */
export function decodeNode(cursor: Cursor): ObjectNode {
  return decoding(() => new GraphReader().node(cursor));
}

/** Throws {@link CorruptError} when a reference leads to an object that is not there, or when there is no root. */
export function checkReferences({ nodes }: ObjectGraph): void {
  const check = (from: number, what: string, id: number): void => {
    if (id < nodes.length) return;
    throw new CorruptError(
      `${what} of object ${from} in the object graph is object ${id}, but there are only ${nodes.length}`,
      { where: OBJECT_GRAPH_KEY },
    );
  };
  if (nodes.length === 0) throw new CorruptError('the object graph has no root', { where: OBJECT_GRAPH_KEY });
  for (const [id, node] of nodes.entries()) {
    for (const { nodeId } of node.children) check(id, 'a child', nodeId);
    for (const { originalVariableNodeId, slotVariableNodeId } of node.slotVariables) {
      check(id, 'the variable of a slot', originalVariableNodeId);
      check(id, 'a slot', slotVariableNodeId);
    }
  }
}
