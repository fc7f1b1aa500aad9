/** What becomes of the keys that an object graph lists, by the names of the tensors before and after surgery: no set of names is made. */
import { TextMap, TextSet } from '../bytes/text-map.ts';
import { staysRestorable } from '../object-graph/checkpoint-key.ts';
import type { GraphColumns } from '../object-graph/graph-columns.ts';
import { type KeyTable, keyTableOf } from '../object-graph/key-table.ts';
import { isNeeded, mayBeForgotten } from '../object-graph/listed-keys.ts';
import type { KeyChanges } from '../object-graph/new-keys.ts';
import type { TensorMap } from '../tensor/tensor.ts';

/** The new name of a tensor, told also where it stands among all where that is known; nothing for one that was dropped. */
export type NewNameOf = (name: string, position?: number) => string | undefined;

/** Of the last value that has a key: a tensor has it, the tensor is there still, under the same name; no tensor has it though one must. */
const [STORED, THERE, SAME, MISSING] = [1, 2, 4, 8];

/** A tensor whose name begins with a key and goes on: a lookup table lists `.../table` and stores `.../table-keys`. */
interface Longer {
  readonly name: string;
  isThere: boolean;
}

/** So many keys are told of those that are missing. */
export const MOST_EXAMPLES = 5;

export class KeysAfter implements KeyChanges {
  /** Keys of variables that the checkpoint does not have: TensorFlow would stop at them, so they go. The first, and how many. */
  readonly missing: { readonly examples: string[]; count: number } = { examples: [], count: 0 };
  /** Whether each tensor that there is now is known to be the value of a key, or cannot be one. */
  allListed = true;
  readonly #keys: KeyTable;
  readonly #states: Uint8Array;
  readonly #longer = new Map<number, Longer>();

  constructor(
    readonly graph: GraphColumns,
    before: TensorMap,
    after: TensorMap,
    readonly newNameOf: NewNameOf,
  ) {
    this.#keys = keyTableOf(graph);
    this.#states = new Uint8Array(graph.attributes.total);
    const elsewhere = this.#follow(before, after);
    for (const attribute of this.#longer.keys()) if (this.#has(attribute, STORED)) this.#longer.delete(attribute);
    if (this.#longer.size > 0 || graph.savers.length > 0) this.allListed = false;
    this.#findMissing();
    if (elsewhere.length > 0 || [...this.#longer.values()].some(({ isThere }) => !isThere)) {
      this.#lookUp(after, elsewhere);
    }
  }

  #has(attribute: number, state: number): boolean {
    return ((this.#states[attribute] as number) & state) !== 0;
  }

  #set(attribute: number, state: number): void {
    this.#states[attribute] = (this.#states[attribute] as number) | state;
  }

  /**
   * Goes through the names before and after side by side: what is kept nearly always has its order. Returns the keys whose
   * new names did not come in their turn.
   */
  #follow(before: TensorMap, after: TensorMap): number[] {
    const names = after.keys();
    let turn = names.next();
    const elsewhere: number[] = [];
    let position = 0;
    for (const name of before.keys()) {
      const next = this.newNameOf(name, position++);
      const isTurn = next !== undefined && turn.done !== true && turn.value === next;
      const attribute = this.#keys.findText(name);
      if (attribute >= 0) {
        this.#set(attribute, STORED);
        if (isTurn) this.#set(attribute, next === name ? THERE | SAME : THERE);
        else if (next !== undefined) elsewhere.push(attribute);
      } else if (isTurn && mayBeForgotten(next)) this.allListed = false;
      this.#noteBeginnings(name, isTurn);
      if (isTurn) turn = names.next();
    }
    if (turn.done !== true) this.allListed = false;
    return elsewhere;
  }

  #noteBeginnings(name: string, isThere: boolean): void {
    if (!name.includes('-')) return;
    this.#keys.eachBeginning(name, (attribute) => {
      if (!this.#longer.has(attribute)) this.#longer.set(attribute, { name, isThere });
    });
  }

  /** Looks for new names anywhere: a look into an index on disk costs more than a walk. */
  #lookUp(after: TensorMap, attributes: readonly number[]): void {
    const wanted = new TextMap<number[]>();
    for (const attribute of attributes) {
      const next = this.newNameOf(this.graph.keyAt(attribute)) as string;
      const others = wanted.get(next);
      if (others === undefined) wanted.set(next, [attribute]);
      else others.push(attribute);
    }
    const longer = [...this.#longer.values()];
    const names = new TextSet(longer.flatMap(({ name }) => this.newNameOf(name) ?? []));
    const found = new TextSet();
    for (const name of after.keys()) {
      for (const attribute of wanted.get(name) ?? []) {
        this.#set(attribute, name === this.graph.keyAt(attribute) ? THERE | SAME : THERE);
      }
      if (names.has(name)) found.add(name);
    }
    for (const one of longer) {
      const next = this.newNameOf(one.name);
      one.isThere = next !== undefined && found.has(next);
    }
  }

  #findMissing(): void {
    const { graph } = this;
    for (let attribute = 0; attribute < graph.attributes.total; attribute++) {
      if (!isNeeded(graph, attribute)) continue;
      const last = this.#lastOf(attribute);
      if (this.#has(last, STORED | MISSING) || this.#longer.has(last)) continue;
      this.#set(last, MISSING);
      if (this.missing.count++ < MOST_EXAMPLES) this.missing.examples.push(graph.keyAt(attribute));
    }
  }

  /** Of several values that have one key the last: what is known of the key is known of that. */
  #lastOf(attribute: number): number {
    return this.#keys.lastWithKeyOf(attribute);
  }

  isSame(attribute: number): boolean {
    return this.#has(this.#lastOf(attribute), SAME);
  }

  isAbsent(attribute: number): boolean {
    const last = this.#lastOf(attribute);
    return !this.#has(last, STORED | MISSING) && !this.#longer.has(last);
  }

  newKeyOf(attribute: number): string | undefined {
    const last = this.#lastOf(attribute);
    if (this.#has(last, MISSING)) return undefined;
    const key = this.graph.keyAt(attribute);
    if (this.#has(last, SAME)) return key;
    if (this.#has(last, STORED)) return this.#has(last, THERE) ? this.newNameOf(key) : undefined;
    const longer = this.#longer.get(last);
    if (longer === undefined) return this.newNameOf(key);
    const next = longer.isThere ? this.newNameOf(longer.name) : undefined;
    const ending = longer.name.slice(key.length);
    if (next === undefined) return undefined;
    return next.endsWith(ending) ? next.slice(0, -ending.length) : key;
  }

  /** Whether the checkpoint had values under any key of the graph. */
  get hadAny(): boolean {
    return this.#longer.size > 0 || this.#states.some((state) => (state & STORED) !== 0);
  }

  /** Whether it has one left under the key of an object. */
  get keepsAny(): boolean {
    for (let attribute = 0; attribute < this.#states.length; attribute++) {
      if (this.#has(attribute, SAME)) return true;
      if (!this.#has(attribute, STORED) && !this.#longer.has(attribute)) continue;
      const next = this.newKeyOf(attribute);
      if (next !== undefined && staysRestorable(this.graph.keyAt(attribute), next)) return true;
    }
    return false;
  }
}
