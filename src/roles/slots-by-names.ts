/**
 * What the slots in a checkpoint say of its variables, where names are all there is: a variable with slots is trained; where
 * others have slots and one has none, nothing tells. And what lies below variables as slots do is one, whatever it is called.
 */
import { type Shape, sameShape } from '../tensor/shape.ts';
import { IS_TRAINED, slotRole } from './guessed-role.ts';
import type { KnownNames } from './known-names.ts';
import type { RoleFacts, RoleOf, TensorRole, Trainable } from './role.ts';
import { withoutNumber } from './role-words.ts';
import { beforePart, behindScopes, type NamedSlot } from './slot-names.ts';
import { slotsByWords } from './slots-by-words.ts';

/** Nobody makes models in deeper scopes; and names come from a file. */
const MOST_SCOPES = 32;
/** So many variables have something of one name below them where that is no accident. */
const FEWEST_ALIKE = 2;

const OF_AVERAGES: ReadonlySet<string> = new Set(['biased', 'local_step']);

const KEPT = 'an optimizer keeps a slot for it';
const NOT_KEPT = 'optimizers keep slots for other variables, and none for it';
const BY_WORD = 'it has the name and the shape of a variable, and a word with it';
const ALIKE = 'variables have what is called so, in their shapes';

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

export class SlotsByNames {
  /** Variables that have slots. */
  readonly #kept = new Set<string>();
  /** What lies below variables in their shapes, by its last word. */
  readonly #words = new Set<string>();
  #hasSlots = false;
  /** Slots of which nothing tells whose they are, and variables that may have them, by shape. */
  readonly #unlinked = new Map<string, number>();
  readonly #weights = new Map<string, number>();
  #isEven = false;
  /** Variables that may have them. */
  readonly #likely: [name: string, shape: string][] = [];
  /** Slots that words before or behind the names of their variables tell. */
  readonly #byWords: ReadonlyMap<string, NamedSlot>;
  readonly #judged = new Map<TensorRole, Readonly<Record<string, TensorRole>>>();

  constructor(
    readonly names: KnownNames,
    readonly roleOf: RoleOf,
  ) {
    this.#byWords = slotsByWords(names);
    const below = new Map<string, Set<string>>();
    names.each((name, facts) => this.#read(name, facts, below));
    for (const [word, variables] of below) {
      if (variables.size < FEWEST_ALIKE) continue;
      this.#hasSlots = true;
      this.#words.add(word);
      for (const variable of variables) this.#kept.add(variable);
    }
    const shared = [...this.#unlinked].filter(([shape]) => this.#weights.has(shape));
    const ratios = shared.map(([shape, count]) => count / (this.#weights.get(shape) as number));
    this.#isEven =
      ratios.length > 0 &&
      ratios.every((ratio) => ratio === ratios[0] && Number.isInteger(ratio)) &&
      !areTwins(this.#likely);
  }

  #read(name: string, facts: RoleFacts, below: Map<string, Set<string>>): void {
    const told = this.roleOf(name, facts);
    const shape = facts.shape.join();
    const byWord = told.role === 'weight' ? this.#byWords.get(name) : undefined;
    // An average says nothing of who trains its variable, and what is kept to have it without bias neither.
    if (byWord?.kind === 'ema' || OF_AVERAGES.has(told.slot ?? '')) return;
    if (told === IS_TRAINED) this.#kept.add(name);
    else if (byWord?.of !== undefined) this.#kept.add(byWord.of);
    else if (told.role === 'slot' && told.of !== undefined) this.#kept.add(told.of);
    else if (told.role === 'slot') this.#unlinked.set(shape, (this.#unlinked.get(shape) ?? 0) + 1);
    else if (told.role === 'weight' && told.trainable === 'yes') {
      this.#weights.set(shape, (this.#weights.get(shape) ?? 0) + 1);
      this.#likely.push([name, shape]);
      const found = this.#below(name, facts.shape);
      if (found !== undefined) {
        const word = withoutNumber(found.slot);
        below.set(word, (below.get(word) ?? new Set<string>()).add(found.of));
      }
    }
    this.#hasSlots ||= told === IS_TRAINED || told.role === 'slot' || byWord !== undefined;
  }

  /** The variable that a name lies right below, where it has the same shape. */
  #below(name: string, shape: Shape): { readonly of: string; readonly slot: string } | undefined {
    const at = name.lastIndexOf('/');
    const path = name.slice(0, Math.max(at, 0));
    const of = behindScopes(path, this.names) ?? beforePart(path, shape, this.names);
    const base = of === undefined ? undefined : this.names.shapeOf(of);
    if (of === undefined || base === undefined || !sameShape(base, shape)) return undefined;
    return { of, slot: name.slice(at + 1) };
  }

  /** What slots make of the role of a weight by its name alone. */
  judged(name: string, facts: RoleFacts, role: TensorRole): TensorRole {
    const byWord = this.#byWords.get(name);
    if (byWord !== undefined) return slotRole(byWord, BY_WORD);
    if (!this.#hasSlots || role.trainable !== 'yes') return role;
    if (this.#kept.has(name)) return this.#changed(role, 'yes', KEPT);
    const below = this.#below(name, facts.shape);
    if (below !== undefined && this.#words.has(withoutNumber(below.slot)))
      return slotRole({ ...below, kind: 'slot' }, ALIKE);
    // As many slots of a shape for each variable of that shape, and for each shape: none is left over.
    if (this.#kept.size === 0 && this.#isEven && this.#unlinked.has(facts.shape.join())) return role;
    return this.#changed(role, 'unknown', NOT_KEPT);
  }

  /** One role for all variables that it is told of: there are many variables and few roles. */
  #changed(role: TensorRole, trainable: Trainable, because: string): TensorRole {
    const known = this.#judged.get(role)?.[because];
    if (known !== undefined) return known;
    const changed = Object.freeze({ ...role, trainable, because });
    this.#judged.set(role, { ...this.#judged.get(role), [because]: changed });
    return changed;
  }
}
