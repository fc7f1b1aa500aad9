/** What the key of an object-based checkpoint tells by itself, where the object graph cannot be asked: an index alone has keys. */

import { lastName, parentPath, parseKey, unescapeLocalName } from '../object-graph/checkpoint-key.ts';
import { VALUE_ENDING, VARIABLE_VALUE } from '../object-graph/object-graph-key.ts';
import { guessedRole, IS_TRAINED, slotRole } from './guessed-role.ts';
import { optimizerCalled } from './optimizer-scopes.ts';
import type { RoleFacts, TensorRole } from './role.ts';
import { meaningOf, slotWord, wordMeanings } from './role-words.ts';
import type { Names } from './slot-names.ts';
import { ownSetting, roleOfOther } from './word-role.ts';

const keyOf = (path: string): string => path + VALUE_ENDING;

const IN_LIST = 'its key lies in a list of an optimizer';
const OF_METRIC = guessedRole('bookkeeping', 'no', 'its key is that of a metric');
/** Settings of optimizers that a layer may have for itself, which its optimizer may train. */
const OF_LAYERS: ReadonlySet<string> = new Set(['momentum', 'decay', 'rho']);
const OWN_SCALAR = guessedRole('weight', 'unknown', 'it is called like a setting, and no optimizer has it');
const BELOW_OPTIMIZER = /(?:^|[/_])opt(?:im|imizer)?\//i;
const AVERAGES = /(?:^|_)moving_average$/;
const METRICS = /(?:^|\/)(?:keras_api\/)?_?metrics?\//;

/** Whether a name is what people call optimizers. */
export function isCalledOptimizer(name: string): boolean {
  return /(?:^|_)opt(?:im|imizer)?(?:_?\d+)?$/i.test(name) || optimizerCalled(name) !== undefined;
}

/** Whether the object at a path is called what people call optimizers. */
function isOptimizer(path: string, names: Names): boolean {
  return names.scopeOf?.(`${path}/_`) === `${path}/` || isCalledOptimizer(lastName(path));
}

/** The role of an element of a list that an optimizer keeps: `optimizer/_momentums/3`; undefined for any other list. */
function roleInList(path: string, names: Names): TensorRole | undefined {
  if (!/^\d+$/.test(lastName(path))) return undefined;
  const list = parentPath(path) ?? '';
  const owner = parentPath(list);
  const name = lastName(list);
  if (name === '_trainable_variables') return IS_TRAINED;
  if (owner === undefined) return undefined;
  const slot = name.replace(/^_+/, '');
  if (AVERAGES.test(slot) || slotWord(slot) === 'ema')
    return slotRole({ of: undefined, slot: 'average', kind: 'ema' }, IN_LIST);
  const word = slotWord(slot);
  const isTold = wordMeanings().get(slot) === 'slot' || isOptimizer(owner, names);
  if (isTold || (word !== undefined && names.has(keyOf(`${owner}/step`)))) {
    return slotRole({ of: undefined, slot, kind: word ?? 'slot' }, IN_LIST);
  }
  return undefined;
}

/** A slot by its own name that lies deeper in an object called an optimizer: `optimizer/slots/kernel/m`. */
function roleBelow(path: string, { shape }: RoleFacts): TensorRole | undefined {
  const at = path.lastIndexOf('/');
  const word = path.slice(at + 1);
  if (shape.length === 0 && meaningOf(word) === 'hyperparameter') return undefined;
  const kind = slotWord(word);
  if (kind === undefined || !BELOW_OPTIMIZER.test(path.slice(0, Math.max(at, 0)))) return undefined;
  return slotRole({ of: undefined, slot: word, kind }, 'its key lies in an optimizer');
}

/** A slot that hangs beside its variable under both names, as tables of TPU embeddings have them: `user.Smomenta`. */
function roleBeside(path: string, names: Names): TensorRole | undefined {
  const name = unescapeLocalName(lastName(path));
  const at = name.lastIndexOf('/');
  if (at <= 0) return undefined;
  const of = keyOf(path.slice(0, path.lastIndexOf('.S')));
  const slot = name.slice(at + 1);
  if (!names.has(of)) return undefined;
  return slotRole({ of, slot, kind: slotWord(slot) ?? 'slot' }, 'its key is that of its variable and of a slot');
}

/** A key of an object says what it is of, and of slots whose they are; undefined for a name that is no key. */
export function roleByKey(key: string, facts: RoleFacts, names: Names): TensorRole | undefined {
  const parts = parseKey(key);
  if (parts === undefined || parts.attribute.includes('/')) return undefined;
  const { path, slot, attribute } = parts;
  if (attribute !== VARIABLE_VALUE) return guessedRole('bookkeeping', 'no', `it is the ${attribute} of an object`);
  if (slot !== undefined) {
    const named = unescapeLocalName(slot.name);
    const of = names.has(keyOf(path)) ? keyOf(path) : undefined;
    return slotRole({ of, slot: named, kind: slotWord(named) ?? 'slot' }, 'its key is that of a slot');
  }
  const told = roleInList(path, names) ?? roleBeside(path, names) ?? roleBelow(path, facts);
  if (told !== undefined) return told;
  if (METRICS.test(path)) return OF_METRIC;
  const owner = parentPath(path);
  const own = owner !== undefined && isOptimizer(owner, names) ? ownSetting(lastName(path), facts) : undefined;
  const other =
    own ??
    roleOfOther(path, facts, {
      has: (name) => names.has(keyOf(name)),
      dtypeOf: (name) => names.dtypeOf?.(keyOf(name)),
    });
  return other !== own && other.role === 'hyperparameter' && OF_LAYERS.has(lastName(path)) ? OWN_SCALAR : other;
}
