/** Where each object of a graph stands in its bytes: for who copies objects, or needs one as it is. */
import { type Cursor, readVarint } from '../bytes/varint.ts';
import { enterDelimited, readTag, skipField } from '../proto/wire.ts';
import type { GraphColumns } from './graph-columns.ts';
import { BOOL_VALUE, HAS_VALUES, NODE } from './graph-fields.ts';
import { decodeNode, type ObjectNode } from './object-graph.ts';

export class StoredNodes {
  /** The place of the length before the message of each object. */
  readonly #places: Int32Array;
  /** What stands beside the objects, fields of later versions: pairs of where each starts and ends. */
  readonly others: number[] = [];

  constructor(readonly graph: GraphColumns) {
    const { bytes } = graph;
    this.#places = new Int32Array(graph.count);
    const cursor: Cursor = { bytes, at: 0, end: bytes.length };
    for (let id = 0; cursor.at < cursor.end; ) {
      const start = cursor.at;
      const tag = readTag(cursor);
      if (tag === NODE) this.#places[id++] = cursor.at;
      skipField(cursor, tag);
      if (tag !== NODE) this.others.push(start, cursor.at);
    }
  }

  /** A cursor on the message of an object. */
  cursor(id: number): Cursor {
    const cursor = { bytes: this.graph.bytes, at: this.#places[id] as number, end: this.graph.bytes.length };
    enterDelimited(cursor);
    return cursor;
  }

  /** Whether an object has values, or one below it, as was stored; undefined where that is not told. */
  hasValues(id: number): boolean | undefined {
    const cursor = this.cursor(id);
    let value: boolean | undefined;
    while (cursor.at < cursor.end) {
      const tag = readTag(cursor);
      if (tag === HAS_VALUES) value = readBox(cursor, BOOL_VALUE);
      else skipField(cursor, tag);
    }
    return value;
  }

  /** An object as it was stored. */
  node(id: number): ObjectNode {
    return decodeNode(this.cursor(id));
  }
}

/** Whether a message that holds a boolean alone says yes: the cursor stands at the length before it, and moves past it. */
export function readBox(cursor: Cursor, valueTag: number): boolean {
  const outer = enterDelimited(cursor);
  let value = false;
  while (cursor.at < cursor.end) {
    const tag = readTag(cursor);
    if (tag === valueTag) value = readVarint(cursor) !== 0;
    else skipField(cursor, tag);
  }
  cursor.end = outer;
  return value;
}
