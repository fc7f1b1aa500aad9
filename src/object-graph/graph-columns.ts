/**
 * The object graph of a TF2 checkpoint as columns of numbers: whose child each object is, and where in the bytes of the graph
 * the names stand, which are decoded when somebody asks. A graph of a hundred thousand variables is read in the time that it
 * takes to go through its bytes, and takes little more memory than they do; `object-graph.ts` has it as objects, to be changed.
 */

import { SmallColumn } from '../bytes/column.ts';
import { KnownTexts } from '../bytes/known-texts.ts';
import { decodeText, hasAt } from '../bytes/text.ts';
import type { NameSet } from './name-set.ts';
import { VARIABLE_VALUE } from './object-graph-key.ts';

/** References of one kind, in the order of the objects that have them: those of object `id` go from `start(id)` to `end(id)`. */
export class References {
  total = 0;
  /** Ends with the last object that has any. */
  readonly #starts = new SmallColumn();

  reserve(factor: number): void {
    this.#starts.reserve(Math.ceil(factor * this.#starts.length));
  }

  add(id: number): void {
    while (this.#starts.length <= id) this.#starts.push(this.total);
    this.total++;
  }

  start(id: number): number {
    return id >= 0 && id < this.#starts.length ? this.#starts.at(id) : this.total;
  }

  end(id: number): number {
    return this.start(id + 1);
  }
}

/** Whether a number is one of some that ascend. */
function isAmong(numbers: SmallColumn, wanted: number): boolean {
  let [low, high] = [0, numbers.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (numbers.at(middle) < wanted) low = middle + 1;
    else high = middle;
  }
  return low < numbers.length && numbers.at(low) === wanted;
}

/** Longer names seldom come again. */
const LONGEST_KEPT = 32;
const VALUE_NAME = new TextEncoder().encode(VARIABLE_VALUE);

/** Numbers of objects are those of the graph; node 0 is the root, and references may lead nowhere. */
export class GraphColumns {
  /** How many objects there are. */
  count = 0;
  readonly children = new References();
  readonly childIds = new SmallColumn();
  /** Names and keys by where they stand: the place of the length before their bytes; 0 for none, as the graph begins with a tag. */
  readonly childNames = new SmallColumn();
  readonly attributes = new References();
  /** The object of each attribute. */
  readonly attributeOwners = new SmallColumn();
  readonly attributeNames = new SmallColumn();
  /** Where `VARIABLE_VALUE` stands for all attributes that are called so; -1 where none is. */
  valueName = -1;
  readonly fullNames = new SmallColumn();
  readonly keys = new SmallColumn();
  /** The attributes that a program can do without, ascending: there are hardly any. */
  readonly optional = new SmallColumn();
  readonly slots = new References();
  /** The object that has each slot: an optimizer. */
  readonly slotOwners = new SmallColumn();
  readonly slotsOf = new SmallColumn();
  readonly slotNames = new SmallColumn();
  readonly slotVariables = new SmallColumn();
  /** The objects with a saver of their own, ascending. */
  readonly savers = new SmallColumn();
  readonly #texts = new KnownTexts();
  #start = 0;
  #end = 0;

  constructor(readonly bytes: Uint8Array) {}

  /** Makes room for so many times what there is. */
  reserve(factor: number): void {
    for (const references of [this.children, this.attributes, this.slots]) references.reserve(factor);
    const { childIds, childNames, attributeOwners, attributeNames, fullNames, keys } = this;
    const { slotOwners, slotsOf, slotNames, slotVariables } = this;
    const values = [attributeOwners, attributeNames, fullNames, keys];
    for (const column of [childIds, childNames, ...values, slotOwners, slotsOf, slotNames, slotVariables]) {
      column.reserve(Math.ceil(factor * column.length));
    }
  }

  /** Finds the text at a place; `start` and `end` say where its bytes are, until the next call. */
  locate(place: number): void {
    const { bytes } = this;
    let at = place;
    let length = 0;
    if (place > 0) {
      let byte = bytes[at++] as number;
      length = byte & 0x7f;
      // It was read before: it is not longer than the graph.
      for (let factor = 0x80; byte >= 0x80; factor *= 0x80) {
        byte = bytes[at++] as number;
        length += (byte & 0x7f) * factor;
      }
    }
    this.#start = at;
    this.#end = at + length;
  }

  get start(): number {
    return this.#start;
  }

  get end(): number {
    return this.#end;
  }

  /** The text at a place. */
  textAt(place: number): string {
    this.locate(place);
    if (this.#start === this.#end) return '';
    if (this.#end - this.#start <= LONGEST_KEPT) return this.#texts.of(this.bytes, this.#start, this.#end);
    return decodeText(this.bytes, this.#start, this.#end);
  }

  /** Whether the text at a place is this one. */
  isText(place: number, text: Uint8Array): boolean {
    this.locate(place);
    return this.#end - this.#start === text.length && hasAt(this.bytes, this.#start, text);
  }

  childName(child: number): string {
    return this.textAt(this.childNames.at(child));
  }

  /** Whether the name of a child is one of some. */
  isCalled(child: number, names: NameSet): boolean {
    this.locate(this.childNames.at(child));
    return names.has(this.bytes, this.#start, this.#end);
  }

  /** Whether a child is called by a number, as the elements of lists are. */
  isNumbered(child: number): boolean {
    this.locate(this.childNames.at(child));
    let at = this.#start;
    while (at < this.#end && (this.bytes[at] as number) >= 0x30 && (this.bytes[at] as number) <= 0x39) at++;
    return at > this.#start && at === this.#end;
  }

  /** The child of an object that is called so, the first of a name; undefined where there is none. */
  childOf(id: number, name: Uint8Array): number | undefined {
    for (let i = this.children.start(id); i < this.children.end(id); i++) {
      if (this.isText(this.childNames.at(i), name)) return this.childIds.at(i);
    }
    return undefined;
  }

  /** The children of an object by name; the first of a name counts. */
  *childrenOf(id: number): Generator<readonly [name: string, id: number]> {
    for (let i = this.children.start(id); i < this.children.end(id); i++)
      yield [this.childName(i), this.childIds.at(i)];
  }

  /** The attribute under which a variable keeps its value, the first of them; -1 for an object that is no variable. */
  valueOf(id: number): number {
    const end = this.attributes.end(id);
    for (let i = this.attributes.start(id); i < end; i++) if (this.isValue(i)) return i;
    return -1;
  }

  /** The place that stands for the name of an attribute: nearly all are called alike. */
  placeOfName(place: number): number {
    if (!this.isText(place, VALUE_NAME)) return place;
    if (this.valueName < 0) this.valueName = place;
    return this.valueName;
  }

  /** How many attributes an object has. */
  attributeCount(id: number): number {
    return this.attributes.end(id) - this.attributes.start(id);
  }

  isVariable(id: number): boolean {
    return this.valueOf(id) >= 0;
  }

  /** Whether an attribute is the value of a variable. */
  isValue(attribute: number): boolean {
    return this.attributeNames.at(attribute) === this.valueName;
  }

  /** Whether a program can do without an attribute. */
  isOptional(attribute: number): boolean {
    return isAmong(this.optional, attribute);
  }

  hasSaver(id: number): boolean {
    return isAmong(this.savers, id);
  }

  keyAt(attribute: number): string {
    return this.textAt(this.keys.at(attribute));
  }

  /** The key of a variable's value; undefined for an object that is no variable. */
  keyOf(id: number): string | undefined {
    const value = this.valueOf(id);
    return value < 0 ? undefined : this.keyAt(value);
  }

  /** What the program calls a variable; empty where the graph does not tell, and of an object that is no variable. */
  fullNameOf(id: number): string {
    const value = this.valueOf(id);
    return value < 0 ? '' : this.textAt(this.fullNames.at(value));
  }
}
