/** Writes an object graph after surgery: what did not change is copied as it stood, and so are fields of later versions. */
import { ByteWriter } from '../bytes/byte-writer.ts';
import type { Cursor } from '../bytes/varint.ts';
import { readTag, skipField, writeDelimitedField } from '../proto/wire.ts';
import { FALSE, TRUE } from './encode-object-graph.ts';
import { ATTRIBUTE, BOOL_VALUE, CHILD, HAS_VALUES, NODE, SAVER, SLOT } from './graph-fields.ts';
import type { AddedChild, MovedGraph } from './moved-graph.ts';
import { PartWriter } from './part-writer.ts';
import { readBox, StoredNodes } from './stored-nodes.ts';

/** What became of the parts of objects, besides their moves. */
export interface GraphChanges {
  /** Whether a value was dropped. */
  isDropped(attribute: number): boolean;
  /** Whether a value stays under its key. */
  isSame(attribute: number): boolean;
  /** The new key of a value; undefined where it has its old one. */
  newKeyOf(attribute: number): string | undefined;
  /** Whether an object lost its values; by its new number. */
  isLost(id: number): boolean;
  /** Whether an object led to values and does no more; by its new number. */
  isBare(id: number): boolean;
}

const HAS_VALUES_FIELD = 5;
/** Graphs that change grow a little. */
const SPARE = 1.25;

class GraphWriter {
  readonly #out: ByteWriter;
  readonly #nodes: StoredNodes;
  readonly #parts: PartWriter;
  /** The number of the next child, attribute and slot of the object that is copied. */
  #child = 0;
  #attribute = 0;
  #slot = 0;
  /** Whether anything of the object that is written differs from what was stored. */
  #isChanged = false;
  /** Whether its children may have changed. */
  #isEdited = false;
  #hasSaver = false;
  #hasValues: boolean | undefined;

  constructor(
    readonly moved: MovedGraph,
    readonly changes: GraphChanges,
  ) {
    this.#nodes = new StoredNodes(moved.graph);
    this.#out = new ByteWriter(Math.ceil(SPARE * moved.graph.bytes.length) + 64);
    this.#parts = new PartWriter(this.#out);
  }

  write(): Uint8Array {
    for (let id = 0; id < this.moved.count; id++) this.#writeObject(id);
    const { bytes } = this.moved.graph;
    const { others } = this.#nodes;
    for (let i = 0; i < others.length; i += 2) this.#out.range(bytes, others[i] as number, others[i + 1] as number);
    return this.#out.view();
  }

  #writeObject(id: number): void {
    const { moved } = this;
    if (this.#isUntouched(id)) {
      this.#copyObject(id);
      return;
    }
    const out = this.#out;
    const whole = moved.wholeOf(id);
    this.#isEdited = moved.isEdited(id);
    const before = out.length;
    const start = out.varint(NODE).openLength();
    this.#hasSaver = false;
    this.#hasValues = undefined;
    this.#isChanged = this.#isEdited || whole.length !== 1;
    const [first] = whole;
    let isKnown: boolean | undefined;
    for (const owner of whole) {
      const had: boolean | undefined = this.#hasValues;
      this.#hasValues = undefined;
      this.#copyParts(owner);
      if (owner === first) isKnown = this.#hasValues !== undefined;
      this.#hasValues = had === true || this.#hasValues;
    }
    if (this.#isEdited) for (const child of moved.addedTo(id)) this.#writeMade(child);
    this.#writeHasValues(id, isKnown);
    if (this.#isChanged) out.closeLength(start);
    else {
      out.length = before;
      this.#copyObject(first as number);
    }
  }

  /** Whether an object is what it was, as far as that is seen at once: nearly all of most graphs are. */
  #isUntouched(id: number): boolean {
    const { moved, changes } = this;
    const { graph } = moved;
    const old = moved.onlyOf(id);
    if (old !== id || graph.savers.length > 0 || moved.isEdited(id) || changes.isBare(id)) return false;
    const { children, childIds, attributes, slots } = graph;
    if (slots.start(id) < slots.end(id)) return false;
    for (let i = attributes.start(id); i < attributes.end(id); i++) if (!changes.isSame(i)) return false;
    for (let i = children.start(id); i < children.end(id); i++) {
      const child = childIds.at(i);
      if (changes.isBare(child) || moved.newIdOf(child) !== child) return false;
    }
    return true;
  }

  #copyObject(old: number): void {
    const { bytes, at, end } = this.#nodes.cursor(old);
    this.#out.varint(NODE).varint(end - at);
    this.#out.range(bytes, at, end);
  }

  /** Whether an object, or one below it, has values is written where it was, or where the root of the graph has it. */
  #writeHasValues(id: number, isKnown: boolean | undefined): void {
    const { moved, changes } = this;
    const old = moved.oldIdOf(id);
    const isPart = moved.edits.isPart(old);
    const isMade = old >= moved.graph.count;
    // Objects that are made say it where the root does.
    const isTold = isMade || isPart ? this.#nodes.hasValues(isMade ? 0 : old) !== undefined : isKnown === true;
    if (!isTold) return;
    let value = !isPart && (isMade || this.#hasValues === true);
    if (value && changes.isBare(id)) {
      value = false;
      this.#isChanged = true;
    }
    writeDelimitedField(this.#out, HAS_VALUES_FIELD, value ? TRUE : FALSE);
  }

  /** Copies what is left of a stored object. */
  #copyParts(old: number): void {
    const { graph } = this.moved;
    this.#child = graph.children.start(old);
    this.#attribute = graph.attributes.start(old);
    this.#slot = graph.slots.start(old);
    const cursor = this.#nodes.cursor(old);
    let hadSaver = false;
    while (cursor.at < cursor.end) {
      const start = cursor.at;
      const tag = readTag(cursor);
      if (tag === HAS_VALUES) {
        this.#hasValues = readBox(cursor, BOOL_VALUE);
        continue;
      }
      skipField(cursor, tag);
      if (tag === CHILD) this.#copyChild(cursor, start);
      else if (tag === ATTRIBUTE) this.#copyAttribute(cursor, start);
      else if (tag === SLOT) this.#copySlot(cursor, start);
      else if (tag === SAVER && this.#hasSaver) this.#isChanged = true;
      else {
        hadSaver ||= tag === SAVER;
        this.#out.range(cursor.bytes, start, cursor.at);
      }
    }
    this.#hasSaver ||= hadSaver;
  }

  #copyChild({ bytes, at }: Cursor, start: number): void {
    const { graph, edits } = this.moved;
    const reference = this.#child++;
    const old = graph.childIds.at(reference);
    const id = this.moved.newIdOf(old);
    if ((this.#isEdited && !edits.keeps(reference)) || this.changes.isBare(id)) {
      this.#isChanged = true;
      return;
    }
    const name = this.#isEdited ? edits.newNameOf(reference) : undefined;
    if (id === old && (name === undefined || name === graph.childName(reference))) {
      this.#out.range(bytes, start, at);
      return;
    }
    this.#isChanged = true;
    this.#parts.child(bytes, start, at, id, name);
  }

  #writeMade({ id, localName }: AddedChild): void {
    if (!this.changes.isBare(id)) this.#parts.newChild(id, localName);
  }

  #copyAttribute({ bytes, at }: Cursor, start: number): void {
    const attribute = this.#attribute++;
    const checkpointKey = this.changes.newKeyOf(attribute);
    const isDropped = this.changes.isDropped(attribute);
    this.#isChanged ||= isDropped || checkpointKey !== undefined;
    if (isDropped) return;
    if (checkpointKey === undefined) {
      this.#out.range(bytes, start, at);
      return;
    }
    this.#parts.attribute(bytes, start, at, checkpointKey);
  }

  #copySlot({ bytes, at }: Cursor, start: number): void {
    const { slotsOf, slotVariables } = this.moved.graph;
    const slot = this.#slot++;
    const [of, variable] = [slotsOf.at(slot), slotVariables.at(slot)];
    const originalVariableNodeId = this.moved.newIdOf(of);
    const slotVariableNodeId = this.moved.newIdOf(variable);
    const isLost = this.changes.isLost(slotVariableNodeId);
    const isSame = originalVariableNodeId === of && slotVariableNodeId === variable;
    this.#isChanged ||= isLost || !isSame;
    if (isLost) return;
    if (isSame) {
      this.#out.range(bytes, start, at);
      return;
    }
    this.#parts.slot(bytes, start, at, originalVariableNodeId, slotVariableNodeId);
  }
}

/** The bytes of a graph whose objects moved and whose values changed. */
export function writeMovedGraph(moved: MovedGraph, changes: GraphChanges): Uint8Array {
  return new GraphWriter(moved, changes).write();
}
