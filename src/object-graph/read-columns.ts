/** Reads an object graph into columns: one walk over its bytes, which decodes no name. */
import { type Cursor, readVarint } from '../bytes/varint.ts';
import { CorruptError } from '../errors.ts';
import { enterDelimited, readTag, skipField } from '../proto/wire.ts';
import { encodeObjectGraph } from './encode-object-graph.ts';
import { GraphColumns } from './graph-columns.ts';
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
import type { ObjectGraph } from './object-graph.ts';
import { OBJECT_GRAPH_KEY } from './object-graph-key.ts';

/** No message of protocol buffers may be larger. */
const MOST_BYTES = 2 ** 31 - 1;

/** Passes over a text and returns where it stands. */
function passText(cursor: Cursor): number {
  const place = cursor.at;
  const outer = enterDelimited(cursor);
  cursor.at = cursor.end;
  cursor.end = outer;
  return place;
}

/** A graph of more bytes is mostly alike from here to there: after so much of it its columns are given room for the rest. */
const LARGE_BYTES = 2 ** 20;
const FIRST_PART = 1 / 16;
const SPARE = 1.05;

class ColumnReader {
  readonly #messages = new MessageCount();
  #reserveAt: number;

  constructor(
    readonly graph: GraphColumns,
    readonly cursor: Cursor,
  ) {
    this.#reserveAt = cursor.end > LARGE_BYTES ? cursor.end * FIRST_PART : Number.POSITIVE_INFINITY;
  }

  #reserve(): void {
    this.#reserveAt = Number.POSITIVE_INFINITY;
    this.graph.reserve((SPARE * this.graph.bytes.length) / this.cursor.at);
  }

  read(): void {
    const { cursor } = this;
    this.#messages.add();
    while (cursor.at < cursor.end) {
      const tag = readTag(cursor);
      if (tag === NODE) this.#node();
      else skipField(cursor, tag);
    }
  }

  #node(): void {
    const { cursor } = this;
    const outer = this.#enter();
    while (cursor.at < cursor.end) {
      const tag = readTag(cursor);
      if (tag === CHILD) this.#child();
      else if (tag === ATTRIBUTE) this.#attribute();
      else if (tag === SLOT) this.#slot();
      else if (tag === SAVER) this.#saver();
      else if (tag === HAS_VALUES) this.#box();
      else skipField(cursor, tag);
    }
    cursor.end = outer;
    this.graph.count++;
  }

  /** Goes into a message; returns the end of the one around it. */
  #enter(): number {
    this.#messages.add();
    if (this.cursor.at > this.#reserveAt) this.#reserve();
    return enterDelimited(this.cursor);
  }

  #child(): void {
    const { cursor, graph } = this;
    const outer = this.#enter();
    let [id, name] = [0, 0];
    while (cursor.at < cursor.end) {
      const tag = readTag(cursor);
      if (tag === CHILD_ID) id = readId(cursor);
      else if (tag === CHILD_NAME) name = passText(cursor);
      else skipField(cursor, tag);
    }
    cursor.end = outer;
    graph.children.add(graph.count);
    graph.childIds.push(id);
    graph.childNames.push(name);
  }

  #attribute(): void {
    const { cursor, graph } = this;
    const outer = this.#enter();
    let [name, fullName, key] = [0, 0, 0];
    let isOptional = false;
    while (cursor.at < cursor.end) {
      const tag = readTag(cursor);
      if (tag === ATTRIBUTE_NAME) name = passText(cursor);
      else if (tag === FULL_NAME) fullName = passText(cursor);
      else if (tag === CHECKPOINT_KEY) key = passText(cursor);
      else if (tag === OPTIONAL_RESTORE) isOptional = readVarint(cursor) !== 0;
      else skipField(cursor, tag);
    }
    cursor.end = outer;
    if (isOptional) graph.optional.push(graph.attributes.total);
    graph.attributes.add(graph.count);
    graph.attributeOwners.push(graph.count);
    graph.attributeNames.push(graph.placeOfName(name));
    graph.fullNames.push(fullName);
    graph.keys.push(key);
  }

  #slot(): void {
    const { cursor, graph } = this;
    const outer = this.#enter();
    let [of, name, variable] = [0, 0, 0];
    while (cursor.at < cursor.end) {
      const tag = readTag(cursor);
      if (tag === SLOT_OF) of = readId(cursor);
      else if (tag === SLOT_NAME) name = passText(cursor);
      else if (tag === SLOT_VARIABLE) variable = readId(cursor);
      else skipField(cursor, tag);
    }
    cursor.end = outer;
    graph.slots.add(graph.count);
    graph.slotOwners.push(graph.count);
    graph.slotsOf.push(of);
    graph.slotNames.push(name);
    graph.slotVariables.push(variable);
  }

  #saver(): void {
    const { cursor, graph } = this;
    const outer = this.#enter();
    while (cursor.at < cursor.end) {
      const tag = readTag(cursor);
      if (tag === SAVER_NAME || tag === SAVER_OBJECT) passText(cursor);
      else skipField(cursor, tag);
    }
    cursor.end = outer;
    const { savers, count } = graph;
    if (savers.length === 0 || savers.at(savers.length - 1) !== count) savers.push(count);
  }

  #box(): void {
    const { cursor } = this;
    const outer = this.#enter();
    while (cursor.at < cursor.end) {
      const tag = readTag(cursor);
      if (tag === BOOL_VALUE) readVarint(cursor);
      else skipField(cursor, tag);
    }
    cursor.end = outer;
  }
}

/** Reads a serialized TrackableObjectGraph; throws {@link CorruptError}, as `decodeObjectGraph` does. */
export function readGraphColumns(bytes: Uint8Array): GraphColumns {
  if (bytes.length > MOST_BYTES) {
    throw new CorruptError('the object graph is larger than any message may be', { where: OBJECT_GRAPH_KEY });
  }
  const graph = new GraphColumns(bytes);
  decoding(() => new ColumnReader(graph, { bytes, at: 0, end: bytes.length }).read());
  return graph;
}

/** The columns of a graph, whichever way it is at hand. */
export function columnsOf(graph: ObjectGraph | GraphColumns): GraphColumns {
  return graph instanceof GraphColumns ? graph : readGraphColumns(encodeObjectGraph(graph));
}
