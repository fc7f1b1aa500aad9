/** Checkpoints without what a purpose does not need: without all that is not trained, or without all that only training needs. */
import { lastName, parseKey } from '../object-graph/checkpoint-key.ts';
import { OBJECT_GRAPH_KEY } from '../object-graph/object-graph-key.ts';
import type { Evidence, Role, RoleOf, TensorRole } from '../roles/role.ts';
import { withoutNumber, wordMeanings } from '../roles/role-words.ts';
import type { Tensor, TensorMap } from '../tensor/tensor.ts';
import { subset } from './subset.ts';

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
  readonly tensors: TensorMap;
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
  return withoutNumber(lastName(parseKey(name)?.path ?? name));
}

/** Adds a tensor to the totals of its kind. */
function count(
  totals: Map<string, Growing<StrippedTotals>>,
  name: string,
  { byteLength }: Tensor,
  { role, evidence, because, slot }: TensorRole,
): void {
  const isStatistic = role === 'weight' && wordMeanings().get(lastWord(name)) === 'statistic';
  const kind = `${role} ${isStatistic} ${evidence}`;
  const none = {
    role,
    isStatistic,
    evidence,
    because: new Set<string>(),
    words: new Set<string>(),
    tensors: 0,
    bytes: 0,
  };
  const found = totals.get(kind) ?? none;
  totals.set(kind, found);
  found.because.add(because);
  const word = slot === undefined ? lastWord(name) : withoutNumber(slot);
  if ((role !== 'weight' || isStatistic) && !/^\d*$/.test(word)) found.words.add(word);
  found.tensors++;
  found.bytes += byteLength;
}

/** The object graph is spared: it follows what becomes of the others. */
function strip(tensors: TensorMap, roleOf: RoleOf, judge: (name: string, role: TensorRole) => Verdict): Stripped {
  const totals = new Map<string, Growing<StrippedTotals>>();
  const undecided: string[] = [];
  let guessed = 0;
  let keptCounter: string | undefined;
  for (const [name, tensor] of tensors) {
    if (name === OBJECT_GRAPH_KEY) continue;
    const role = roleOf(name, tensor);
    const verdict = judge(name, role);
    if (role.evidence === 'names') guessed++;
    if (verdict === 'undecided') undecided.push(name);
    if (verdict === 'drop') count(totals, name, tensor, role);
    else if (role.role === 'bookkeeping' && lastWord(name) === SAVE_COUNTER) keptCounter = name;
  }
  const stays = (name: string, tensor: Tensor): boolean =>
    name === OBJECT_GRAPH_KEY || judge(name, roleOf(name, tensor)) !== 'drop';
  return { tensors: subset(tensors, stays), dropped: [...totals.values()], undecided, guessed, keptCounter };
}

const VERDICTS = { yes: 'keep', no: 'drop', unknown: 'undecided' } as const;

/** Keeps what training changes by gradients, and what `keep` takes. */
export function stripNonTrainable(tensors: TensorMap, roleOf: RoleOf, keep: (name: string) => boolean): Stripped {
  return strip(tensors, roleOf, (name, { trainable }) => (keep(name) ? 'keep' : VERDICTS[trainable]));
}

function isOfTraining(name: string, { role }: TensorRole, keepStep: boolean): boolean {
  if (role === 'step') return !keepStep;
  if (role === 'bookkeeping') return OF_TRAINING.has(lastWord(name));
  return role === 'slot' || role === 'hyperparameter';
}

/**
 * Leaves out slots, settings and counters of optimizers, and keeps weights, their statistics, moving averages and tables.
 * The counter of saves stays, which `tf.train.Checkpoint` expects; with `keepStep` those of steps do, and what `keep` takes
 * stays in any case.
 */
export function stripOptimizer(
  tensors: TensorMap,
  roleOf: RoleOf,
  { keepStep, keep }: { readonly keepStep: boolean; readonly keep: (name: string) => boolean },
): Stripped {
  return strip(tensors, roleOf, (name, role) => (!keep(name) && isOfTraining(name, role, keepStep) ? 'drop' : 'keep'));
}
