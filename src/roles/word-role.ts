/**
 * What the words of a name tell: what lies in the scope of an optimizer is the optimizer's; a slot is a slot because of a word
 * in its name, and belongs to the tensor that has the rest of the name; and what else is there has words of its own.
 */
import { guessedRole, NO_NUMBERS, roleByDType, roleOfWord, slotRole } from './guessed-role.ts';
import { isKerasVariable, isNamelessState, namedScope, optimizerCalled } from './optimizer-scopes.ts';
import type { RoleFacts, TensorRole } from './role.ts';
import {
  BESIDE_OTHERS,
  isCounter,
  KEYS,
  meaningOf,
  VALUES,
  type WordMeaning,
  withoutNumber,
  wordMeanings,
} from './role-words.ts';
import { type NamedSlot, type Names, namesBelow, slotAtEnd, slotBeforeName, slotInScope } from './slot-names.ts';

const OF_TABLE = guessedRole('bookkeeping', 'no', 'it is half of a lookup table');
const OF_METRIC = guessedRole('bookkeeping', 'no', 'its name is that of a part of a metric');
const OF_BUFFER = guessedRole('bookkeeping', 'no', 'it lies in a replay buffer');
const OF_GENERATOR = guessedRole('bookkeeping', 'no', 'its name is that of the state of a random generator');
const RANGE = guessedRole('weight', 'no', 'it is the end of a range, and the other end is there');
const OF_AVERAGE = guessedRole('weight', 'no', 'it belongs to a moving average');
const OF_NORM = guessedRole('weight', 'no', 'its name is that of a vector of spectral normalization');

const BY_QUANTIZER = guessedRole('weight', 'no', 'moving averages of a vector quantizer move it');
const OF_INTEGERS = guessedRole('weight', 'no', 'the integers that it scales are there');

const OF_KERAS = 'a weights file of Keras numbers the variables of the optimizer so';
export const IN_SCOPE = 'it lies in the scope of an optimizer';

/** What an optimizer's scope is called: `Adam` of `training/Adam/`. */
function scopeName(scope: string): string {
  const path = scope.slice(0, -1);
  return path.slice(path.lastIndexOf('/') + 1);
}

interface Scope {
  readonly scope: string;
  /** Whether all in it must be the optimizer's. */
  readonly isCertain: boolean;
  /** The scope that the optimizer has for its settings, where that is another. */
  readonly settings?: string;
}

/** The scope of Keras on TensorFlow 1, in which variables without names are those of an optimizer that has its settings elsewhere. */
function namelessScope(name: string, { optimizerScopes }: Names): Scope | undefined {
  const [settings] = optimizerScopes ?? [];
  if (settings === undefined || !isNamelessState(name)) return undefined;
  return { scope: name.slice(0, name.indexOf('/') + 1), isCertain: true, settings };
}

/** The scope of an optimizer that a name lies in. */
function scopeOf(name: string, names: Names): Scope | undefined {
  const beside = names.scopeOf?.(name);
  if (beside === undefined) return namedScope(name) ?? namelessScope(name, names);
  const inner = namedScope(name.slice(beside.length))?.scope ?? '';
  const last = scopeName(beside);
  return { scope: beside + inner, isCertain: optimizerCalled(last) !== undefined || /opt(?:im|$|_|\d)/i.test(last) };
}

/** What a name in the scope of an optimizer is a slot of: all names may have a scope before them, the optimizer's too. */
function slotBelow(scope: string, rest: string, { shape }: RoleFacts, names: Names): NamedSlot | undefined {
  const slot = slotInScope(rest, shape, names);
  if (slot?.of !== undefined) return slot;
  for (let at = scope.indexOf('/') + 1; at > 0 && at < scope.length; at = scope.indexOf('/', at) + 1) {
    const outer = scope.slice(0, at);
    const below = slotInScope(rest, shape, namesBelow(outer, names));
    if (below?.of !== undefined) return { ...below, of: outer + below.of };
  }
  return slot;
}

/** The role of what lies in an optimizer's own scope; undefined where the name only looks so. */
export function roleInScope(name: string, facts: RoleFacts, names: Names): TensorRole | undefined {
  if (isKerasVariable(name)) {
    const slot = name.slice(name.indexOf('/') + 1);
    return ownSetting(slot, facts) ?? slotRole({ of: undefined, slot, kind: 'slot' }, OF_KERAS);
  }
  const found = scopeOf(name, names);
  if (found === undefined) return undefined;
  const { scope, isCertain, settings = scope } = found;
  const rest = name.slice(scope.length);
  const called = optimizerCalled(scopeName(settings)) ?? scopeName(settings);
  const word = rest.slice(rest.lastIndexOf('/') + 1);
  // `step_counter` of a loss scale is no slot `counter` of a variable `step`.
  if (rest === word && meaningOf(word) === 'bookkeeping' && facts.shape.length === 0)
    return { ...roleOfWord(word, 'bookkeeping'), optimizer: called };
  const slot = slotBelow(scope, rest, facts, names);
  if (slot?.of !== undefined) return slotRole(slot, IN_SCOPE, called);
  // A scope of a model may be called like an optimizer.
  const whole = slot === undefined ? undefined : slotAtEnd(name, facts.shape, names);
  if (whole?.of !== undefined) return slotRole(whole, `its name ends in ${whole.slot}`);
  const isOwn = rest === word || (isCertain && slot === undefined);
  const setting = isOwn ? ownSetting(word, facts) : settingRole(word, meaningOf(word), facts);
  if (setting !== undefined) return { ...setting, optimizer: called };
  if (slot !== undefined || isCertain)
    return slotRole(slot ?? { of: undefined, slot: word, kind: 'slot' }, IN_SCOPE, called);
  return undefined;
}

/** The role of a counter or a setting: scalars, whose words mean something else on any other tensor. */
export function settingRole(word: string, meaning: WordMeaning | undefined, facts: RoleFacts): TensorRole | undefined {
  if (meaning === undefined || facts.shape.length > 0) return undefined;
  const { kind } = facts.dtype;
  if (meaning === 'step') return roleOfWord(word, 'step');
  if (meaning === 'count' && (kind === 'int' || kind === 'uint')) return roleOfWord(word, 'step');
  return meaning === 'hyperparameter' && kind === 'float' ? roleOfWord(word, 'hyperparameter') : undefined;
}

/** A scalar that an optimizer has in its own scope, whatever it is called. */
export function ownSetting(word: string, { dtype, shape }: RoleFacts): TensorRole | undefined {
  if (shape.length > 0) return undefined;
  if (meaningOf(word) === 'bookkeeping') return roleOfWord(word, 'bookkeeping');
  const isStep = (dtype.kind === 'int' || dtype.kind === 'uint') && isCounter(word);
  return guessedRole(isStep ? 'step' : 'hyperparameter', 'no', IN_SCOPE);
}

const REPLAY = /(?:replay_?(?:buffer|memory)|experience_?replay)[^/]*\/|\/_storage(?:$|\/)/i;
const RANDOM = /(?:^|[/_])(?:rng|prng|random|seed)/i;

/** Whether the tensor that a word stands beside is there: `x/count` for `x/total`. */
function hasBeside(name: string, others: readonly string[], names: Names): boolean {
  const start = name.slice(0, Math.max(name.lastIndexOf('/'), name.lastIndexOf('.')) + 1);
  return others.some((other) => names.has(start + other));
}

const LAYER_WEIGHTS = ['kernel', 'w', 'W', 'weight', 'weights', 'kernel_orig', 'weight_orig'];

/** What is part of the model, or was done to it, and has no gradient. */
function untrainedRole(name: string, word: string, { shape }: RoleFacts, names: Names): TensorRole | undefined {
  if (word === 'hidden' || word === '_hidden')
    return hasBeside(name, ['average'], names) && hasBeside(name, ['counter', '_counter'], names)
      ? OF_AVERAGE
      : undefined;
  if (COUNTER.test(word) && shape.length === 0) return counterRole(name, word, names);
  if (!NORM_VECTOR.test(word)) {
    const isAny = /(?:^|_)mask$|^(?:old_)+weights?$|_u$|(?:^|_)(?:min|max)(?:_var)?$/.test(word);
    return isAny || shape.length === 0 ? roleOfWord(word, 'weight') : undefined;
  }
  const isVector = name.includes('/') && (shape.length <= 1 || (shape.length === 2 && shape.includes(1)));
  return isVector && (name.includes('spectral') || isNearWeights(name, names)) ? OF_NORM : undefined;
}

const COUNTER = /^_?counter$/;
const OF_UPDATES = /(?:periodic|update)[^/]*\/_?counter$/;

/** A counter of an average is part of it; what updates something from time to time counts for itself. */
function counterRole(name: string, word: string, names: Names): TensorRole {
  const isOwn = OF_UPDATES.test(name) || (word === '_counter' && !hasBeside(name, ['average'], names));
  return roleOfWord(word, isOwn ? 'bookkeeping' : 'weight');
}

const NORM_VECTOR = /^(?:(?:kernel|weights?|w)_)?u(?:0|_var|_vec|_vector)?$/;

/** Whether the weights of a layer lie beside a name, or beside the scope that it is in, or are what it lies below. */
function isNearWeights(name: string, names: Names): boolean {
  const scope = name.slice(0, name.lastIndexOf('/'));
  return hasBeside(name, LAYER_WEIGHTS, names) || names.has(scope) || hasBeside(scope, LAYER_WEIGHTS, names);
}

/** The role that the last word of a name gives, where it is not that of a slot. */
function roleByLastWord(name: string, facts: RoleFacts, names: Names): TensorRole | undefined {
  const last = name.slice(Math.max(name.lastIndexOf('/'), name.lastIndexOf('.')) + 1);
  const meaning = meaningOf(last);
  const word = wordMeanings().has(last) || meaning === undefined ? last : withoutNumber(last);
  switch (meaning) {
    case undefined:
      return BESIDE_OTHERS.test(word) ? roleBesideOthers(name, word, facts, names) : undefined;
    case 'statistic':
    case 'bookkeeping':
      return roleOfWord(word, meaning === 'statistic' ? 'weight' : meaning);
    case 'untrained':
      return untrainedRole(name, word, facts, names);
    case 'average':
      // Sonnet's ExponentialMovingAverage of a value, not of a variable.
      return word === 'average' && hasBeside(name, ['hidden', '_hidden'], names) ? OF_AVERAGE : undefined;
    case 'moment':
      return hasBeside(name, ['count'], names) ? roleOfWord(word, 'weight') : undefined;
    case 'total':
      return isOfMetric(name, word, names) ? OF_METRIC : undefined;
    case 'range':
      return rangeRole(name, word, facts, names);
    default:
      return settingRole(word, meaning, facts);
  }
}

/** What a vector quantizer moves its vectors by. */
const OF_QUANTIZER = ['ema_cluster_size', 'ema_cluster_size/average', 'ema_cluster_size/hidden'];

function roleBesideOthers(name: string, word: string, facts: RoleFacts, names: Names): TensorRole | undefined {
  if (word.startsWith('embedding')) return hasBeside(name, OF_QUANTIZER, names) ? BY_QUANTIZER : undefined;
  const at = word.search(/_(?:scale|zero)$/);
  if (at < 0) return rangeRole(name, word, facts, names);
  const scope = name.slice(0, name.length - word.length);
  const isQuantized = ['', '_', 'quantized_'].some((before) => {
    const kind = names.dtypeOf?.(`${scope}${before}${word.slice(0, at)}`)?.kind;
    return kind === 'int' || kind === 'uint';
  });
  return isQuantized ? OF_INTEGERS : undefined;
}

/** Whether the total and the count of a metric are there, or it counts what a metric does: `precision/true_positives/count`. */
function isOfMetric(name: string, word: string, names: Names): boolean {
  const scopes = name.split('/');
  const other = ['total', 'count'].filter((one) => one !== word);
  return hasBeside(name, other, names) || meaningOf(scopes[scopes.length - 2] ?? '') === 'bookkeeping';
}

/** Ends of a range: of a tensor, or of each of its channels. */
function rangeRole(name: string, word: string, { shape }: RoleFacts, names: Names): TensorRole | undefined {
  const other = word.replace(/min|max/, (end) => (end === 'min' ? 'max' : 'min'));
  return shape.length <= 1 && hasBeside(name, [other], names) ? RANGE : undefined;
}

/** Whether a name is that of the keys or of the values of a table, and both are there. */
function isTable(name: string, names: Names): boolean {
  const end = name.endsWith(KEYS) ? KEYS : name.endsWith(VALUES) ? VALUES : '';
  return end !== '' && names.has(name.slice(0, -end.length) + (end === KEYS ? VALUES : KEYS));
}

/** The words of a name and the dtype, for a name that is no key of an object. */
export function roleByWords(name: string, facts: RoleFacts, names: Names): TensorRole {
  if (isTable(name, names)) return OF_TABLE;
  const { kind } = facts.dtype;
  if (kind === 'string' || kind === 'variant') return NO_NUMBERS;
  const inScope = roleInScope(name, facts, names);
  if (inScope !== undefined) return inScope;
  const slot = slotAtEnd(name, facts.shape, names) ?? slotBeforeName(name, names);
  if (slot !== undefined)
    return slotRole(slot, `its name ${name.endsWith(slot.slot) ? 'ends in' : 'has'} ${slot.slot}`);
  return roleOfOther(name, facts, names);
}

/** A scalar without a name, where a program keeps what it has to optimize. */
const NAMELESS_SETTING = /(?:^|[/_])opt(?:im\w*)?(?:_\d+)?\/Variable(?:_\d+)?$/i;

/** The role of what is no optimizer's and no slot, by its last word and what lies beside it. */
export function roleOfOther(name: string, facts: RoleFacts, names: Names): TensorRole {
  if (REPLAY.test(name)) return OF_BUFFER;
  const told = roleByLastWord(name, facts, names);
  if (told !== undefined) return told;
  if (facts.shape.length === 0 && NAMELESS_SETTING.test(name)) return ownSetting('', facts) ?? roleByDType(facts);
  const { kind } = facts.dtype;
  const isState = (kind === 'int' || kind === 'uint') && facts.shape.length === 1 && RANDOM.test(name);
  return isState ? OF_GENERATOR : roleByDType(facts);
}
