/**
 * What the optimizers of an object graph know of its variables, by the numbers of their objects: a number each, for a graph may
 * list a million. Where the graph itself lists a slot, that is all there is to keep.
 */
import { SmallColumn } from '../bytes/column.ts';
import { TextMap } from '../bytes/text-map.ts';
import type { GraphColumns } from '../object-graph/graph-columns.ts';

export interface FoundSlot {
  /** The variable that the optimizer trains; undefined where nothing tells. */
  readonly of?: number;
  readonly slot: string;
  /** The optimizer that keeps it. */
  readonly optimizer: number;
  /** The optimizer's list that it is in; none of an optimizer of TensorFlow or Keras 2. */
  readonly list?: string;
}

/** A number for each object of a graph, 0 for most; made when the first is given. Objects that are not there have none. */
export class ObjectNumbers {
  #numbers: Int32Array | undefined;

  constructor(readonly count: number) {}

  of(id: number): number {
    return this.#numbers?.[id] ?? 0;
  }

  give(id: number, number: number): void {
    this.#numbers ??= new Int32Array(this.count);
    if (id < this.count) this.#numbers[id] = number;
  }
}

/** Objects in the order in which they were added, each once. */
export class ObjectSet {
  readonly #flags: ObjectNumbers;
  readonly #ids = new SmallColumn();

  constructor(count: number) {
    this.#flags = new ObjectNumbers(count);
  }

  add(id: number): void {
    if (id >= this.#flags.count || this.has(id)) return;
    this.#flags.give(id, 1);
    this.#ids.push(id);
  }

  has(id: number): boolean {
    return this.#flags.of(id) !== 0;
  }

  get size(): number {
    return this.#ids.length;
  }

  *[Symbol.iterator](): Generator<number> {
    for (let i = 0; i < this.#ids.length; i++) yield this.#ids.at(i);
  }
}

/** Slots by their objects. */
export class FoundSlots {
  /** One more than the slot of the graph that lists it; below 0, one more than its place among the others, turned around. */
  readonly #numbers: ObjectNumbers;
  readonly #others: FoundSlot[] = [];
  readonly #ids = new SmallColumn();
  /** The others by their optimizers. */
  readonly #byOptimizer = new Map<number, number[]>();

  constructor(readonly graph: GraphColumns) {
    this.#numbers = new ObjectNumbers(graph.count);
  }

  has(id: number): boolean {
    return this.#numbers.of(id) !== 0;
  }

  get(id: number): FoundSlot | undefined {
    const number = this.#numbers.of(id);
    if (number <= 0) return number === 0 ? undefined : this.#others[-1 - number];
    const { slotsOf, slotOwners, slotNames } = this.graph;
    const slot = number - 1;
    return {
      of: slotsOf.at(slot),
      slot: this.graph.textAt(slotNames.at(slot)),
      optimizer: slotOwners.at(slot),
    };
  }

  /** Adds a slot that the graph lists, by its number there. */
  addListed(slot: number): void {
    this.#numbers.give(this.graph.slotVariables.at(slot), slot + 1);
  }

  set(id: number, found: FoundSlot): void {
    const number = this.#numbers.of(id);
    if (number < 0) this.#others[-1 - number] = found;
    else if (id < this.graph.count) {
      this.#numbers.give(id, -this.#others.push(found));
      this.#ids.push(id);
      const ids = this.#byOptimizer.get(found.optimizer) ?? [];
      this.#byOptimizer.set(found.optimizer, ids);
      ids.push(id);
    }
  }

  /** Those who keep slots that the graph does not list as theirs: optimizers, and owners of tables. */
  keepers(): Iterable<number> {
    return this.#byOptimizer.keys();
  }

  /** The slots of an optimizer: those that the graph lists first. */
  *ofOptimizer(optimizer: number): Generator<number> {
    const { slots, slotVariables } = this.graph;
    for (let slot = slots.start(optimizer); slot < slots.end(optimizer); slot++) {
      const id = slotVariables.at(slot);
      if (this.#numbers.of(id) === slot + 1) yield id;
    }
    for (const id of this.#byOptimizer.get(optimizer) ?? []) if (this.get(id)?.optimizer === optimizer) yield id;
  }

  /** Those that the graph lists come first, in its order. */
  *[Symbol.iterator](): Generator<readonly [id: number, found: FoundSlot]> {
    const { slots, slotVariables } = this.graph;
    for (let slot = 0; slot < slots.total; slot++) {
      const id = slotVariables.at(slot);
      if (this.#numbers.of(id) === slot + 1) yield [id, this.get(id) as FoundSlot];
    }
    for (let i = 0; i < this.#ids.length; i++) {
      const id = this.#ids.at(i);
      if (this.#numbers.of(id) === -1 - i) yield [id, this.#others[i] as FoundSlot];
    }
  }
}

/** Slots have few names; of a graph that has more, what is said is made again. */
const MOST_PHRASES = 1024;

/** Variables that are trained, each with a phrase that says how that is known. */
export class TrainedVariables {
  /** As of slots: a slot that the graph lists, or a phrase. */
  readonly #numbers: ObjectNumbers;
  readonly #phrases: string[] = [];
  readonly #known = new TextMap<number>();
  /** What is said of slots that the graph lists, by their names. */
  readonly #listed = new TextMap<string>();
  /** Whether any is known, were it of an object that is not there. */
  any = false;

  constructor(readonly graph: GraphColumns) {
    this.#numbers = new ObjectNumbers(graph.count);
  }

  has(id: number): boolean {
    return this.#numbers.of(id) !== 0;
  }

  /** How it is known that a variable is trained; undefined where it is not known. */
  get(id: number): string | undefined {
    const number = this.#numbers.of(id);
    if (number <= 0) return number === 0 ? undefined : this.#phrases[-1 - number];
    return this.#listedPhrase(this.graph.textAt(this.graph.slotNames.at(number - 1)));
  }

  #listedPhrase(slot: string): string {
    const phrase = this.#listed.get(slot) ?? `an optimizer keeps the slot ${slot} for it`;
    if (this.#listed.size < MOST_PHRASES) this.#listed.set(slot, phrase);
    return phrase;
  }

  /** Adds the variable of a slot that the graph lists, unless it is known. */
  addListed(slot: number): void {
    this.any = true;
    const id = this.graph.slotsOf.at(slot);
    if (!this.has(id)) this.#numbers.give(id, slot + 1);
  }

  set(id: number, why: string): void {
    this.any = true;
    let number = this.#known.get(why);
    if (number === undefined) {
      number = -this.#phrases.push(why);
      this.#known.set(why, number);
    }
    this.#numbers.give(id, number);
  }

  *ids(): Generator<number> {
    for (let id = 0; id < this.graph.count; id++) if (this.has(id)) yield id;
  }
}
