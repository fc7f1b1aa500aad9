/**
 * The names of a checkpoint gone through once, for what one name says of another: which scopes hold the counter and the
 * settings of an optimizer, and which variable a joined name means. Of very many names only the map is asked.
 */

import { VALUE_ENDING } from '../object-graph/object-graph-key.ts';
import type { DType } from '../tensor/dtype.ts';
import { nameOfFacts } from '../tensor/named-facts.ts';
import { scanTensors } from '../tensor/scan.ts';
import type { Shape } from '../tensor/shape.ts';
import { isScannable, type TensorMap } from '../tensor/tensor.ts';
import { optimizerCalled } from './optimizer-scopes.ts';
import type { RoleFacts, TensorRole } from './role.ts';
import { endingOfAll, scopeOfAll } from './scope-of-all.ts';
import type { Names } from './slot-names.ts';

/** So many are gone through in a few hundredths of a second; where there are more, each name stands for itself. */
const MOST_NAMES = 2 ** 14;
/**
 * A longer name stands for itself: no program has one, and V8 tells texts of more than 2^14 characters apart by their length
 * alone before it compares them, so that a table of thousands of them takes minutes.
 */
export const LONGEST_COMPARED = 2 ** 13;

const COUNTERS: ReadonlySet<string> = new Set(['iter', 'iteration', 'iterations', '_iterations']);
/** What all of them have. */
const IN_COUNTERS = 'iter';
const SETTINGS: readonly string[] = ['learning_rate', '_learning_rate', 'lr', 'beta_1', 'decay', 'momentum'];

/** What is known of a tensor: its dtype and its shape alone, for more would keep what is open, and the role that its name told. */
export interface KnownTensor extends RoleFacts {
  told: TensorRole | undefined;
}

export class KnownNames implements Names {
  /** Each with what is known of its tensor; undefined where there are too many. */
  readonly #names: ReadonlyMap<string, KnownTensor> | undefined;
  readonly #scopes = new Set<string>();
  /** How many optimizers count, at the least. */
  counters = 0;
  /** What all names begin with that says nothing: `net/` where everything was put below it; mostly empty. */
  readonly scope: string;
  /** What they end in, likewise: `:0`. */
  readonly ending: string;
  #joined: Map<string, string> | undefined;
  #lastSteps: ReadonlySet<string> | undefined;

  /** With `isScoped` names are known without the scope and the `:0` that all of them have. */
  constructor(
    readonly tensors: TensorMap,
    isScoped = false,
  ) {
    const named = namedTensors(tensors);
    this.ending = isScoped && named !== undefined ? endingOfAll(named.names) : '';
    const { names, known } = named ?? NO_TENSORS;
    const bare = this.ending === '' ? names : names.map((name) => name.slice(0, -this.ending.length));
    this.scope = isScoped ? scopeOfAll(bare) : '';
    this.#names = named === undefined ? undefined : below(this.scope, bare, known);
    this.each((name) => {
      if (name.includes(IN_COUNTERS)) this.#findScope(name);
    });
  }

  /** Whether all names were gone through. */
  get isComplete(): boolean {
    return this.#names !== undefined;
  }

  /** What is known of the tensor of a name; undefined of none, and where there are too many. */
  get(name: string): KnownTensor | undefined {
    return this.#names?.get(name);
  }

  /** Shows the names and what is known of their tensors, where all were gone through. */
  each(visit: (name: string, facts: RoleFacts) => void): void {
    this.#names?.forEach((facts, name) => {
      visit(name, facts);
    });
  }

  has(name: string): boolean {
    return this.#names?.has(name) ?? this.tensors.has(name);
  }

  shapeOf(name: string): Shape | undefined {
    return (this.#names ?? this.tensors).get(name)?.shape;
  }

  dtypeOf(name: string): DType | undefined {
    return (this.#names ?? this.tensors).get(name)?.dtype;
  }

  joined(text: string): string | undefined {
    this.#joined ??= new Map([...(this.#names?.keys() ?? [])].map((name) => [name.replaceAll('/', '_'), name]));
    return this.#joined.get(text);
  }

  /** Whether some name ends in a step; where none does, no name is a path that ends in it, or the rest of that without scopes. */
  endIn(step: string): boolean {
    if (this.#names === undefined) return true;
    this.#lastSteps ??= lastStepsOf(this.#names);
    return this.#lastSteps.has(step);
  }

  #findScope(name: string): void {
    const path = name.endsWith(VALUE_ENDING) ? name.slice(0, -VALUE_ENDING.length) : name;
    const ending = path === name ? '' : VALUE_ENDING;
    const at = path.lastIndexOf('/') + 1;
    if (!COUNTERS.has(path.slice(at))) return;
    this.counters++;
    if (at === 0) return;
    const scope = path.slice(0, at);
    // With a schedule there is no rate.
    const isCalled = optimizerCalled(scope.slice(scope.lastIndexOf('/', at - 2) + 1, -1)) !== undefined;
    if (isCalled || SETTINGS.some((setting) => this.#names?.has(scope + setting + ending))) this.#scopes.add(scope);
  }

  get optimizerScopes(): ReadonlySet<string> {
    return this.#scopes;
  }

  /** The scope with the counter and a setting of an optimizer that a name lies in, the deepest of several. */
  scopeOf(name: string): string | undefined {
    if (this.#scopes.size === 0) return undefined;
    for (let at = name.lastIndexOf('/'); at > 0; at = name.lastIndexOf('/', at - 1)) {
      if (this.#scopes.has(name.slice(0, at + 1))) return name.slice(0, at + 1);
    }
    return undefined;
  }
}

function lastStepsOf(names: ReadonlyMap<string, unknown>): Set<string> {
  const steps = new Set<string>();
  names.forEach((_, name) => {
    steps.add(name.slice(name.lastIndexOf('/') + 1));
  });
  return steps;
}

/** Whether there are too many names to compare, without a look at what they name. */
function isLarge(tensors: TensorMap): boolean {
  if (isScannable(tensors)) return tensors.sizeAtMost > MOST_NAMES && tensors.hasMoreThan(MOST_NAMES, LONGEST_COMPARED);
  let count = 0;
  for (const name of tensors.keys()) if (name.length <= LONGEST_COMPARED && ++count > MOST_NAMES) return true;
  return false;
}

/** The names of tensors, and what is known of each. */
interface NamedTensors {
  readonly names: readonly string[];
  readonly known: readonly KnownTensor[];
}

const NO_TENSORS: NamedTensors = { names: [], known: [] };

/** All that are short enough; undefined where there are too many. */
function namedTensors(tensors: TensorMap): NamedTensors | undefined {
  if (isLarge(tensors)) return undefined;
  const names: string[] = [];
  const known: KnownTensor[] = [];
  scanTensors(tensors, (scanned) => {
    const { dtype, shape } = scanned;
    const name = nameOfFacts(scanned);
    if (name.length > LONGEST_COMPARED) return;
    names.push(name);
    known.push({ dtype, shape, told: undefined });
  });
  return { names, known };
}

/** What is known of each, by its name without the scope that all lie below. */
function below(scope: string, names: readonly string[], known: readonly KnownTensor[]): Map<string, KnownTensor> {
  const all = new Map<string, KnownTensor>();
  for (let i = 0; i < names.length; i++) {
    const name = names[i] as string;
    all.set(scope === '' ? name : name.slice(scope.length), known[i] as KnownTensor);
  }
  return all;
}
