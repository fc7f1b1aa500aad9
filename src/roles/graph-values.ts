/** The values of variables in an object graph: which object each key belongs to, and which of them are in the checkpoint. */
import type { GraphColumns } from '../object-graph/graph-columns.ts';
import { type KeyTable, keyTableOf } from '../object-graph/key-table.ts';
import { scanTensors } from '../tensor/scan.ts';
import type { TensorFacts, TensorMap } from '../tensor/tensor.ts';

/** When so many were looked up one by one, all that are there are gone through; where there are few, at once. */
const MOST_LOOKED_UP = 64;
const [THERE, MISSING] = [1, 2];

export class GraphValues {
  readonly #keys: KeyTable;
  /** What is known of each object; 0 where nobody looked. */
  readonly #known: Uint8Array;
  #lookedUp = 0;

  constructor(
    readonly graph: GraphColumns,
    readonly tensors: TensorMap,
  ) {
    this.#keys = keyTableOf(graph);
    this.#known = new Uint8Array(graph.count);
  }

  /** The object whose value lies under a key; undefined where the graph lists no such value. */
  idOf(key: string): number | undefined {
    return this.#ownerOf(this.#keys.findText(key));
  }

  /** The same for a name of the checkpoint that a scan shows: so it is known to be there. */
  idOfFacts({ nameBytes, nameLength, nameShared, position }: TensorFacts): number | undefined {
    return this.#found(this.#keys.findNext(nameBytes, nameLength, nameShared, position));
  }

  #ownerOf(attribute: number): number | undefined {
    return attribute < 0 || !this.graph.isValue(attribute) ? undefined : this.graph.attributeOwners.at(attribute);
  }

  /** Takes note of an attribute whose key is in the checkpoint; gives its object, where it is the value of one. */
  #found(attribute: number): number | undefined {
    const { graph } = this;
    if (attribute < 0 || !graph.isValue(attribute)) return undefined;
    const id = graph.attributeOwners.at(attribute);
    // An object may list several values, of which the first is its own.
    if (this.#known[id] === 0 && this.#isOwn(id, attribute)) this.#known[id] = THERE;
    return id;
  }

  /** Whether the key of an attribute is that of the object's own value: several may have one key. */
  #isOwn(id: number, attribute: number): boolean {
    const own = this.graph.valueOf(id);
    return own === attribute || this.graph.keyAt(own) === this.graph.keyAt(attribute);
  }

  /** Whether the value of an object is in the checkpoint. */
  has(id: number): boolean {
    if (this.#known[id] === 0) this.#look(id);
    return this.#known[id] === THERE;
  }

  #look(id: number): void {
    if (this.#keys.isSmall || ++this.#lookedUp > MOST_LOOKED_UP) this.#lookThroughAll();
    else {
      const key = this.graph.keyOf(id);
      this.#known[id] = key !== undefined && this.tensors.has(key) ? THERE : MISSING;
    }
  }

  /** What is known of an object that was not found: the value of another may have its key. */
  #unfound(id: number): number {
    const own = this.graph.valueOf(id);
    if (own < 0 || !this.#keys.hasRepeated) return MISSING;
    const key = this.graph.keyAt(own);
    return this.#keys.findText(key) !== own && this.tensors.has(key) ? THERE : MISSING;
  }

  #lookThroughAll(): void {
    if (this.#keys.isSmall) for (const key of this.tensors.keys()) this.#found(this.#keys.findText(key));
    else scanTensors(this.tensors, (facts) => void this.idOfFacts(facts));
    for (let id = 0; id < this.#known.length; id++) if (this.#known[id] === 0) this.#known[id] = this.#unfound(id);
  }
}
