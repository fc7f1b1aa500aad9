/** What becomes of the values of an object graph whose keys change. */
import { formatKey, parseKey, staysRestorable } from './checkpoint-key.ts';
import type { GraphColumns } from './graph-columns.ts';
import type { GraphNotes } from './graph-notes.ts';

const NAME_ONLY =
  'TensorFlow restores an object only from a key that ends as before, from .ATTRIBUTES/ on; the object graph leaves this value out, and programs find it by its name';

/** What becomes of a value; most are kept. */
const [DROPPED, ABSENT, RENAMED] = [1, 2, 3];

/** What was done to the keys of a graph, by the numbers of the values. */
export interface KeyChanges {
  /** Whether a value is there under its old key, as far as that is seen at once. */
  isSame(attribute: number): boolean;
  /** The key of a value now; nothing for one that was dropped. Asked again for each key that changes: a graph may list millions. */
  newKeyOf(attribute: number): string | undefined;
  /** Whether a key is one under which the checkpoint never had a value. */
  isAbsent(attribute: number): boolean;
}

/** What becomes of each value of a graph. */
export class NewKeys {
  /** Whether any value is dropped, or has another key. */
  changes = false;
  /** Whether a value that is there is left out, for TensorFlow would not restore an object from it. */
  leavesOut = false;
  readonly #kinds: Uint8Array;
  /** The keys of those that go where their objects go. */
  readonly #followed = new Map<number, string>();

  constructor(
    readonly graph: GraphColumns,
    readonly asked: KeyChanges,
    notes: GraphNotes,
  ) {
    const { total } = graph.attributes;
    this.#kinds = new Uint8Array(total);
    for (let attribute = 0; attribute < total; attribute++) {
      if (!asked.isSame(attribute)) this.#judge(attribute, notes);
    }
  }

  #judge(attribute: number, notes: GraphNotes): void {
    const old = this.graph.keyAt(attribute);
    const key = this.asked.newKeyOf(attribute);
    if (this.asked.isAbsent(attribute) && (key === undefined || key === old)) this.#kinds[attribute] = ABSENT;
    else if (key === undefined) this.#change(attribute, DROPPED);
    else if (!staysRestorable(old, key)) {
      notes.add(NAME_ONLY, key);
      this.leavesOut = true;
      this.#change(attribute, DROPPED);
    } else if (key !== old) this.#change(attribute, RENAMED);
  }

  #change(attribute: number, kind: number): void {
    this.#kinds[attribute] = kind;
    this.changes = true;
  }

  isDropped(attribute: number): boolean {
    return this.#kinds[attribute] === DROPPED;
  }

  isAbsent(attribute: number): boolean {
    return this.#kinds[attribute] === ABSENT;
  }

  /** Whether a value stays under its key. */
  isSame(attribute: number): boolean {
    return !this.isDropped(attribute) && this.#kinds[attribute] !== RENAMED && !this.#followed.has(attribute);
  }

  /** The new key of a value that has another one than before. */
  keyOf(attribute: number): string | undefined {
    if (this.#kinds[attribute] === RENAMED) return this.asked.newKeyOf(attribute);
    return this.#followed.get(attribute);
  }

  /** Gives a value that never was in the checkpoint the path of its object. */
  follow(attribute: number, path: () => string): void {
    const parts = this.isAbsent(attribute) ? parseKey(this.graph.keyAt(attribute)) : undefined;
    if (parts !== undefined) this.#followed.set(attribute, formatKey({ ...parts, path: path() }));
  }
}
