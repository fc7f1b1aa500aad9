/**
 * What the numbers of slots and of variables of each shape say of what is trained, where nothing tells whose a slot is: keys of
 * lists (`optimizer/_variables/3`), and names that Keras gives no variable (`training/Adam/Variable_3`).
 */

import { lastName, parentPath } from '../object-graph/checkpoint-key.ts';
import { IS_TRAINED } from './guessed-role.ts';
import type { KnownNames } from './known-names.ts';
import type { RoleFacts, TensorRole, Trainable } from './role.ts';
import { OF_AVERAGES } from './role-words.ts';
import { judgeByLayers, pathOf } from './trained-layers.ts';

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
    const each = this.#each;
    if (each !== undefined)
      judgeByLayers(
        this.#named,
        (shape) => (this.#slots.get(shape) ?? 0) / each - (this.#listed.get(shape) ?? 0),
        this.#told,
      );
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
