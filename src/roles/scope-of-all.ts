/**
 * What all names of a checkpoint have and that says nothing: the scope that somebody put it below, its optimizer too (`net/` of
 * `net/dense/kernel` and `net/Adam/m/dense/kernel`), and `:0` behind each.
 */
import { isOptimizerStep } from './optimizer-scopes.ts';
import { meaningOf, slotWord } from './role-words.ts';

/** Nobody puts a checkpoint below more of them. */
const MOST_SCOPES = 4;
/** Scopes of which rules take note, wherever they stand; keys of objects have scopes that mean something. */
const SPEAKS = /opt|master|fp32|replay|_storage|\.attributes/i;

/** Whether a scope says nothing of what lies below it. */
const saysNothing = (step: string): boolean =>
  !SPEAKS.test(step) && slotWord(step) === undefined && !isOptimizerStep(step) && step !== '';

/** Whether a name is known for what it is without any scope before it. */
const standsAlone = (rest: string): boolean =>
  rest.includes('/') || (slotWord(rest) === undefined && meaningOf(rest) !== 'untrained');

/** What all names begin with, scope by scope, as far as it says nothing; empty where that is nothing. */
export function scopeOfAll(names: ReadonlyMap<string, unknown>): string {
  let scope = '';
  const [first = ''] = names.keys();
  if (first.includes('.ATTRIBUTES/')) return scope;
  for (let steps = 0; steps < MOST_SCOPES; steps++) {
    const end = first.indexOf('/', scope.length) + 1;
    if (end === 0 || !saysNothing(first.slice(scope.length, end - 1))) return scope;
    const next = first.slice(0, end);
    for (const name of names.keys()) if (!name.startsWith(next) || !standsAlone(name.slice(end))) return scope;
    scope = next;
  }
  return scope;
}

/** What TensorFlow calls the output of a variable by, where a program saved variables under `variable.name`. */
const OUTPUT = ':0';

/** That, where all names end so; else nothing. */
export function endingOfAll(names: ReadonlyMap<string, unknown>): string {
  if (names.size === 0) return '';
  for (const name of names.keys()) if (name.length <= OUTPUT.length || !name.endsWith(OUTPUT)) return '';
  return OUTPUT;
}
