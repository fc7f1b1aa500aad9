/**
 * The fields of a serialized TrackableObjectGraph by their tags, and what both of its readers refuse.
 * Source: tensorflow/core/protobuf/trackable_object_graph.proto.
 */
import { type Cursor, readVarint } from '../bytes/varint.ts';
import { CorruptError } from '../errors.ts';
import { DELIMITED, VARINT } from '../proto/wire.ts';
import { OBJECT_GRAPH_KEY } from './object-graph-key.ts';

const tagOf = (field: number, wireType: number): number => field * 8 + wireType;

/** Of the graph. */
export const NODE = tagOf(1, DELIMITED);
/** Of an object. */
export const CHILD = tagOf(1, DELIMITED);
export const ATTRIBUTE = tagOf(2, DELIMITED);
export const SLOT = tagOf(3, DELIMITED);
export const SAVER = tagOf(4, DELIMITED);
export const HAS_VALUES = tagOf(5, DELIMITED);
/** Of a reference to a child. */
export const CHILD_ID = tagOf(1, VARINT);
export const CHILD_NAME = tagOf(2, DELIMITED);
/** Of a value. */
export const ATTRIBUTE_NAME = tagOf(1, DELIMITED);
export const FULL_NAME = tagOf(2, DELIMITED);
export const CHECKPOINT_KEY = tagOf(3, DELIMITED);
export const OPTIONAL_RESTORE = tagOf(4, VARINT);
/** Of a slot. */
export const SLOT_OF = tagOf(1, VARINT);
export const SLOT_NAME = tagOf(2, DELIMITED);
export const SLOT_VARIABLE = tagOf(3, VARINT);
/** Of a registered saver. */
export const SAVER_NAME = tagOf(1, DELIMITED);
export const SAVER_OBJECT = tagOf(2, DELIMITED);
/** Of a boxed boolean. */
export const BOOL_VALUE = tagOf(1, VARINT);

/** More messages than this are no graph of a program: a variable takes four. */
const MOST_MESSAGES = 2 ** 23;
const LARGEST_ID = 2 ** 31 - 1;

/** Counts the messages of a graph, for two bytes on disk may become a hundred in memory. */
export class MessageCount {
  #messages = 0;

  add(): void {
    if (++this.#messages <= MOST_MESSAGES) return;
    throw new CorruptError(`the object graph holds more than ${MOST_MESSAGES} objects and references`, {
      where: OBJECT_GRAPH_KEY,
    });
  }
}

/** Reads the number of an object; whether there is such an object is not looked at. */
export function readId(cursor: Cursor): number {
  const offset = cursor.at;
  const id = readVarint(cursor);
  if (id < 0 || id > LARGEST_ID) {
    throw new CorruptError(`the object graph refers to an object ${id}`, { where: OBJECT_GRAPH_KEY, offset });
  }
  return id;
}

/** Reads a graph; what is wrong with its bytes is said to be wrong with the graph. */
export function decoding<T>(read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (!(cause instanceof CorruptError) || cause.damage.where === OBJECT_GRAPH_KEY) throw cause;
    throw new CorruptError(
      `the object graph cannot be decoded: ${cause.message}; drop ${OBJECT_GRAPH_KEY} to go on by names alone`,
      { ...cause.damage, where: OBJECT_GRAPH_KEY },
      { cause },
    );
  }
}
