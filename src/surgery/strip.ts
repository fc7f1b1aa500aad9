/** Checkpoints without what a purpose does not need: without all that is not trained, or without all that only training needs. */

import { lastName, parseKey } from '../object-graph/checkpoint-key.ts';
import { OBJECT_GRAPH_KEY } from '../object-graph/object-graph-key.ts';
import type { Evidence, Role, RoleOf, Roles, TensorRole } from '../roles/role.ts';
import { withoutNumber, wordMeanings } from '../roles/role-words.ts';
import { nameOfFacts } from '../tensor/named-facts.ts';
import { scanTensors } from '../tensor/scan.ts';
import type { TensorFacts, TensorMap } from '../tensor/tensor.ts';
import type { TensorSummary } from './selectors.ts';
import { SubsetMap, Verdicts } from './subset.ts';

/** Tensors of one role that are known in one way. */
export interface StrippedTotals {
  readonly role: Role;
  /** Weights that training changes without a gradient, such as the moving mean of a batch normalization. */
  readonly isStatistic: boolean;
  readonly evidence: Evidence;
  /** The phrases that say how it is known. */
  readonly because: ReadonlySet<string>;
  /** What optimizers call these slots, or the last words of the names; none of weights. Without numbers. */
  readonly words: ReadonlySet<string>;
  readonly tensors: number;
  readonly bytes: number;
}

export interface Stripped {
  readonly tensors: SubsetMap;
  readonly dropped: readonly StrippedTotals[];
  /** Names of tensors of which nothing tells whether they are trained; they are among `tensors`. */
  readonly undecided: readonly string[];
  /** How many tensors were judged by their names alone. */
  readonly guessed: number;
  /** The counter of saves, where it is among `tensors`. */
  readonly keptCounter: string | undefined;
}

type Verdict = 'keep' | 'drop' | 'undecided';
type Growing<T> = { -readonly [Key in keyof T]: T[Key] extends ReadonlySet<string> ? Set<string> : T[Key] };

const SAVE_COUNTER = 'save_counter';
/** Bookkeeping that only training needs. */
const OF_TRAINING: ReadonlySet<string> = new Set([
  'current_loss_scale',
  'dynamic_scale',
  'bad_steps',
  'good_steps',
  'loss_scale',
  'num_bad_steps',
  'num_good_steps',
  'step_counter',
]);

/** The last word of a name, or of the path that a key spells, without its number. */
function lastWord(name: string): string {
  const path = name.includes('.ATTRIBUTES/') ? parseKey(name)?.path : undefined;
  return withoutNumber(lastName(path ?? name));
}

/** So many kinds of names are told from each other by their ends before their words are looked up. */
const MOST_RECENT = 8;

/** Totals of what is left out, by kind. Slots of a million variables have one role and a few last words. */
class DroppedTotals {
  readonly #kinds = new Map<string, Growing<StrippedTotals>>();
  readonly #recent: { readonly role: TensorRole; readonly ending: string; readonly totals: Growing<StrippedTotals> }[] =
    [];

  add(name: string, { byteLength }: TensorSummary, role: TensorRole): void {
    const found = this.#recentOf(name, role) ?? this.#ofKind(name, role);
    found.tensors++;
    found.bytes += byteLength;
  }

  #recentOf(name: string, role: TensorRole): Growing<StrippedTotals> | undefined {
    for (const known of this.#recent) if (known.role === role && name.endsWith(known.ending)) return known.totals;
    return undefined;
  }

  all(): StrippedTotals[] {
    return [...this.#kinds.values()];
  }

  #ofKind(name: string, told: TensorRole): Growing<StrippedTotals> {
    const { role, evidence, because, slot } = told;
    const word = slot === undefined ? lastWord(name) : withoutNumber(slot);
    const isStatistic = role === 'weight' && wordMeanings().get(word) === 'statistic';
    const kind = `${role} ${isStatistic} ${evidence}`;
    let found = this.#kinds.get(kind);
    if (found === undefined) {
      const sets = { because: new Set<string>(), words: new Set<string>() };
      found = { role, isStatistic, evidence, ...sets, tensors: 0, bytes: 0 };
      this.#kinds.set(kind, found);
    }
    found.because.add(because);
    if ((role !== 'weight' || isStatistic) && !/^\d*$/.test(word)) found.words.add(word);
    const at = name.lastIndexOf('/');
    if (slot === undefined && at >= 0 && !name.includes('.ATTRIBUTES/') && this.#recent.length < MOST_RECENT)
      this.#recent.push({ role: told, ending: name.slice(at), totals: found });
    return found;
  }
}

/** Who tells the roles: by names, and, where that is so, of most by their bytes. */
export type RoleSource = RoleOf | Pick<Roles, 'roleOf' | 'quick'>;

/** The object graph is spared: it follows what becomes of the others. */
function strip(
  tensors: TensorMap,
  source: RoleSource,
  judge: (name: () => string, role: TensorRole) => Verdict,
): Stripped {
  const { roleOf, quick = () => undefined } = typeof source === 'function' ? { roleOf: source } : source;
  const totals = new DroppedTotals();
  const undecided: string[] = [];
  const verdicts = new Verdicts();
  let guessed = 0;
  let keptCounter: string | undefined;
  let at: TensorFacts | undefined;
  let text: string | undefined;
  // Of most of what stays the name as bytes is enough.
  const name = (): string => {
    text ??= nameOfFacts(at as TensorFacts);
    return text;
  };
  scanTensors(tensors, (facts) => {
    at = facts;
    text = undefined;
    if (facts.nameLength === OBJECT_GRAPH_KEY.length && name() === OBJECT_GRAPH_KEY) {
      verdicts.push(true, facts.byteLength);
      return;
    }
    const role = quick(facts) ?? roleOf(name(), facts);
    const verdict = judge(name, role);
    verdicts.push(verdict !== 'drop', facts.byteLength);
    if (role.evidence === 'names') guessed++;
    if (verdict === 'undecided') undecided.push(name());
    if (verdict === 'drop') totals.add(name(), facts, role);
    else if (role.role === 'bookkeeping' && lastWord(name()) === SAVE_COUNTER) keptCounter = name();
  });
  const stays = (key: string, tensor: TensorSummary): boolean =>
    key === OBJECT_GRAPH_KEY || judge(() => key, roleOf(key, tensor)) !== 'drop';
  const kept = new SubsetMap(tensors, stays, verdicts);
  return { tensors: kept, dropped: totals.all(), undecided, guessed, keptCounter };
}

const VERDICTS = { yes: 'keep', no: 'drop', unknown: 'undecided' } as const;

/**
 * Keeps what training changes by gradients, and what `keep` takes.
 *
 * @example
 * const checkpoint = await openCheckpoint('model.ckpt');
 * const { roleOf } = await rolesOf(checkpoint);
 * const { tensors, undecided } = stripNonTrainable(checkpoint.tensors, roleOf, (name) => name === 'global_step');
 * console.log(undecided); // nothing tells whether these are trained; they stay
 * await writeCheckpoint('trained.ckpt', tensors);
 */
export function stripNonTrainable(tensors: TensorMap, roles: RoleSource, keep: (name: string) => boolean): Stripped {
  return strip(tensors, roles, (name, { trainable }) =>
    trainable !== 'yes' && keep(name()) ? 'keep' : VERDICTS[trainable],
  );
}

function isOfTraining(name: () => string, { role }: TensorRole, keepStep: boolean): boolean {
  if (role === 'step') return !keepStep;
  if (role === 'bookkeeping') return OF_TRAINING.has(lastWord(name()));
  return role === 'slot' || role === 'hyperparameter';
}

/**
 * Leaves out slots, settings and counters of optimizers, and keeps weights, their statistics, moving averages and tables.
 * The counter of saves stays, which `tf.train.Checkpoint` expects; with `keepStep` those of steps do, and what `keep` takes
 * stays in any case.
 *
 * @example
 * const checkpoint = await openCheckpoint('model.ckpt');
 * const { roleOf } = await rolesOf(checkpoint);
 * const { tensors } = stripOptimizer(checkpoint.tensors, roleOf, { keepStep: true, keep: () => false });
 * await writeCheckpoint('inference.ckpt', tensors);
 */
export function stripOptimizer(
  tensors: TensorMap,
  roles: RoleSource,
  { keepStep, keep }: { readonly keepStep: boolean; readonly keep: (name: string) => boolean },
): Stripped {
  return strip(tensors, roles, (name, role) => (isOfTraining(name, role, keepStep) && !keep(name()) ? 'drop' : 'keep'));
}
