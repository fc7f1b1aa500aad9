/**
 * The object graph of a TF2 checkpoint: which objects were saved, how they hang together, and under which key each of
 * their values lies. Stored as a string scalar under {@link OBJECT_GRAPH_KEY}. Decoded by hand and without loss: a rename
 * must start as fast as node itself, keys are raw bytes like any name, and fields of later versions are carried along.
 * Source: tensorflow/core/protobuf/trackable_object_graph.proto.
 */
import { ByteWriter } from '../bytes/byte-writer.ts';
import { decodeText } from '../bytes/text.ts';
import { type Cursor, readVarint } from '../bytes/varint.ts';
import { CorruptError } from '../errors.ts';
import { DELIMITED, readDelimited, readTag, skipField, VARINT } from '../proto/wire.ts';
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

/** More messages than this are no graph of a program: a variable takes four. */
const MOST_MESSAGES = 2 ** 23;
const LARGEST_ID = 2 ** 31 - 1;

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };
type ReadField<T> = (message: T, field: number, cursor: Cursor) => boolean;

/** Reads a graph; counts its messages, for two bytes on disk may become a hundred in memory. */
class GraphReader {
  #messages = 0;

  /** Fills a message with its fields; what `read` does not take is kept as it stands. */
  message<T extends Mutable<Extensible>>(cursor: Cursor, message: T, read: ReadField<T>): T {
    if (++this.#messages > MOST_MESSAGES) {
      throw new CorruptError(`the object graph holds more than ${MOST_MESSAGES} objects and references`, {
        where: OBJECT_GRAPH_KEY,
      });
    }
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
      if (tag !== tagOf(1, DELIMITED)) return false;
      nodes.push(this.#node(readDelimited(at)));
      return true;
    });
  };

  #node(cursor: Cursor): ObjectNode {
    const children: ObjectReference[] = [];
    const attributes: SavedAttribute[] = [];
    const slotVariables: SlotReference[] = [];
    const node: Mutable<ObjectNode> = { children, attributes, slotVariables };
    return this.message(cursor, node, (message, tag, at) => {
      if (tag === tagOf(1, DELIMITED)) children.push(this.#child(readDelimited(at)));
      else if (tag === tagOf(2, DELIMITED)) attributes.push(this.#attribute(readDelimited(at)));
      else if (tag === tagOf(3, DELIMITED)) slotVariables.push(this.#slot(readDelimited(at)));
      else if (tag === tagOf(4, DELIMITED)) message.registeredSaver = this.#saver(readDelimited(at));
      else if (tag === tagOf(5, DELIMITED)) message.hasCheckpointValues = this.#boolValue(readDelimited(at));
      else return false;
      return true;
    });
  }

  #child(cursor: Cursor): ObjectReference {
    const child: Mutable<ObjectReference> = { nodeId: 0, localName: '' };
    return this.message(cursor, child, (message, tag, at) => {
      if (tag === tagOf(1, VARINT)) message.nodeId = readId(at);
      else if (tag === tagOf(2, DELIMITED)) message.localName = readText(at);
      else return false;
      return true;
    });
  }

  #attribute(cursor: Cursor): SavedAttribute {
    const attribute: Mutable<SavedAttribute> = { name: '', fullName: '', checkpointKey: '' };
    return this.message(cursor, attribute, (message, tag, at) => {
      if (tag === tagOf(1, DELIMITED)) message.name = readText(at);
      else if (tag === tagOf(2, DELIMITED)) message.fullName = readText(at);
      else if (tag === tagOf(3, DELIMITED)) message.checkpointKey = readText(at);
      else if (tag === tagOf(4, VARINT)) message.optionalRestore = readVarint(at) !== 0;
      else return false;
      return true;
    });
  }

  #slot(cursor: Cursor): SlotReference {
    const slot: Mutable<SlotReference> = { originalVariableNodeId: 0, slotName: '', slotVariableNodeId: 0 };
    return this.message(cursor, slot, (message, tag, at) => {
      if (tag === tagOf(1, VARINT)) message.originalVariableNodeId = readId(at);
      else if (tag === tagOf(2, DELIMITED)) message.slotName = readText(at);
      else if (tag === tagOf(3, VARINT)) message.slotVariableNodeId = readId(at);
      else return false;
      return true;
    });
  }

  #saver(cursor: Cursor): RegisteredSaver {
    const saver: Mutable<RegisteredSaver> = { name: '', objectName: '' };
    return this.message(cursor, saver, (message, tag, at) => {
      if (tag === tagOf(1, DELIMITED)) message.name = readText(at);
      else if (tag === tagOf(2, DELIMITED)) message.objectName = readText(at);
      else return false;
      return true;
    });
  }

  #boolValue(cursor: Cursor): boolean {
    const box: Extensible & { value: boolean } = { value: false };
    return this.message(cursor, box, (message, tag, at) => {
      if (tag !== tagOf(1, VARINT)) return false;
      message.value = readVarint(at) !== 0;
      return true;
    }).value;
  }
}

function tagOf(field: number, wireType: number): number {
  return field * 8 + wireType;
}

function readText(cursor: Cursor): string {
  const { bytes, at, end } = readDelimited(cursor);
  return decodeText(bytes, at, end);
}

function readId(cursor: Cursor): number {
  const offset = cursor.at;
  const id = readVarint(cursor);
  if (id < 0 || id > LARGEST_ID) {
    throw new CorruptError(`the object graph refers to an object ${id}`, { where: OBJECT_GRAPH_KEY, offset });
  }
  return id;
}

/** Decodes a serialized TrackableObjectGraph; throws {@link CorruptError}. References may still lead nowhere. */
export function decodeObjectGraph(bytes: Uint8Array): ObjectGraph {
  try {
    return new GraphReader().graph({ bytes, at: 0, end: bytes.length });
  } catch (cause) {
    if (!(cause instanceof CorruptError) || cause.damage.where === OBJECT_GRAPH_KEY) throw cause;
    throw new CorruptError(
      `the object graph cannot be decoded: ${cause.message}`,
      { ...cause.damage, where: OBJECT_GRAPH_KEY },
      { cause },
    );
  }
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
