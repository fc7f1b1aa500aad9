/** What is left of the objects of a graph when they have moved, and values of theirs were dropped. */
import { parseKey } from './checkpoint-key.ts';
import type { GraphNotes } from './graph-notes.ts';
import type { MovedGraph } from './moved-graph.ts';
import type { NewKeys } from './new-keys.ts';
import { holdersIn, reachesValues, type ValueHolders } from './value-reach.ts';
import type { GraphChanges } from './write-moved-graph.ts';

const PART_LOST =
  'some of the values of this object were dropped; TensorFlow restores such an object whole or not at all';
const SLOTS_ONLY = 'the value was dropped but optimizer slots of it were kept; TensorFlow will count it as restored';

/** Objects by their new numbers. */
export class LeftObjects implements ValueHolders, GraphChanges {
  /** Objects that had values and have none. */
  readonly #lost: Uint8Array;
  readonly #bare: Uint8Array;

  constructor(
    readonly moved: MovedGraph,
    readonly keys: NewKeys,
  ) {
    this.#lost = new Uint8Array(moved.count);
    for (let id = 0; id < moved.count; id++) {
      if (this.stored(id) > 0 && this.left(id) === 0) this.#lost[id] = 1;
    }
    const { graph } = moved;
    const bare = new Uint8Array(moved.count);
    for (const [id, reached] of reachesValues(holdersIn(graph)).entries()) {
      if (reached !== 0) bare[moved.newIdOf(id)] = 1;
    }
    for (const [id, reached] of reachesValues(this).entries()) if (reached !== 0) bare[id] = 0;
    this.#bare = bare;
  }

  get count(): number {
    return this.moved.count;
  }

  /** How many values an object had. */
  stored(id: number): number {
    const { graph } = this.moved;
    const only = this.moved.onlyOf(id);
    if (only >= 0) return graph.attributeCount(only);
    return this.moved.wholeOf(id).reduce((sum, owner) => sum + graph.attributeCount(owner), 0);
  }

  /** How many values it has. */
  left(id: number): number {
    const only = this.moved.onlyOf(id);
    if (only >= 0) return this.#leftOf(only);
    return this.moved.wholeOf(id).reduce((sum, owner) => sum + this.#leftOf(owner), 0);
  }

  #leftOf(owner: number): number {
    const { attributes } = this.moved.graph;
    let left = 0;
    for (let i = attributes.start(owner); i < attributes.end(owner); i++) if (!this.keys.isDropped(i)) left++;
    return left;
  }

  holds(id: number): boolean {
    const { graph } = this.moved;
    const only = this.moved.onlyOf(id);
    if (only >= 0) return this.#leftOf(only) > 0 || graph.hasSaver(only) || this.#hasSlots(only);
    const whole = this.moved.wholeOf(id);
    return whole.some((owner) => this.#leftOf(owner) > 0 || graph.hasSaver(owner) || this.#hasSlots(owner));
  }

  #hasSlots(owner: number): boolean {
    const { slots, slotVariables } = this.moved.graph;
    for (let i = slots.start(owner); i < slots.end(owner); i++) {
      if (!this.isLost(this.moved.newIdOf(slotVariables.at(i)))) return true;
    }
    return false;
  }

  eachSlotted(id: number, visit: (variable: number) => void): void {
    const { slots, slotsOf, slotVariables } = this.moved.graph;
    if (slots.total === 0) return;
    this.moved.eachOf(id, (owner) => {
      for (let i = slots.start(owner); i < slots.end(owner); i++) {
        if (!this.isLost(this.moved.newIdOf(slotVariables.at(i)))) visit(this.moved.newIdOf(slotsOf.at(i)));
      }
    });
  }

  eachChild(id: number, visit: (child: number) => void): void {
    this.moved.eachChild(id, visit);
  }

  isDropped(attribute: number): boolean {
    return this.keys.isDropped(attribute);
  }

  isSame(attribute: number): boolean {
    return this.keys.isSame(attribute);
  }

  newKeyOf(attribute: number): string | undefined {
    return this.keys.keyOf(attribute);
  }

  isLost(id: number): boolean {
    return this.#lost[id] === 1;
  }

  isBare(id: number): boolean {
    return this.#bare[id] === 1;
  }

  noteLosses(notes: GraphNotes): void {
    const { graph } = this.moved;
    const isSlotted = new Uint8Array(this.count);
    for (let id = 0; id < this.count; id++) {
      this.eachSlotted(id, (variable) => {
        isSlotted[variable] = 1;
      });
    }
    for (let id = 0; id < this.count; id++) {
      const [stored, left] = [this.stored(id), this.left(id)];
      if (left === stored || (left === 0 && isSlotted[id] === 0)) continue;
      const owner = this.moved.wholeOf(id).find((one) => graph.attributeCount(one) > 0) as number;
      const key = graph.keyAt(graph.attributes.start(owner));
      notes.add(left > 0 ? PART_LOST : SLOTS_ONLY, parseKey(key)?.path ?? key);
    }
  }
}
