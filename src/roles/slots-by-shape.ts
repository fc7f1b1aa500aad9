/**
 * What the numbers of slots and of variables of each shape say of what is trained, where nothing tells whose a slot is: keys of
 * lists (`optimizer/_variables/3`), and names that Keras gives no variable (`training/Adam/Variable_3`).
 */

import { lastName, parentPath } from '../object-graph/checkpoint-key.ts';
import { VALUE_ENDING } from '../object-graph/object-graph-key.ts';
import { IS_TRAINED } from './guessed-role.ts';
import type { KnownNames } from './known-names.ts';
import type { RoleFacts, TensorRole, Trainable } from './role.ts';
import { OF_AVERAGES } from './role-words.ts';

/** Nobody makes models in deeper scopes; and names come from a file. */
const MOST_SCOPES = 32;
/** Shapes of what optimizers keep besides slots: scalars, and what Keras puts where it needs no slot. */
const BESIDE: ReadonlySet<string> = new Set(['', '1']);
const COUNTER = /(?:^|\/)_?iter(?:ation)?s?(?:\/\.ATTRIBUTES\/VARIABLE_VALUE)?$/;

/**
 * Whether variables are those of models of which each has a twin, as a teacher, a target or an average of a model is: by the
 * first name that they do not all begin with. Then as many slots may be two of each variable of one, or one of each of both.
 */
function areTwins(variables: readonly (readonly [name: string, shape: string])[]): boolean {
  const paths = variables.map(([name]) => name.split('/', MOST_SCOPES));
  const [first = []] = paths;
  let depth = 0;
  while (depth < first.length - 1 && paths.every((path) => path[depth] === first[depth])) depth++;
  const models = new Map<string, string[]>();
  for (const [i, [, shape]] of variables.entries()) {
    const model = paths[i]?.[depth] ?? '';
    const shapes = models.get(model);
    if (shapes === undefined) models.set(model, [shape]);
    else shapes.push(shape);
  }
  const counts = new Map<string, number>();
  for (const shapes of models.values()) {
    const key = shapes.sort().join(' ');
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts.size > 0 && [...counts.values()].every((count) => count > 1);
}

/** What one layer tells of another goes through few shapes. */
const MOST_ROUNDS = 8;

const pathOf = (name: string): string => (name.endsWith(VALUE_ENDING) ? name.slice(0, -VALUE_ENDING.length) : name);
/** The scope or the object that a variable lies in. */
export const layerOf = (name: string): string => parentPath(pathOf(name)) ?? '';

/** The object or scope that keeps a slot: `optimizer` of `optimizer/_variables/3`. */
function ownerOf(name: string): string {
  const path = pathOf(name);
  const list = parentPath(path) ?? '';
  return /^\d+$/.test(lastName(path)) ? (parentPath(list) ?? '') : list;
}

function commonDivisor(a: number, b: number): number {
  return b === 0 ? a : commonDivisor(b, a % b);
}

const increment = (counts: Map<string, number>, key: string): void => {
  counts.set(key, (counts.get(key) ?? 0) + 1);
};

/** Slots and variables, counted by shape. */
export class SlotsByShape {
  readonly #slots = new Map<string, number>();
  readonly #owners = new Set<string>();
  #counters = 0;
  readonly #variables = new Map<string, number>();
  /** Their names, by shape. */
  readonly #names = new Map<string, string[]>();
  /** Those of them that are known to be trained. */
  readonly #listed = new Map<string, number>();
  /** The others. */
  readonly #named: [name: string, shape: string][] = [];
  /** How many slots each trained variable has, where the numbers leave but one answer. */
  #each: number | undefined;
  readonly #told = new Map<string, Trainable>();
  readonly #only = new Map<string, string | undefined>();
  #isEven = false;

  constructor(names: Pick<KnownNames, 'each'>, roleOf: (name: string, facts: RoleFacts) => TensorRole | undefined) {
    names.each((name, facts) => {
      const role = roleOf(name, facts);
      if (role !== undefined) this.#add(name, facts.shape.join(), role);
    });
    this.#each = this.#slotsOfEach();
    if (this.#each !== undefined) this.#judge(this.#each);
    const shared = [...this.#slots].filter(([shape]) => this.#variables.has(shape));
    const ratios = shared.map(([shape, count]) => count / (this.#variables.get(shape) as number));
    this.#isEven =
      ratios.length > 0 &&
      ratios.every((ratio) => ratio === ratios[0] && Number.isInteger(ratio)) &&
      this.#listed.size === 0 &&
      !areTwins(this.#named);
  }

  #add(name: string, shape: string, told: TensorRole): void {
    if (told.role === 'slot' && !OF_AVERAGES.has(told.slot ?? '')) {
      increment(this.#slots, shape);
      this.#owners.add(ownerOf(name));
    } else if (told.role === 'step' && COUNTER.test(name)) this.#counters++;
    else if (told.role !== 'weight' || told.trainable !== 'yes') return;
    else {
      increment(this.#variables, shape);
      const alike = this.#names.get(shape);
      if (alike === undefined) this.#names.set(shape, [name]);
      else alike.push(name);
      if (told === IS_TRAINED) {
        increment(this.#listed, shape);
        this.#told.set(name, 'yes');
      } else this.#named.push([name, shape]);
    }
  }

  /** A variable has none or all, so that their number divides that of every shape, and no shape has more than its variables can. */
  #slotsOfEach(): number | undefined {
    let [least, common] = [1, 0];
    for (const [shape, slots] of this.#slots) {
      if (BESIDE.has(shape)) continue;
      const variables = this.#variables.get(shape);
      if (variables === undefined) return undefined;
      least = Math.max(least, Math.ceil(slots / variables));
      common = commonDivisor(common, slots);
    }
    for (let smaller = least; smaller <= common / 2; smaller++) if (common % smaller === 0) return undefined;
    return common >= least ? common : undefined;
  }

  /** The names of variables that are trained, and of those that are not, by what is known of their shapes and layers. */
  #judge(each: number): void {
    const shapes = new Map<string, string[]>();
    for (const [name, shape] of this.#named) {
      const alike = shapes.get(shape);
      if (alike === undefined) shapes.set(shape, [name]);
      else alike.push(name);
    }
    const layers = new Map<string, Trainable>();
    for (let known = -1, round = 0; known < this.#told.size && round < MOST_ROUNDS; round++) {
      known = this.#told.size;
      for (const [shape, names] of shapes) {
        if (names.every((name) => this.#told.has(name))) continue;
        const trained = (this.#slots.get(shape) ?? 0) / each - (this.#listed.get(shape) ?? 0);
        const frozen = names.filter((name) => layers.get(layerOf(name)) === 'no');
        const unsure = names.filter((name) => layers.get(layerOf(name)) !== 'yes');
        if (trained === names.length - frozen.length) this.#tell(names, new Set(frozen), layers);
        else if (trained === names.length - unsure.length) this.#tell(names, new Set(unsure), layers);
      }
    }
  }

  /** Layers are trained or frozen as a whole; one of which both is told tells nothing of others. */
  #tell(names: readonly string[], frozen: ReadonlySet<string>, layers: Map<string, Trainable>): void {
    for (const name of names) {
      const told = frozen.has(name) ? 'no' : 'yes';
      this.#told.set(name, told);
      const layer = layerOf(name);
      layers.set(layer, (layers.get(layer) ?? told) === told ? told : 'unknown');
    }
  }

  /** The variable that all slots of a shape belong to: the only one of it that is trained. */
  variableOf(shape: string): string | undefined {
    if (!this.#only.has(shape)) this.#only.set(shape, this.#onlyTrained(shape));
    return this.#only.get(shape);
  }

  #onlyTrained(shape: string): string | undefined {
    if (this.isOpen) return undefined;
    const [first, second] = (this.#names.get(shape) ?? []).filter((name) => this.trained(name, shape) === 'yes');
    if (second !== undefined) return undefined;
    return this.#each === undefined || this.#slots.get(shape) === this.#each ? first : undefined;
  }

  /** Whether the numbers of slots tell nothing of any variable. */
  get isOpen(): boolean {
    return this.#each === undefined && !this.#isEven;
  }

  /** Whether a variable is trained, or nobody can tell. */
  trained(name: string, shape: string): Trainable {
    if (this.#each === undefined) return this.#isEven && this.#slots.has(shape) ? 'yes' : 'unknown';
    const told = this.#told.get(name) ?? 'unknown';
    // Another optimizer may train what this one does not.
    return told === 'no' && (this.#owners.size > 1 || this.#counters > 1) ? 'unknown' : told;
  }
}
