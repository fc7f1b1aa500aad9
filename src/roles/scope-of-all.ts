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

/** Whether a name lies below a scope, and is known for what it is without it. */
function isBelow(name: string, scope: string): boolean {
  if (!name.startsWith(scope)) return false;
  if (name.indexOf('/', scope.length) >= 0) return true;
  const word = name.slice(scope.length);
  return slotWord(word) === undefined && meaningOf(word) !== 'untrained';
}

/** The scopes that a name begins with, one in the other, as far as they say nothing. */
function scopesOf(name: string): string[] {
  const scopes: string[] = [];
  for (let start = 0; scopes.length < MOST_SCOPES; ) {
    const end = name.indexOf('/', start) + 1;
    if (end === 0 || !saysNothing(name.slice(start, end - 1))) break;
    scopes.push(name.slice(0, end));
    start = end;
  }
  return scopes;
}

/** What all names begin with, scope by scope, as far as it says nothing; empty where that is nothing. */
export function scopeOfAll(names: readonly string[]): string {
  const [first = ''] = names;
  if (first.includes('.ATTRIBUTES/')) return '';
  const scopes = scopesOf(first);
  for (let i = 0; i < names.length && scopes.length > 0; i++) {
    while (scopes.length > 0 && !isBelow(names[i] as string, scopes[scopes.length - 1] as string)) scopes.pop();
  }
  return scopes.at(-1) ?? '';
}

/** What TensorFlow calls the output of a variable by, where a program saved variables under `variable.name`. */
const OUTPUT = ':0';

/** That, where all names end so; else nothing. */
export function endingOfAll(names: readonly string[]): string {
  const isEnding = (name: string): boolean => name.length > OUTPUT.length && name.endsWith(OUTPUT);
  return names.length > 0 && names.every(isEnding) ? OUTPUT : '';
}
