/**
 * Which variables of a TF2 SavedModel are trained. Each says whether it was made to be; but Keras freezes layers without
 * telling their variables, and says so in other places: in its lists of variables, in its metadata, or, in Keras 3, only by
 * what its optimizer has. Where such a place is missing it is not known.
 */
import { CorruptError } from '../errors.ts';
import type { SavedObject } from './saved-objects.ts';

/** What a SavedModel says of a variable beyond its own flag. */
type Verdict = 'trained' | 'frozen' | 'unknown';

/** What every layer of Keras 3 has below it, and none of Keras 2. */
const LAYER_MARKS = ['_losses_override', '_inbound_nodes'];
/** What every optimizer of Keras 3 has. */
const OPTIMIZER_MARKS = ['_trainable_variables', '_iterations'];
/** One list may belong to many objects, and is read for each; no program has so many. */
const MOST_LISTED = 2 ** 24;

export class TrainedObjects {
  readonly #objects: readonly SavedObject[];
  readonly #verdicts = new Map<number, Verdict>();
  #listed = 0;

  /** `frozenLayers` are the numbers of the objects that Keras' metadata calls not trained. */
  constructor(objects: readonly SavedObject[], frozenLayers: ReadonlySet<number>) {
    this.#objects = objects;
    this.#readOptimizers();
    for (const id of objects.keys()) this.#readLists(id);
    for (const id of objects.keys()) if (objects[id]?.isFrozen === true || frozenLayers.has(id)) this.#freeze(id);
    for (const { slots } of objects) {
      for (const { slotVariableNodeId } of slots.values()) this.#verdicts.set(slotVariableNodeId, 'frozen');
    }
    for (const id of objects.keys()) this.#readCopies(id);
  }

  /** Whether a variable is trained; undefined where the file does not say. */
  isTrained(id: number): boolean | undefined {
    const verdict = this.#verdicts.get(id);
    if (verdict === undefined) return this.#objects[id]?.variable?.trainable;
    return verdict === 'unknown' ? undefined : verdict === 'trained';
  }

  /** The numbers of the variables in the list that an object has under a name; undefined where it has no such list. */
  #list(id: number, name: string): readonly number[] | undefined {
    const list = this.#objects[this.#child(id, name) ?? -1];
    if (list === undefined || list.variable !== undefined) return undefined;
    this.#listed += list.children.size;
    if (this.#listed > MOST_LISTED) {
      throw new CorruptError('the lists of variables in the object graph are too long', { where: 'object_graph_def' });
    }
    return [...list.children.values()].filter((item) => this.#objects[item]?.variable !== undefined);
  }

  #child(id: number, name: string): number | undefined {
    return this.#objects[id]?.children.get(name);
  }

  /** Keras' lists of variables: who is in one and not in the other is frozen, whatever else may be said of it. */
  #readLists(id: number): void {
    const trainable = this.#list(id, 'trainable_variables');
    const trained = new Set(trainable);
    const others = this.#list(id, 'non_trainable_variables') ?? [];
    const all = trainable === undefined ? [] : (this.#list(id, 'variables') ?? []);
    for (const item of trained) if (this.#verdicts.get(item) !== 'frozen') this.#verdicts.set(item, 'trained');
    for (const item of [...all, ...others]) if (!trained.has(item)) this.#verdicts.set(item, 'frozen');
  }

  /** All variables of a layer that Keras' metadata calls not trained. */
  #freeze(id: number): void {
    const own = this.#objects[id]?.children.values() ?? [];
    for (const item of [...own, ...(this.#list(id, 'variables') ?? [])]) {
      if (this.#objects[item]?.variable !== undefined) this.#verdicts.set(item, 'frozen');
    }
  }

  #isOptimizer(id: number): boolean {
    return OPTIMIZER_MARKS.every((name) => this.#child(id, name) !== undefined);
  }

  #isKeras3Layer(id: number): boolean {
    return LAYER_MARKS.every((name) => this.#child(id, name) !== undefined);
  }

  /** The objects that can be reached from some, those included, without passing through an optimizer. */
  #reachable(from: readonly number[]): Set<number> {
    const reached = new Set(from);
    for (const id of reached) {
      if (this.#isOptimizer(id)) continue;
      for (const child of this.#objects[id]?.children.values() ?? []) reached.add(child);
    }
    return reached;
  }

  /**
   * Keras 3 says that a variable is frozen only where a model that was compiled has an optimizer without it. Variables of
   * layers in no such model may be frozen or not.
   */
  #readOptimizers(): void {
    const ids = [...this.#objects.keys()];
    const trained = new Set(
      ids.filter((id) => this.#isOptimizer(id)).flatMap((id) => this.#list(id, '_trainable_variables') ?? []),
    );
    const layers = ids.filter((id) => this.#isKeras3Layer(id));
    const compiled = layers.filter((id) => this.#hasTrained(this.#child(id, 'optimizer')));
    const inCompiled = this.#reachable(compiled);
    for (const id of this.#reachable(layers)) {
      if (this.#objects[id]?.variable?.trainable === true)
        this.#verdicts.set(id, inCompiled.has(id) ? 'frozen' : 'unknown');
    }
    for (const id of trained) this.#verdicts.set(id, 'trained');
  }

  #hasTrained(optimizer: number | undefined): boolean {
    if (optimizer === undefined || !this.#isOptimizer(optimizer)) return false;
    return (this.#list(optimizer, '_trainable_variables')?.length ?? 0) > 0;
  }

  /** `Model.export` of Keras 3 stores every variable a second time in `_all_variables`, in another order and by its name. */
  #readCopies(id: number): void {
    const copies = this.#list(id, '_all_variables');
    const originals = this.#list(id, 'variables');
    if (copies === undefined || originals === undefined) return;
    const answers = new Map<string, boolean | undefined>();
    for (const original of originals) {
      const { name = '' } = this.#objects[original]?.variable ?? {};
      const answer = this.isTrained(original);
      answers.set(name, answers.has(name) && answers.get(name) !== answer ? undefined : answer);
    }
    const isOriginal = new Set(originals);
    for (const copy of copies) {
      const { name = '' } = this.#objects[copy]?.variable ?? {};
      if (isOriginal.has(copy) || !answers.has(name)) continue;
      const answer = answers.get(name);
      this.#verdicts.set(copy, answer === undefined ? 'unknown' : answer ? 'trained' : 'frozen');
    }
  }
}
