/**
 * What names tell, and dtypes: a guess, good enough where nothing better is there. A slot is a slot because of its last
 * word; which variable it belongs to is told by the tensor that has the rest of the name.
 */
import { OBJECT_GRAPH_KEY } from '../object-graph/object-graph-key.ts';
import type { TensorMap } from '../tensor/tensor.ts';
import type { Role, RoleFacts, RoleOf, Roles, TensorRole, Trainable } from './role.ts';
import {
  JOINED_SLOT_ENDS,
  OPTIMIZER_SCOPES,
  TRAINING_SCOPE,
  type WordMeaning,
  withoutNumber,
  wordMeanings,
} from './role-words.ts';

/** Whether a tensor of this name is in the checkpoint. */
export type HasName = (name: string) => boolean;

const VARIABLE_VALUE = 'VARIABLE_VALUE';

/** What is known by name and dtype. */
export function guessedRole(role: Role, trainable: Trainable, because: string): TensorRole {
  return Object.freeze({ role, trainable, evidence: 'names', because });
}

const PLAIN_WEIGHT: TensorRole = guessedRole('weight', 'yes', 'nothing in its name says otherwise');
const NO_FLOAT = guessedRole('weight', 'no', 'it holds no real numbers');
const UNREADABLE = guessedRole('weight', 'unknown', 'its dtype is not known');
const NO_NUMBERS = guessedRole('bookkeeping', 'no', 'it holds no numbers');
const OBJECT_GRAPH = guessedRole('bookkeeping', 'no', 'it is the object graph');

const IN_SCOPE = 'it lies in the scope of an optimizer';
const OWN_HYPERPARAMETER = guessedRole('hyperparameter', 'no', IN_SCOPE);
const OWN_COUNTER = guessedRole('step', 'no', IN_SCOPE);

/** What each word says, made once. */
const ROLE_OF_WORD = new Map<string, TensorRole>();

export function roleOfWord(word: string, role: Role): TensorRole {
  let told = ROLE_OF_WORD.get(word);
  if (told === undefined) {
    told = guessedRole(role, 'no', `its name ends in ${word}`);
    ROLE_OF_WORD.set(word, told);
  }
  return told;
}

/** The role of a tensor that no word speaks of. */
export function roleByDType({ dtype }: RoleFacts): TensorRole {
  switch (dtype.kind) {
    case 'float':
    case 'complex':
      return PLAIN_WEIGHT;
    case 'string':
    case 'variant':
      return NO_NUMBERS;
    case 'unknown':
      return UNREADABLE;
    default:
      return NO_FLOAT;
  }
}

/** A slot by its name: the name of its variable, and what the optimizer calls it. */
export interface SlotName {
  readonly base: string;
  readonly slot: string;
  /** Whether nothing else is called so; else the variable must be there for it to be a slot. */
  readonly certain: boolean;
}

/** Takes a name apart that ends like a slot or a moving average; undefined for any other. */
export function slotNameOf(name: string): SlotName | undefined {
  const at = name.lastIndexOf('/');
  const word = name.slice(at + 1);
  const joined = JOINED_SLOT_ENDS.find((end) => word.length > end.length && word.endsWith(end));
  if (joined !== undefined) return { base: name.slice(0, -joined.length), slot: joined.slice(1), certain: true };
  if (at <= 0) return undefined;
  const meaning = wordMeanings().get(withoutNumber(word));
  if (meaning !== 'slot' && meaning !== 'ema' && meaning !== 'belongs') return undefined;
  return { base: name.slice(0, at), slot: word, certain: meaning !== 'belongs' };
}

/** Nobody makes an optimizer in a deeper scope; and names come from a file. */
const MOST_SCOPES = 32;

/**
 * The tensor that a base means: itself, or what is left of it without the scopes in which the slot was made, for those
 * stand before the whole name of the variable: `OptimizeLoss/dense/kernel/Adam` is a slot of `dense/kernel`.
 */
function carrierOf(base: string, has: HasName): string | undefined {
  let name = base;
  for (let cut = 0; cut <= MOST_SCOPES; cut++) {
    if (name !== '' && has(name)) return name;
    const at = name.indexOf('/') + 1;
    if (at === 0) return undefined;
    name = name.slice(at);
  }
  return undefined;
}

function slotRole(role: 'slot' | 'ema', slot: string, of: string | undefined, because: string): TensorRole {
  return { role, ...(of === undefined ? {} : { of }), slot, trainable: 'no', evidence: 'names', because };
}

const SCOPE_STARTS = [TRAINING_SCOPE, ...OPTIMIZER_SCOPES];
const SCOPE = new RegExp(`^(?:${TRAINING_SCOPE}(?:_\\d+)?/)?(?:${OPTIMIZER_SCOPES.join('|')})(?:_\\d+)?/`);

/** The role of what lies in an optimizer's own scope; undefined where the name only looks so. */
function roleInScope(name: string, facts: RoleFacts, has: HasName): TensorRole | undefined {
  if (!SCOPE_STARTS.some((start) => name.startsWith(start))) return undefined;
  const scope = SCOPE.exec(name)?.[0];
  if (scope === undefined) return undefined;
  const rest = name.slice(scope.length);
  const at = rest.lastIndexOf('/');
  const word = rest.slice(at + 1);
  const setting = at < 0 ? ownSetting(facts) : settingRole(word, wordMeanings().get(withoutNumber(word)), facts);
  if (setting !== undefined) return setting;
  const of = at > 0 ? carrierOf(rest.slice(0, at), has) : undefined;
  if (of !== undefined) return slotRole('slot', word, of, IN_SCOPE);
  return scope.startsWith(TRAINING_SCOPE) ? slotRole('slot', word, undefined, IN_SCOPE) : undefined;
}

/** The role of a counter or a setting: scalars, whose words mean something else on any other tensor. */
function settingRole(word: string, meaning: WordMeaning | undefined, facts: RoleFacts): TensorRole | undefined {
  if (meaning === undefined || facts.shape.length > 0) return undefined;
  const { kind } = facts.dtype;
  if (meaning === 'step') return roleOfWord(word, 'step');
  if (meaning === 'count' && (kind === 'int' || kind === 'uint')) return roleOfWord(word, 'step');
  return meaning === 'hyperparameter' && kind === 'float' ? roleOfWord(word, 'hyperparameter') : undefined;
}

/** A scalar that an optimizer has in its own scope, whatever it is called. */
function ownSetting({ dtype, shape }: RoleFacts): TensorRole | undefined {
  if (shape.length > 0) return undefined;
  return dtype.kind === 'float' ? OWN_HYPERPARAMETER : OWN_COUNTER;
}

/** The words of a name and the dtype, for a name that is no key of an object. */
export function roleByWords(name: string, facts: RoleFacts, has: HasName): TensorRole {
  const { kind } = facts.dtype;
  if (kind === 'string' || kind === 'variant') return NO_NUMBERS;
  const inScope = roleInScope(name, facts, has);
  if (inScope !== undefined) return inScope;
  const slot = slotNameOf(name);
  if (slot !== undefined) {
    const of = carrierOf(slot.base, has);
    if (of !== undefined || slot.certain) {
      const word = withoutNumber(slot.slot);
      const role = wordMeanings().get(word) === 'ema' ? 'ema' : 'slot';
      return slotRole(role, slot.slot, of, `its name ends in ${slot.slot}`);
    }
  }
  const word = withoutNumber(name.slice(Math.max(name.lastIndexOf('/'), name.lastIndexOf('.')) + 1));
  const meaning = wordMeanings().get(word);
  if (meaning === 'statistic') return roleOfWord(word, 'weight');
  if (meaning === 'bookkeeping') return roleOfWord(word, 'bookkeeping');
  return settingRole(word, meaning, facts) ?? roleByDType(facts);
}

/**
 * The parts of a key of an object (graph/checkpoint-key.ts), as far as roles go: the path of the object, what of it is
 * stored; of a slot, the path of its variable and its name.
 */
const KEY = /^(?:(.*?)\/)?\.ATTRIBUTES\/([^/]*)$/s;
const SLOT_PATH = /^(.*?)\/\.OPTIMIZER_SLOT\/(?:.*\/)?([^/]*)$/s;

/** A key of an object says what it is of, and of slots whose they are, even where the object graph cannot be asked. */
function roleByKey(path: string, attribute: string, facts: RoleFacts, has: HasName): TensorRole {
  if (attribute !== VARIABLE_VALUE) return guessedRole('bookkeeping', 'no', `it is the ${attribute} of an object`);
  const [, variable, slot] = SLOT_PATH.exec(path) ?? [];
  if (variable !== undefined && slot !== undefined) {
    const of = `${variable}/.ATTRIBUTES/${VARIABLE_VALUE}`;
    return slotRole('slot', slot, has(of) ? of : undefined, 'its key is that of a slot');
  }
  if (/(?:^|\/)_trainable_variables\/\d+$/.test(path)) {
    return guessedRole('weight', 'yes', 'its key lies in _trainable_variables');
  }
  if (/(?:^|\/)keras_api\/metrics\//.test(path)) return guessedRole('bookkeeping', 'no', 'its key is that of a metric');
  return roleByWords(path.slice(path.lastIndexOf('/') + 1), facts, () => false);
}

/** What the name and the dtype of a tensor say of it; always something. */
export function roleByName(name: string, facts: RoleFacts, has: HasName): TensorRole {
  if (name === OBJECT_GRAPH_KEY) return OBJECT_GRAPH;
  const [, path = '', attribute] = name.includes('.ATTRIBUTES/') ? (KEY.exec(name) ?? []) : [];
  return attribute === undefined ? roleByWords(name, facts, has) : roleByKey(path, attribute, facts, has);
}

/**
 * Whether a name is in a map that is being walked: in order, a variable comes before its slots, and between them come only
 * names that begin with its own, so that most need not be looked up. Out of order all are looked up, and nothing is wrong.
 */
class PassedNames {
  /** Names that were passed, each of which begins with the one before. */
  readonly #passed: string[] = [];

  constructor(readonly tensors: TensorMap) {}

  pass(name: string): void {
    const passed = this.#passed;
    while (passed.length > 0 && !name.startsWith(passed.at(-1) as string)) passed.pop();
    if (passed.push(name) > MOST_PASSED) passed.shift();
  }

  has(name: string): boolean {
    return this.#passed.includes(name) || this.tensors.has(name);
  }
}

const MOST_PASSED = 8;

/** Roles of the tensors of a map by their names and dtypes alone: nothing is read. */
export function rolesByNames(tensors: TensorMap): Roles {
  const names = new PassedNames(tensors);
  const has = (name: string): boolean => names.has(name);
  const roleOf: RoleOf = (name, facts) => {
    names.pass(name);
    return roleByName(name, facts, has);
  };
  return { roleOf, best: 'names', notes: [] };
}
